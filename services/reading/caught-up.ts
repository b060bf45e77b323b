/**
 * Detects that all records that were in the topics at the start are durable. It reads the checkpoints, because any process
 * may own the partitions (rule 5). Records behind an open transaction cannot be read: there empty fetches mark the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { idOf } from '../../adapters/kafka/topics/topic-partition.ts';
import type { TopicRange } from '../../adapters/kafka/topics/topics.ts';
import type { Bookkeeping } from '../../engines/bookkeeping.ts';
import { diagnose } from '../diagnose.ts';
import { openBookkeeping, type TargetDatabase } from '../target.ts';

const pollIntervalMs = 200;

/** What to watch. */
export type CaughtUpOptions = {
  readonly database: TargetDatabase;
  readonly groupId: string;
  /** End offsets of all partitions at the start. */
  readonly ends: readonly TopicRange[];
  readonly source: KafkaSource;
  /** Ends the watch. */
  readonly signal: AbortSignal;
};

/** Resolves true once caught up, false if the signal aborts first. Retries after an outage. */
export async function caughtUp({ database, groupId, ends, source, signal }: CaughtUpOptions): Promise<boolean> {
  let bookkeeping: Bookkeeping | undefined;
  let since: Date | undefined;
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
        if (source.settled && behind.every(({ topic }) => !source.reads(topic))) return true;
        const owned = new Set(source.positions().map(idOf));
        if (source.quiet && behind.every((one) => owned.has(idOf(one)) || !source.reads(one.topic))) return true;
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
