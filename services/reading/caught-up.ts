/**
 * Notices when everything that was in the topics at the start is durable, whoever owns the partitions: the checkpoints
 * tell (rule 5). Where the end of the log cannot be read, behind an open transaction, fetches that bring nothing do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { idOf } from '../../adapters/kafka/topics/topic-partition.ts';
import type { TopicRange } from '../../adapters/kafka/topics/topics.ts';
import { readCheckpoints } from '../../engines/postgres/checkpoint/checkpoints.ts';
import { readHeldTables } from '../../engines/postgres/checkpoint/held-tables.ts';
import { connect, type Database } from '../../engines/postgres/connection/connection.ts';
import { hangUp } from '../../engines/postgres/connection/hang-up.ts';
import { diagnose } from '../diagnose.ts';

const pollInterval = 200;

/** What to watch. */
export type CaughtUpOptions = {
  readonly database: Database;
  readonly groupId: string;
  /** Where all partitions ended at the start. */
  readonly ends: readonly TopicRange[];
  readonly source: KafkaSource;
  /** Ends the watch. */
  readonly signal: AbortSignal;
};

/** Resolves true when caught up, false when the signal aborted first. Outages are waited for. */
export async function caughtUp({ database, groupId, ends, source, signal }: CaughtUpOptions): Promise<boolean> {
  let client: pg.Client | undefined;
  let since: Date | undefined;
  const letGo = async () => {
    const former = client;
    client = undefined;
    if (former) await hangUp(former);
  };
  try {
    while (!signal.aborted) {
      try {
        client ??= await connect(database, `${groupId}/caught-up`);
        since ??= await timeOf(client);
        const held = await triedSince(client, groupId, since);
        const behind = (await partitionsBehind(client, groupId, ends)).filter((one) => !held.has(idOf(one)));
        // A checkpoint beyond the end may be a lost one: who owns it has to have looked at the log (rule 16).
        if (source.settled && behind.every(({ topic }) => !source.reads(topic))) return true;
        const mine = new Set(source.positions().map(idOf));
        if (source.quiet && behind.every((one) => mine.has(idOf(one)) || !source.reads(one.topic))) return true;
      } catch (error) {
        if (diagnose(error).reaction !== 'retry') throw error;
        await letGo();
      }
      await sleep(pollInterval, undefined, { signal }).catch(() => undefined);
    }
    return false;
  } finally {
    await letGo();
  }
}

const timeOf = async (client: pg.Client): Promise<Date> =>
  (await client.query<{ now: Date }>('select clock_timestamp() as now')).rows[0]?.now ?? new Date(0);

/** Partitions that wait for their table to be altered, and have been tried since: nothing more comes of these. */
async function triedSince(client: pg.Client, groupId: string, since: Date): Promise<ReadonlySet<string>> {
  const held = await readHeldTables(client, groupId);
  return new Set(held.filter(({ triedAt }) => triedAt > since).map(idOf));
}

/** Partitions that are not at their end yet. One without a checkpoint has not been claimed, so nothing is known of it. */
async function partitionsBehind(
  client: pg.Client,
  groupId: string,
  ends: readonly TopicRange[],
): Promise<readonly TopicRange[]> {
  const checkpoints = await readCheckpoints(client, groupId);
  const next = new Map(checkpoints.map((one) => [idOf(one), one.nextOffset]));
  return ends.filter((end) => (next.get(idOf(end)) ?? -1n) < end.high);
}
