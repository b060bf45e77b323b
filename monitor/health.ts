/**
 * The verdict over a pipeline: healthy, behind, or stalled, and why. Pure, so that every case can be tested; `status`
 * gathers the facts. Stalled is not healthy (promise 9).
 */
import { addBooks, type Books, emptyBooks } from '../pipeline/batch.ts';

/** One partition as Kafka and the database see it. */
export type PartitionFacts = {
  readonly partition: number;
  /** First offset the log still has; absent for files. */
  readonly logStart?: bigint;
  readonly logEnd: bigint;
  readonly nextOffset: bigint;
  readonly books: Books;
  /** Moving share of superseded records among about its last 1,000. */
  readonly supersededShare?: number;
  /** Seconds since its last commit; null when there was none. */
  readonly commitAge: number | null;
};

/** What is known about a pipeline. */
export type Facts = {
  readonly pipeline: string;
  readonly partitions: readonly PartitionFacts[];
  /** Processes in the consumer group. */
  readonly members: number;
  /** Age of the oldest record that is not yet durable, in seconds; null when there is none. */
  readonly lagSeconds: number | null;
};

/** The verdict and its sentence. */
export type Health = {
  readonly state: 'healthy' | 'behind' | 'stalled';
  readonly sentence: string;
  /** What is no fault of the pipeline and yet worth a look; null when there is nothing. */
  readonly remark: string | null;
  readonly lagRecords: bigint;
  readonly lagSeconds: number;
  readonly books: Books;
};

/** Seconds without a commit, while records wait that long, until it counts as stalled. */
const stalledAfter = 60;
/** A lag of at most this many seconds is what a working pipeline shows at any moment. */
const atWork = 5;

/** Judges. */
export function judge({ pipeline, partitions, members, lagSeconds }: Facts): Health {
  const lagRecords = partitions.reduce((sum, { logEnd, nextOffset }) => sum + max(0n, logEnd - nextOffset), 0n);
  const books = partitions.reduce((sum, one) => addBooks(sum, one.books), emptyBooks);
  const seconds = Math.max(0, lagSeconds ?? 0);
  const known = { lagRecords, lagSeconds: seconds, books, remark: remarkOn(partitions) };
  const lost = partitions.filter(
    ({ logStart, logEnd, nextOffset }) => nextOffset < (logStart ?? nextOffset) || nextOffset > logEnd,
  );
  if (lost.length > 0) {
    const where = lost.map(({ partition }) => partition).join(', ');
    const sentence = `stalled because the position is lost in partition ${where}: the log no longer has it`;
    return { state: 'stalled', sentence, ...known };
  }
  const running = members === 1 ? '1 process' : `${members} processes`;
  if (lagRecords === 0n) {
    const who = members === 0 ? 'no process is running' : `${running} running`;
    return { state: 'healthy', sentence: `healthy: everything in the topic is durable (${who})`, ...known };
  }
  const behind = `${lagRecords} ${lagRecords === 1n ? 'record' : 'records'} and ${formatSeconds(seconds)}`;
  if (members === 0) {
    const neverRan = partitions.every(({ commitAge }) => commitAge === null);
    const why = neverRan ? `${pipeline} has not run yet` : `no process of ${pipeline} is running`;
    const sentence = `stalled because ${why}: behind by ${behind}`;
    return { state: 'stalled', sentence, ...known };
  }
  const quiet = quietFor(partitions);
  if (seconds > stalledAfter && quiet > stalledAfter) {
    const since = Number.isFinite(quiet) ? `for ${formatSeconds(quiet)}` : 'so far';
    return {
      state: 'stalled',
      sentence: `stalled because nothing was committed ${since}: behind by ${behind}`,
      ...known,
    };
  }
  if (seconds <= atWork) return { state: 'healthy', sentence: `healthy: at work, behind by ${behind}`, ...known };
  return { state: 'behind', sentence: `behind by ${behind} (${running} running)`, ...known };
}

/** A replay is superseded too, so this is no verdict: only a person knows which of the two it is (rule 9). */
function remarkOn(partitions: readonly PartitionFacts[]): string | null {
  const old = partitions
    .filter(({ supersededShare }) => (supersededShare ?? 0) > 0.5)
    .map(({ partition }) => partition);
  if (old.length === 0) return null;
  return (
    `most of the last 1,000 records of partition ${old.join(', ')} were superseded: ` +
    'if nothing is being replayed, the source is older than the table. Was it reset?'
  );
}

/** Seconds since any lagging partition moved. */
function quietFor(partitions: readonly PartitionFacts[]): number {
  const lagging = partitions.filter(({ logEnd, nextOffset }) => nextOffset < logEnd);
  return Math.min(...lagging.map(({ commitAge }) => commitAge ?? Number.POSITIVE_INFINITY));
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** `3 s`, `2 min`, `5 h`, `3 days`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
