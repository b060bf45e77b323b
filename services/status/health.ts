/**
 * Judges the health of a pipeline. The functions are pure, so that every case can be tested; `status` gathers the facts. A
 * pipeline is not healthy while nothing can arrive, nothing is written, or most records are parked (promise 9).
 */
import { isFileTopic } from '../../adapters/file/file-topic.ts';
import type { ParkedShare } from '../../engines/bookkeeping.ts';
import { addCounts, type RecordCounts, zeroCounts } from '../../pipeline/batch.ts';
import { formatSeconds } from './format.ts';
import { mostlyParked } from './parked.ts';
import type { SlotHealth } from './slot-health.ts';

/** One partition as Kafka and the database see it. */
export type PartitionFacts = {
  readonly topic: string;
  readonly partition: number;
  /** First offset in the log; absent for files. */
  readonly logStart?: bigint;
  readonly logEnd: bigint;
  readonly nextOffset: bigint;
  readonly counts: RecordCounts;
  /** Moving share of superseded records among about the last 1,000. */
  readonly supersededShare?: number;
  /** Seconds since its last commit; null if there was none. */
  readonly commitAge: number | null;
  /** Age in seconds of its first record that is not durable; null if there is none. */
  readonly lagSeconds: number | null;
  /**
   * Seconds since its last durable event was committed at the source; 0 if there is no later event. Null if the events carry no
   * commit time.
   */
  readonly sourceLagSeconds: number | null;
};

/** The known facts about a pipeline. */
export type Facts = {
  readonly pipeline: string;
  readonly partitions: readonly PartitionFacts[];
  /** Processes in the consumer group. */
  readonly members: number;
  /** The slot that feeds it, if it was checked. */
  readonly slot?: SlotHealth | undefined;
  /** Why no changes can arrive in the topics; undefined if they can or if that is unknown. */
  readonly disconnected?: string | undefined;
  /** Share of parked records among the last records, by partition. */
  readonly parked?: readonly ParkedShare[];
  /** Tables whose changes wait until the table is altered. */
  readonly held?: readonly string[];
  /** Number of distinct dead letters of a replica: each is a row that is missing or out of date. */
  readonly missing?: number;
  /** Why the replica is known to lack data that no record will bring; absent if nothing is known. */
  readonly incomplete?: string | undefined;
  /** Number of offsets behind an open transaction of a producer: they cannot be read yet. */
  readonly unreadable?: bigint;
};

/**
 * The verdict in a word. `idle`: all records are durable and no process runs. `parked`: most of the last records are dead
 * letters; in a replica, any record is. `disconnected`: the records in the topics are written, but no new ones can arrive.
 * `held`: changes of a table wait until it is altered. `incomplete`: the replica lacks data that no event will bring.
 */
export type State = 'healthy' | 'idle' | 'behind' | 'parked' | 'held' | 'incomplete' | 'disconnected' | 'stalled';

/** The verdict, its sentence and its figures. */
export type Health = {
  readonly state: State;
  readonly sentence: string;
  /** An observation that is no fault of the pipeline; null if there is none. */
  readonly remark: string | null;
  readonly lagRecords: bigint;
  /** Lag of the partition that is furthest behind. */
  readonly lagSeconds: number;
  /** The same by the commit time at the source; null if the events carry none. */
  readonly sourceLagSeconds: number | null;
  readonly counts: RecordCounts;
};

/** A pipeline counts as stalled if nothing was committed and a record has waited for this long. */
const stalledAfterSeconds = 60;
/** A running pipeline normally has a lag of up to this. */
const normalLagSeconds = 5;

/** Returns the number of records that are not durable yet; 0 if the checkpoint is beyond the log end. */
export const lagOf = ({ logEnd, nextOffset }: Pick<PartitionFacts, 'logEnd' | 'nextOffset'>): bigint =>
  logEnd > nextOffset ? logEnd - nextOffset : 0n;

/** Returns the verdict. The first fault in the order below decides. */
export function judge(facts: Facts): Health {
  const { pipeline, partitions, members, slot, disconnected, parked = [], missing = 0, incomplete, held = [] } = facts;
  const lagRecords = partitions.reduce((sum, one) => sum + lagOf(one), 0n);
  const counts = partitions.reduce((sum, one) => addCounts(sum, one.counts), zeroCounts);
  const seconds = Math.max(0, ...partitions.map(({ lagSeconds }) => lagSeconds ?? 0));
  const bySource = partitions.map((one) => one.sourceLagSeconds).filter((one) => one !== null);
  const known = {
    lagRecords,
    lagSeconds: seconds,
    sourceLagSeconds: bySource.length === 0 ? null : Math.max(...bySource),
    counts,
    remark: remarkOn(partitions),
  };
  const stalled = (why: string): Health => ({ state: 'stalled', sentence: `stalled because ${why}`, ...known });
  const lost = partitions.filter(
    ({ logStart, logEnd, nextOffset }) => nextOffset < (logStart ?? nextOffset) || nextOffset > logEnd,
  );
  if (lost.length > 0) return stalled(`the position is lost in ${names(lost, partitions)}: the log no longer has it`);
  if (slot?.broken !== undefined) return stalled(slot.broken);
  const running =
    members === 1 ? '1 process running' : `${members === 0 ? 'no process is' : `${members} processes`} running`;
  const behind = `behind by ${lagRecords} ${lagRecords === 1n ? 'record' : 'records'} and ${formatSeconds(seconds)}`;
  const progress = lagRecords === 0n ? durable(facts) : behind;
  if (held.length > 0) {
    const wait = held.length === 1 ? `${held[0]} waits until it is` : `${held.join(', ')} wait until they are`;
    return { state: 'held', sentence: `held: ${wait} altered at the target; ${progress} (${running})`, ...known };
  }
  const mostly = mostlyParked(parked);
  if (mostly !== undefined) {
    return { state: 'parked', sentence: `parked: ${mostly}; ${progress} (${running})`, ...known };
  }
  if (lagRecords > 0n && members === 0) {
    const neverRan = partitions.every(({ commitAge }) => commitAge === null);
    return stalled(`${neverRan ? `${pipeline} has not run yet` : `no process of ${pipeline} is running`}: ${behind}`);
  }
  const quiet = quietFor(partitions);
  if (lagRecords > 0n && seconds > stalledAfterSeconds && quiet > stalledAfterSeconds) {
    const since = Number.isFinite(quiet) ? `for ${formatSeconds(quiet)}` : 'so far';
    return stalled(`nothing was committed ${since}: ${behind}`);
  }
  if (disconnected !== undefined) {
    const sentence = `disconnected because ${disconnected}; ${progress} (${running})`;
    return { state: 'disconnected', sentence, ...known };
  }
  if (missing > 0) {
    const what = missing === 1 ? '1 record is a dead letter' : `${missing} records are dead letters`;
    const sentence = `parked: ${what}, the replica lacks ${missing === 1 ? 'it' : 'them'}; ${progress} (${running})`;
    return { state: 'parked', sentence, ...known };
  }
  if (incomplete !== undefined) {
    return { state: 'incomplete', sentence: `incomplete because ${incomplete}; ${progress} (${running})`, ...known };
  }
  if (lagRecords === 0n) {
    const state = members === 0 ? 'idle' : 'healthy';
    return { state, sentence: `${state}: ${progress} (${running})`, ...known };
  }
  if (seconds <= normalLagSeconds) return { state: 'healthy', sentence: `healthy: at work, ${behind}`, ...known };
  return { state: 'behind', sentence: `${behind} (${running})`, ...known };
}

/** Says what is durable if the lag is 0. Records behind an open transaction cannot be read, so the lag leaves them out. */
function durable({ partitions, unreadable = 0n }: Facts): string {
  const topics = theTopics(partitions);
  if (unreadable === 0n) return `everything in ${topics} is durable`;
  const offsets = unreadable === 1n ? '1 offset waits' : `${unreadable} offsets wait`;
  return `everything that can be read of ${topics} is durable, ${offsets} behind an open transaction of a producer`;
}

/** Reports many superseded records. A replay has them too, so this is not a fault: only a person can know the cause (rule 9). */
function remarkOn(partitions: readonly PartitionFacts[]): string | null {
  const old = partitions.filter(({ supersededShare }) => (supersededShare ?? 0) > 0.5);
  if (old.length === 0) return null;
  return (
    `most of the last 1,000 records of ${names(old, partitions)} were superseded: ` +
    'if nothing is being replayed, the source is older than the table. Was it reset?'
  );
}

const topicsOf = (partitions: readonly PartitionFacts[]): Set<string> => new Set(partitions.map(({ topic }) => topic));

function theTopics(partitions: readonly PartitionFacts[]): string {
  const topics = topicsOf(partitions);
  const what = [...topics].some(isFileTopic) ? 'file' : 'topic';
  return topics.size > 1 ? `the ${topics.size} ${what}s` : `the ${what}`;
}

/** Returns `partition 0, 2`, with topics if there are several. */
function names(some: readonly PartitionFacts[], all: readonly PartitionFacts[]): string {
  const several = topicsOf(all).size > 1;
  return `partition ${some.map(({ topic, partition }) => (several ? `${topic}/${partition}` : partition)).join(', ')}`;
}

/** Returns the seconds since the last commit of any lagging partition. */
function quietFor(partitions: readonly PartitionFacts[]): number {
  const lagging = partitions.filter(({ logEnd, nextOffset }) => nextOffset < logEnd);
  return Math.min(...lagging.map(({ commitAge }) => commitAge ?? Number.POSITIVE_INFINITY));
}
