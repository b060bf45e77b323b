/**
 * What the topics, the source and the connectors show of the snapshots of a pipeline's tables: which have ended, and which had
 * no row of a table.
 */
import type { Kafka } from 'kafkajs';
import { lastRecords } from '../../adapters/kafka/lag/last-records.ts';
import { topicRanges } from '../../adapters/kafka/topics/topics.ts';
import { type DescribedTable, readSourceTables } from '../../engines/postgres/catalogue/source-tables.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { quotedTable } from '../../engines/postgres/identifiers.ts';
import type { SnapshotState } from '../../engines/sink/replica/snapshots.ts';
import { debeziumDecoder } from '../../formats/debezium/decode.ts';
import type { Snapshot } from '../../formats/debezium/row-event.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';

/**
 * Returns the LSN of a repeated snapshot that had no row of a table: other tables of its connector have one. Null where the
 * last snapshot of the connector had rows of it, or was the first.
 */
export function snapshotWithout(
  { topic, generation, snapshot }: SnapshotState,
  states: readonly SnapshotState[],
  groups: readonly ReadonlySet<string>[],
): string | null {
  const group = groups.find((topics) => topics.has(topic));
  // On another server the log may start at lower LSNs: there a table with fewer repeated snapshots does not show a later one.
  const members = states.filter((other) => group?.has(other.topic) && other.generation >= generation);
  const last = lastSnapshot(members);
  const isRepeated = members.some((one) => one.generation > 0 || (one.snapshot !== null && one.snapshot !== last));
  return isRepeated && last !== snapshot ? last : null;
}

/** Returns Debezium's `snapshot` flag of the last record of each partition. It shows how far the snapshot is. */
async function lastFlags(kafka: Kafka, { topic, streamed, partitions }: SnapshotState): Promise<readonly Snapshot[]> {
  if (streamed) return ['false'];
  const positions = partitions.map(({ partition, nextOffset }) => ({ topic, partition, before: BigInt(nextOffset) }));
  const decode = debeziumDecoder({});
  return (await lastRecords(kafka, positions)).flatMap((record) => {
    const event = record && decode(record.key, record.value);
    return event && 'snapshot' in event ? [event.snapshot] : [];
  });
}

/**
 * Returns the snapshots that have ended, and the topics whose last snapshot has ended and is durable. In a topic of one
 * partition, a change after the snapshot or the last row of its table proves that. Other topics need the end of the whole
 * snapshot, and no unread record: a single row of the first table has the flag `first`, and the flags of several partitions
 * hold for one partition each.
 */
export async function readProgress(kafka: Kafka, states: readonly SnapshotState[]) {
  const endedSnapshots = new Set<string | null>();
  const endedTopics = new Set<string>();
  for (const state of states) {
    const flags = await lastFlags(kafka, state);
    if (flags.some((flag) => flag === 'last' || flag === 'false')) endedSnapshots.add(state.snapshot);
    if (flags.some((flag) => /^(last|last_in_data_collection|false)$/.test(flag))) endedTopics.add(state.topic);
  }
  const settledTopics = new Set<string>();
  for (const { topic, snapshot, partitions } of states) {
    if (!endedTopics.has(topic) && !endedSnapshots.has(snapshot)) continue;
    if ((endedTopics.has(topic) && partitions.length === 1) || (await isRead(kafka, topic, partitions)))
      settledTopics.add(topic);
  }
  return { settledTopics, endedSnapshots };
}

/** Whether every record of the topic has been read. */
export async function isRead(kafka: Kafka, topic: string, partitions: SnapshotState['partitions']): Promise<boolean> {
  const ranges = await topicRanges(kafka, { kind: 'one', topic });
  const highs = new Map(ranges.map(({ partition, high }) => [partition, high]));
  return partitions.every(({ partition, nextOffset }) => BigInt(nextOffset) >= (highs.get(partition) ?? 0n));
}

/** Returns the LSN at which the latest of these snapshots began; null where none was read. */
export const lastSnapshot = (states: readonly SnapshotState[]): string | null =>
  states.reduce<string | null>(
    (max, { snapshot }) => (snapshot !== null && BigInt(snapshot) > BigInt(max ?? -1) ? snapshot : max),
    null,
  );

/**
 * Returns the tables that were empty at the source when a later snapshot was taken. No event reports that. Evidence is a later
 * snapshot of another table of the same connector, and a query at the source.
 */
export async function emptiedTables(
  source: Database,
  states: readonly SnapshotState[],
  logger: Logger,
): Promise<readonly SnapshotState[]> {
  const newest = BigInt(lastSnapshot(states) ?? 0);
  const older = states.filter(({ snapshot }) => BigInt(snapshot ?? 0) < newest);
  if (older.length === 0) return [];
  return await withConnection(source, 'catalogue', async (client) => {
    const tables = await readSourceTables(client);
    const isEmpty = async ({ schema, name }: DescribedTable): Promise<boolean> => {
      try {
        const { rows } = await client.query<{ empty: boolean }>(
          `select not exists (select from ${quotedTable({ schema, name })}) as empty`,
        );
        return rows[0]?.empty === true;
      } catch (error) {
        logger.warn(
          { table: `${schema}.${name}`, error: messageOf(error) },
          'could not find out whether the table is empty at the source',
        );
        return false;
      }
    };
    const found: SnapshotState[] = [];
    for (const state of older) {
      const [table, ...others] = tables.filter(
        ({ schema, name, published }) => published && state.topic.endsWith(asInTopic(`.${schema}.${name}`)),
      );
      if (table && others.length === 0 && (await isEmpty(table))) found.push(state);
    }
    return found;
  });
}
