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
  type FormerRows,
  findTarget,
  reconcileAllRows,
  reconcileRows,
} from '../../engines/postgres/replica/snapshots/reconcile.ts';
import {
  noteReconciled,
  readSnapshotStates,
  type SnapshotState,
} from '../../engines/postgres/replica/snapshots/snapshot-states.ts';
import type { TargetTable } from '../../engines/postgres/replica/tables/target-table.ts';
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
  /** Topics that share the snapshots of one connector. */
  readonly snapshotGroups: readonly ReadonlySet<string>[];
  readonly afterResnapshot: AfterResnapshot;
  readonly events: Events<ServiceEvent>;
};

/** Longest duration of one statement: it may delete every row of a table. */
const statementLimitMs = 3_600_000;

/** Which rows come from before a snapshot. */
type Before = Omit<FormerRows, 'topic'>;

/** Higher than any generation. */
const allGenerations = 2 ** 31 - 1;

/** Deletes or counts the rows of all tables of the pipeline, which must not be running. */
export async function settleAtEnd(options: SettleOptions): Promise<void> {
  const { database, pipeline, kafka, source, events, afterResnapshot, snapshotGroups } = options;
  const logger = noticesTo(events);
  const timeouts = { ...database.timeouts, statement: statementLimitMs, answer: statementLimitMs + 10_000 };
  await withConnection({ ...database, timeouts }, `${pipeline}/settle`, async (client) => {
    const states = await readSnapshotStates(client, pipeline);
    const emptied = new Set(source ? await emptiedTables(source, states, logger) : []);
    const { settledTopics, endedSnapshots } = await readProgress(kafka, states);
    /** Rows of each table that stay although a snapshot does not have them. */
    const kept = new Map<string, number>();
    const reconcile = async (state: SnapshotState, table: TargetTable, why: UnseenRowsEvent['why'], before: Before) => {
      // Nothing tells the rows of a table without a key that were there before the snapshot from those that came after it.
      const what = why === 'without key' ? 'keep' : afterResnapshot;
      const found =
        table.key.length > 0
          ? await reconcileRows(client, table, { topic: state.topic, ...before }, what)
          : await reconcileAllRows(client, table, what);
      if (found > 0)
        events.emit({ type: 'unseenRows', table: table.name, rows: found, why, isDeleted: what === 'delete' });
      kept.set(table.name, what === 'delete' ? 0 : found);
    };
    for (const state of states) {
      const { name, topic, generation, snapshot, lagging, partitions } = state;
      const missed = emptied.has(state) ? null : snapshotWithout(state, states, snapshotGroups);
      const isConcerned = generation > 0 || missed !== null || emptied.has(state);
      const table = isConcerned ? await findTarget(client, name) : undefined;
      const hasKey = (table?.key.length ?? 0) > 0;
      if (table && emptied.has(state)) {
        await reconcile(state, table, 'source table is empty', { generation: allGenerations, since: null });
      } else if (!table || (!hasKey && (missed === null || snapshot === null))) {
        // A snapshot with rows of a table without a key has replaced all of them.
        kept.set(name, 0);
      } else if (
        missed === null
          ? !settledTopics.has(topic)
          : !(endedSnapshots.has(missed) && (await isRead(kafka, topic, partitions)))
      ) {
        logger.warn({ table: name }, 'a snapshot is still running, so the rows missing from it are not known yet');
      } else if (missed === null) {
        await reconcile(state, table, 'not in the snapshot', { generation, since: lagging ? snapshot : null });
      } else {
        const why = hasKey ? 'not in the snapshot' : 'without key';
        await reconcile(state, table, why, { generation: allGenerations, since: missed });
      }
    }
    const newest = newestOf(states);
    for (const [name, rows] of kept) await noteReconciled(client, name, newest, rows);
  });
}

/**
 * Returns the LSN of a repeated snapshot that had no row of a table: other tables of its connector have one. Null where the
 * last snapshot of the connector had rows of it, or was the first.
 */
function snapshotWithout(
  { topic, snapshot }: SnapshotState,
  states: readonly SnapshotState[],
  groups: readonly ReadonlySet<string>[],
): string | null {
  const group = groups.find((topics) => topics.has(topic));
  const members = states.filter((other) => group?.has(other.topic));
  const last = highest(members);
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
 * Returns the snapshots that have ended, and the topics whose last snapshot has ended and is durable. In a topic of one partition, a change after the snapshot or the
 * last row of its table proves that. Other topics need the end of the whole snapshot, and no unread record: a single row of
 * the first table has the flag `first`, and the flags of several partitions hold for one partition each.
 */
async function readProgress(kafka: Kafka, states: readonly SnapshotState[]) {
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
async function isRead(kafka: Kafka, topic: string, partitions: SnapshotState['partitions']): Promise<boolean> {
  const ranges = await topicRanges(kafka, { kind: 'one', topic });
  const highs = new Map(ranges.map(({ partition, high }) => [partition, high]));
  return partitions.every(({ partition, nextOffset }) => BigInt(nextOffset) >= (highs.get(partition) ?? 0n));
}

/** Returns the LSN at which the latest of these snapshots began; null where none was read. */
const highest = (states: readonly SnapshotState[]): string | null =>
  states.reduce<string | null>(
    (max, { snapshot }) => (snapshot !== null && BigInt(snapshot) > BigInt(max ?? -1) ? snapshot : max),
    null,
  );

/** Returns the LSN at which the latest snapshot began. */
const newestOf = (states: readonly SnapshotState[]): string => highest(states) ?? '0';

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
