/**
 * Detects that all records that were in the topics at the start are durable. It reads the checkpoints, because any process
 * may own the partitions (rule 5). Records behind an open transaction cannot be read: there empty fetches mark the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { idOf } from '../../adapters/kafka/topics/topic-partition.ts';
import type { TopicRange } from '../../adapters/kafka/topics/topics.ts';
import type { Bookkeeping } from '../../engines/bookkeeping.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { diagnose } from '../diagnose.ts';
import { openBookkeeping, type TargetDatabase } from '../target.ts';

const pollIntervalMs = 200;

/** Longest time in which a worker must have noticed a checkpoint beyond the end of the log. */
const lostLimitMs = 60_000;

/** What to watch. */
export type CaughtUpOptions = {
  readonly database: TargetDatabase;
  readonly groupId: string;
  /** End offsets of all partitions at the start. */
  readonly ends: readonly TopicRange[];
  /** The present end offsets of these topics. */
  readonly newest: (topics: readonly string[]) => Promise<readonly TopicRange[]>;
  readonly source: KafkaSource;
  /** Ends the watch. */
  readonly signal: AbortSignal;
};

/** Resolves true once caught up, false if the signal aborts first. Retries after an outage. */
export async function caughtUp({ database, groupId, ends, newest, source, signal }: CaughtUpOptions): Promise<boolean> {
  let bookkeeping: Bookkeeping | undefined;
  let since: Date | undefined;
  let lostSinceMs: number | undefined;
  const disconnect = async () => {
    const open = bookkeeping;
    bookkeeping = undefined;
    await open?.close();
  };
  try {
    while (!signal.aborted) {
      try {
        bookkeeping ??= await openBookkeeping(database, `${groupId}/caught-up`);
        since ??= await bookkeeping.now();
        const held = await heldPartitions(bookkeeping, groupId, since);
        const behind = (await partitionsBehind(bookkeeping, groupId, ends)).filter((one) => !held.has(idOf(one)));
        // A checkpoint beyond the log end may be a lost position: its owner must have checked it against the log (rule 16).
        const owned = new Set(source.positions().map(idOf));
        const isDone =
          (source.settled && behind.every(({ topic }) => !source.reads(topic))) ||
          (source.quiet && behind.every((one) => owned.has(idOf(one)) || !source.reads(one.topic)));
        const lost = isDone ? await beyondLog(bookkeeping, groupId, ends, newest) : undefined;
        if (isDone && lost === undefined) return true;
        // The group may not know the partitions of a topic that was just made again, so that nobody has claimed them yet.
        lostSinceMs = lost === undefined ? undefined : (lostSinceMs ?? performance.now());
        if (lost && performance.now() - (lostSinceMs ?? 0) > lostLimitMs) throw lost;
      } catch (error) {
        if (diagnose(error).reaction !== 'retry') throw error;
        await disconnect();
      }
      await sleep(pollIntervalMs, undefined, { signal }).catch(() => undefined);
    }
    return false;
  } finally {
    await disconnect();
  }
}

/** Partitions that were retried after `since` and still wait for their table to be altered: they cannot advance. */
async function heldPartitions(bookkeeping: Bookkeeping, groupId: string, since: Date): Promise<ReadonlySet<string>> {
  const held = await bookkeeping.heldTables(groupId);
  return new Set(held.filter(({ triedAt }) => triedAt > since).map(idOf));
}

/** Partitions that have not reached their end offset, or were never claimed and so have no checkpoint. */
async function partitionsBehind(
  bookkeeping: Bookkeeping,
  groupId: string,
  ends: readonly TopicRange[],
): Promise<readonly TopicRange[]> {
  const checkpoints = await bookkeeping.checkpoints(groupId);
  const next = new Map(checkpoints.map((one) => [idOf(one), one.nextOffset]));
  return ends.filter((end) => (next.get(idOf(end)) ?? -1n) < end.high);
}

/** The error of a checkpoint beyond the present end of its log, undefined if there is none: its records are gone, and others came. */
async function beyondLog(
  bookkeeping: Bookkeeping,
  groupId: string,
  ends: readonly TopicRange[],
  newest: CaughtUpOptions['newest'],
): Promise<PipelineError | undefined> {
  const checkpoints = await bookkeeping.checkpoints(groupId);
  const next = new Map(checkpoints.map((one) => [idOf(one), one.nextOffset]));
  const isBeyond = (end: TopicRange) => (next.get(idOf(end)) ?? -1n) > end.high;
  // Usually none: another process has read what arrived since, or the position is lost.
  const suspect = ends.filter(isBeyond);
  if (suspect.length === 0) return undefined;
  const [lost] = (await newest([...new Set(suspect.map(({ topic }) => topic))])).filter(isBeyond);
  if (lost === undefined) return undefined;
  return new PipelineError(
    'lost_position',
    `${lost.topic}, partition ${lost.partition}: the checkpoint is beyond the end of the log, and no worker was assigned the partition`,
    { advice: 'Was the topic made again? Run the same command again.' },
  );
}
