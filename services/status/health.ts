/**
 * The verdict over a pipeline, and why. Pure, so that every case can be tested; `status` gathers the facts. No verdict is
 * healthy while nothing can arrive, nothing is written, or most of what arrives is parked (promise 9).
 */
import type { ParkedShare } from '../../engines/postgres/dead-letters/dead-letter-summary.ts';
import { addCounts, type RecordCounts, zeroCounts } from '../../pipeline/batch.ts';
import { formatSeconds } from './format.ts';
import { mostlyParked } from './parked.ts';
import type { SlotHealth } from './slot-health.ts';

/** One partition as Kafka and the database see it. */
export type PartitionFacts = {
  readonly topic: string;
  readonly partition: number;
  /** First offset the log still has; absent for files. */
  readonly logStart?: bigint;
  readonly logEnd: bigint;
  readonly nextOffset: bigint;
  readonly counts: RecordCounts;
  /** Moving share of superseded records among about its last 1,000. */
  readonly supersededShare?: number;
  /** Seconds since its last commit; null when there was none. */
  readonly commitAge: number | null;
  /** Age of its first record that is not yet durable, in seconds; null when there is none. */
  readonly lagSeconds: number | null;
  /**
   * Seconds since its last durable event was committed at the source, 0 when nothing is behind that event; null where
   * events do not tell it.
   */
  readonly sourceLagSeconds: number | null;
};

/** What is known about a pipeline. */
export type Facts = {
  readonly pipeline: string;
  readonly partitions: readonly PartitionFacts[];
  /** Processes in the consumer group. */
  readonly members: number;
  /** The slot that feeds it, where one was looked at. */
  readonly slot?: SlotHealth | undefined;
  /** Why nothing new can arrive in the topics, where their source, its slot or its connector was looked at. */
  readonly disconnected?: string | undefined;
  /** How much of the last records was parked. */
  readonly parked?: readonly ParkedShare[];
  /** Tables that wait until they are altered. */
  readonly held?: readonly string[];
  /** Dead letters of a replica, different ones: each is a row that is missing or out of date. */
  readonly missing?: number;
  /** Why data of a replica are known to be missing though nothing waits; absent when nothing is known. */
  readonly incomplete?: string | undefined;
  /** Offsets behind an open transaction of a producer: nobody can read them. */
  readonly unreadable?: bigint;
};

/**
 * The verdict in a word. `idle`: all is durable and no process runs. `parked`: most of the last records are dead letters, or
 * any of a replica. `disconnected`: what is in the topics is or will be durable, but nothing new can arrive there.
 * `held`: a table waits until it is altered, and the others go on. `incomplete`: the replica lacks data that no event will bring.
 */
export type State = 'healthy' | 'idle' | 'behind' | 'parked' | 'held' | 'incomplete' | 'disconnected' | 'stalled';

/** The verdict and its sentence. */
export type Health = {
  readonly state: State;
  readonly sentence: string;
  /** What is no fault of the pipeline and yet worth a look; null when there is nothing. */
  readonly remark: string | null;
  readonly lagRecords: bigint;
  /** Of the partition that is furthest behind. */
  readonly lagSeconds: number;
  /** The same by source commit time; null where events do not tell it. */
  readonly sourceLagSeconds: number | null;
  readonly counts: RecordCounts;
};

/** Seconds without a commit, while records wait that long, until it counts as stalled. */
const stalledAfter = 60;
/** A lag of at most this many seconds is what a working pipeline shows at any moment. */
const atWork = 5;

/** Records of a partition that are not durable yet. A checkpoint beyond the log end is behind by none. */
export const lagOf = ({ logEnd, nextOffset }: Pick<PartitionFacts, 'logEnd' | 'nextOffset'>): bigint =>
  logEnd > nextOffset ? logEnd - nextOffset : 0n;

/** Judges. */
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
  if (lagRecords > 0n && seconds > stalledAfter && quiet > stalledAfter) {
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
  if (seconds <= atWork) return { state: 'healthy', sentence: `healthy: at work, ${behind}`, ...known };
  return { state: 'behind', sentence: `${behind} (${running})`, ...known };
}

/** What is durable where nothing waits. Committed records behind an open transaction can be read by nobody. */
function durable({ partitions, unreadable = 0n }: Facts): string {
  const topics = theTopics(partitions);
  if (unreadable === 0n) return `everything in ${topics} is durable`;
  const offsets = unreadable === 1n ? '1 offset waits' : `${unreadable} offsets wait`;
  return `everything that can be read of ${topics} is durable, ${offsets} behind an open transaction of a producer`;
}

/** A replay is superseded too, so this is no verdict: only a person knows which of the two it is (rule 9). */
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
  const what = [...topics].some((topic) => /^(file|stdin):/.test(topic)) ? 'file' : 'topic';
  return topics.size > 1 ? `the ${topics.size} ${what}s` : `the ${what}`;
}

/** `partition 0, 2`, with their topics where there are several. */
function names(some: readonly PartitionFacts[], all: readonly PartitionFacts[]): string {
  const several = topicsOf(all).size > 1;
  return `partition ${some.map(({ topic, partition }) => (several ? `${topic}/${partition}` : partition)).join(', ')}`;
}

/** Seconds since any lagging partition moved. */
function quietFor(partitions: readonly PartitionFacts[]): number {
  const lagging = partitions.filter(({ logEnd, nextOffset }) => nextOffset < logEnd);
  return Math.min(...lagging.map(({ commitAge }) => commitAge ?? Number.POSITIVE_INFINITY));
}
