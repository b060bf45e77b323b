/**
 * Deletes or counts rows that a later snapshot did not contain, at the end of `--until-caught-up`. During a run the first
 * change after the snapshot triggers this for its table; tables without such a change need this pass.
 */
import type { Kafka } from 'kafkajs';
import { lastRecords } from '../../adapters/kafka/lag/last-records.ts';
import { topicRanges } from '../../adapters/kafka/topics/topics.ts';
import { type DescribedTable, readSourceTables } from '../../engines/postgres/catalogue/source-tables.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { quotedTable } from '../../engines/postgres/identifiers.ts';
import {
  type AfterResnapshot,
  findTarget,
  reconcileAllRows,
  reconcileRows,
} from '../../engines/postgres/replica/snapshots/reconcile.ts';
import {
  noteReconciled,
  readSnapshotStates,
  type SnapshotState,
} from '../../engines/postgres/replica/snapshots/snapshot-states.ts';
import { debeziumDecoder } from '../../formats/debezium/decode.ts';
import type { Snapshot } from '../../formats/debezium/row-event.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';
import { noticesTo, type ServiceEvent, type UnseenRowsEvent } from '../events.ts';

/** The pipeline, and what to do with the rows. */
export type SettleOptions = {
  readonly kafka: Kafka;
  readonly database: Database;
  readonly pipeline: string;
  readonly source: Database | undefined;
  readonly afterResnapshot: AfterResnapshot;
  readonly events: Events<ServiceEvent>;
};

/** Longest duration of one statement: it may delete every row of a table. */
const statementLimitMs = 3_600_000;

/** Higher than any generation. */
const allGenerations = 2 ** 31 - 1;

/** Deletes or counts the rows of all tables of the pipeline, which must not be running. */
export async function settleAtEnd(options: SettleOptions): Promise<void> {
  const { database, pipeline, kafka, source, events, afterResnapshot } = options;
  const logger = noticesTo(events);
  const timeouts = { ...database.timeouts, statement: statementLimitMs, answer: statementLimitMs + 10_000 };
  await withConnection({ ...database, timeouts }, `${pipeline}/settle`, async (client) => {
    const states = await readSnapshotStates(client, pipeline);
    const emitUnseen = (table: string, rows: number, why: UnseenRowsEvent['why']) => {
      if (rows > 0) events.emit({ type: 'unseenRows', table, rows, why, isDeleted: afterResnapshot === 'delete' });
    };
    const kept = new Map<string, number>();
    const settled = await settledTopics(kafka, states);
    for (const state of states) {
      const { name, topic, generation, snapshot, lagging } = state;
      const table = generation === 0 ? undefined : await findTarget(client, name);
      // The snapshot has replaced all rows of a table without a key.
      if (!table || table.key.length === 0) {
        kept.set(name, 0);
        continue;
      }
      if (!settled.has(topic)) {
        logger.warn({ table: name }, 'a snapshot is still running, so the rows missing from it are not known yet');
        continue;
      }
      const rows = { topic, generation, since: lagging ? snapshot : null };
      const found = await reconcileRows(client, table, rows, afterResnapshot);
      emitUnseen(name, found, 'not in the snapshot');
      kept.set(name, found);
    }
    for (const { name, topic } of source ? await emptiedTables(source, states, logger) : []) {
      const table = await findTarget(client, name);
      if (!table) continue;
      const all = { topic, generation: allGenerations, since: null };
      const found =
        table.key.length > 0
          ? await reconcileRows(client, table, all, afterResnapshot)
          : await reconcileAllRows(client, table, afterResnapshot);
      emitUnseen(name, found, 'source table is empty');
      kept.set(name, found);
    }
    const newest = newestOf(states);
    for (const [name, rows] of kept) await noteReconciled(client, name, newest, afterResnapshot === 'keep' ? rows : 0);
  });
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
 * Returns the topics whose snapshot has ended and is durable. In a topic of one partition, a change after the snapshot or the
 * last row of its table proves that. Other topics need the end of the whole snapshot, and no unread record: a single row of
 * the first table has the flag `first`, and the flags of several partitions hold for one partition each.
 */
async function settledTopics(kafka: Kafka, states: readonly SnapshotState[]): Promise<ReadonlySet<string>> {
  const endedSnapshots = new Set<string | null>();
  const endedTopics = new Set<string>();
  for (const state of states) {
    const flags = await lastFlags(kafka, state);
    if (flags.some((flag) => flag === 'last' || flag === 'false')) endedSnapshots.add(state.snapshot);
    if (flags.some((flag) => /^(last|last_in_data_collection|false)$/.test(flag))) endedTopics.add(state.topic);
  }
  const settled = new Set<string>();
  for (const { topic, snapshot, partitions } of states) {
    if (!endedTopics.has(topic) && !endedSnapshots.has(snapshot)) continue;
    if ((endedTopics.has(topic) && partitions.length === 1) || (await isRead(kafka, topic, partitions)))
      settled.add(topic);
  }
  return settled;
}

/** Whether every record of the topic has been read. */
async function isRead(kafka: Kafka, topic: string, partitions: SnapshotState['partitions']): Promise<boolean> {
  const ranges = await topicRanges(kafka, { kind: 'one', topic });
  const highs = new Map(ranges.map(({ partition, high }) => [partition, high]));
  return partitions.every(({ partition, nextOffset }) => BigInt(nextOffset) >= (highs.get(partition) ?? 0n));
}

/** Returns the position at which the latest snapshot began. */
const newestOf = (states: readonly SnapshotState[]): string =>
  String(states.reduce((max, { snapshot }) => (BigInt(snapshot ?? 0) > max ? BigInt(snapshot ?? 0) : max), 0n));

/**
 * Returns the tables that were empty at the source when a later snapshot was taken. No event reports that. Evidence is a later
 * snapshot of another table of the same connector, and a query at the source.
 */
async function emptiedTables(
  source: Database,
  states: readonly SnapshotState[],
  logger: Logger,
): Promise<readonly SnapshotState[]> {
  const newest = BigInt(newestOf(states));
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
