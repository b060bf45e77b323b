/**
 * The end of a replication until it has caught up: rows that a snapshot taken again did not have are deleted or counted, also of
 * tables that nothing has changed since. While a run goes on they are settled by the changes after the snapshot.
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

/** What has caught up, and what is to be done. */
export type SettleOptions = {
  readonly kafka: Kafka;
  readonly database: Database;
  readonly pipeline: string;
  readonly source: Database | undefined;
  readonly afterResnapshot: AfterResnapshot;
  readonly events: Events<ServiceEvent>;
};

/** Milliseconds that one statement may take: every row of a table may have to go. */
const statementLimit = 3_600_000;

/** Above every generation. */
const allGenerations = 2 ** 31 - 1;

/** Settles the rows of all tables of the pipeline, which has to be at rest. */
export async function settleAtEnd(options: SettleOptions): Promise<void> {
  const { database, pipeline, kafka, source, events, afterResnapshot } = options;
  const logger = noticesTo(events);
  const timeouts = { ...database.timeouts, statement: statementLimit, answer: statementLimit + 10_000 };
  await withConnection({ ...database, timeouts }, `${pipeline}/settle`, async (client) => {
    const states = await readSnapshotStates(client, pipeline);
    const tell = (table: string, rows: number, why: UnseenRowsEvent['why']) => {
      if (rows > 0) events.emit({ type: 'unseenRows', table, rows, why, isDeleted: afterResnapshot === 'delete' });
    };
    const kept = new Map<string, number>();
    const settled = await settledTopics(kafka, states);
    for (const state of states) {
      const { name, topic, generation, snapshot, lagging } = state;
      const table = generation === 0 ? undefined : await findTarget(client, name);
      // Of a table without a key the snapshot has replaced all rows.
      if (!table || table.key.length === 0) {
        kept.set(name, 0);
        continue;
      }
      if (!settled.has(topic)) {
        logger.warn({ table: name }, 'a snapshot still runs, so rows that it does not have are not known yet');
        continue;
      }
      const rows = { topic, generation, since: lagging ? snapshot : null };
      const found = await reconcileRows(client, table, rows, afterResnapshot);
      tell(name, found, 'not in the snapshot');
      kept.set(name, found);
    }
    for (const { name, topic } of source ? await emptied(source, states, logger) : []) {
      const table = await findTarget(client, name);
      if (!table) continue;
      const all = { topic, generation: allGenerations, since: null };
      const found =
        table.key.length > 0
          ? await reconcileRows(client, table, all, afterResnapshot)
          : await reconcileAllRows(client, table, afterResnapshot);
      tell(name, found, 'source table is empty');
      kept.set(name, found);
    }
    const newest = newestOf(states);
    for (const [name, rows] of kept) await noteReconciled(client, name, newest, afterResnapshot === 'keep' ? rows : 0);
  });
}

/** The last flags that the records of a topic bear, of which Debezium says where they stood in their snapshot. */
async function lastFlags(kafka: Kafka, { topic, streamed, partitions }: SnapshotState): Promise<readonly Snapshot[]> {
  if (streamed) return ['false'];
  const places = partitions.map(({ partition, nextOffset }) => ({ topic, partition, before: BigInt(nextOffset) }));
  const decode = debeziumDecoder({});
  return (await lastRecords(kafka, places)).flatMap((record) => {
    const event = record && decode(record.key, record.value);
    return event && 'snapshot' in event ? [event.snapshot] : [];
  });
}

/**
 * The topics whose snapshot is over and durable. A change after it says so, or its last row of the table: of one topic with
 * one partition that is enough. A single row of the first table is flagged as the first, and several partitions tell only of
 * themselves: there the snapshot as a whole must be over, by the word of any table, and nothing may be unread.
 */
async function settledTopics(kafka: Kafka, states: readonly SnapshotState[]): Promise<ReadonlySet<string>> {
  const over = new Set<string | null>();
  const ended = new Set<string>();
  for (const state of states) {
    const flags = await lastFlags(kafka, state);
    if (flags.some((flag) => flag === 'last' || flag === 'false')) over.add(state.snapshot);
    if (flags.some((flag) => /^(last|last_in_data_collection|false)$/.test(flag))) ended.add(state.topic);
  }
  const settled = new Set<string>();
  for (const { topic, snapshot, partitions } of states) {
    if (!ended.has(topic) && !over.has(snapshot)) continue;
    if ((ended.has(topic) && partitions.length === 1) || (await isRead(kafka, topic, partitions))) settled.add(topic);
  }
  return settled;
}

/** Whether nothing of the topic is unread. */
async function isRead(kafka: Kafka, topic: string, partitions: SnapshotState['partitions']): Promise<boolean> {
  const ranges = await topicRanges(kafka, { kind: 'one', topic });
  const highs = new Map(ranges.map(({ partition, high }) => [partition, high]));
  return partitions.every(({ partition, nextOffset }) => BigInt(nextOffset) >= (highs.get(partition) ?? 0n));
}

/** Where the last snapshot of all began. */
const newestOf = (states: readonly SnapshotState[]): string =>
  String(states.reduce((max, { snapshot }) => (BigInt(snapshot ?? 0) > max ? BigInt(snapshot ?? 0) : max), 0n));

/**
 * Tables of which a later snapshot brought no row, because the source has none: no event tells of that. Known only by
 * the snapshot of another table of the same connector, and by the source.
 */
async function emptied(
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
          'the source does not tell whether it is empty',
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
