/**
 * Notices when everything that was in the topic at the start is durable, whoever owns the partitions: the checkpoints
 * tell (rule 5). Where the end of the log cannot be read, behind an open transaction, fetches that bring nothing do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaSource } from '../adapters/kafka/source.ts';
import type { PartitionRange } from '../adapters/kafka/topic.ts';
import { readCheckpoints } from '../adapters/postgres/checkpoints.ts';
import { type Database, withConnection } from '../adapters/postgres/connection.ts';
import { diagnose } from '../pipeline/errors.ts';

const pollInterval = 200;

/** What to watch. */
export type CaughtUpOptions = {
  readonly database: Database;
  readonly groupId: string;
  readonly topic: string;
  readonly ends: readonly PartitionRange[];
  readonly source: KafkaSource;
  /** Ends the watch. */
  readonly signal: AbortSignal;
};

/** Resolves true when caught up, false when the signal aborted first. */
export async function caughtUp(options: CaughtUpOptions): Promise<boolean> {
  const { database, groupId, topic, ends, source, signal } = options;
  const behind = async (): Promise<number[]> =>
    withConnection(database, `${groupId}/caught-up`, async (client) => {
      const checkpoints = await readCheckpoints(client, groupId, topic);
      const next = new Map(checkpoints.map(({ partition, nextOffset }) => [partition, nextOffset]));
      return ends
        .filter(({ partition, low, high }) => (next.get(partition) ?? low) < high)
        .map(({ partition }) => partition);
    });
  while (!signal.aborted) {
    try {
      const open = await behind();
      if (open.length === 0) return true;
      const mine = new Set(source.positions().map(({ partition }) => partition));
      if (source.quiet && open.every((partition) => mine.has(partition))) return true;
    } catch (error) {
      if (diagnose(error).reaction !== 'retry') throw error;
    }
    await sleep(pollInterval, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
