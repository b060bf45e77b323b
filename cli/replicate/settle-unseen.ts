/**
 * The end of `replicate --until-caught-up`: rows that a snapshot taken again did not have are deleted or counted, also of
 * tables that nothing has changed since. While a run goes on they are settled by the changes after the snapshot.
 */
import type { Kafka } from 'kafkajs';
import { lastRecords } from '../../adapters/kafka/last-records.ts';
import { topicRanges } from '../../adapters/kafka/topics.ts';
import { type DescribedTable, readSourceTables } from '../../adapters/postgres/catalogue/source-tables.ts';
import { quoted } from '../../adapters/postgres/catalogue/table.ts';
import { type Database, withConnection } from '../../adapters/postgres/connection.ts';
import {
  emptyTable,
  findTarget,
  readSnapshotStates,
  type SnapshotState,
} from '../../adapters/postgres/replica/resnapshots.ts';
import { type AfterResnapshot, settleRows } from '../../adapters/postgres/replica/unseen.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';
import { debeziumDecoder } from '../../schemas/debezium/decode.ts';

/** What has caught up, and what is to be done. */
export type SettleOptions = {
  readonly kafka: Kafka;
  readonly database: Database;
  readonly pipeline: string;
  readonly source: Database | undefined;
  readonly afterResnapshot: AfterResnapshot;
  readonly logger: Logger;
};

/** Milliseconds that one statement may take: every row of a table may have to go. */
const statementLimit = 3_600_000;

/** Above every generation. */
const allGenerations = 2 ** 31 - 1;

/** Settles the rows of all tables of the pipeline, which has to be at rest. */
export async function settleAtEnd(options: SettleOptions): Promise<void> {
  const { database, pipeline, kafka, source, logger, afterResnapshot } = options;
  const timeouts = { ...database.timeouts, statement: statementLimit, answer: statementLimit + 10_000 };
  await withConnection({ ...database, timeouts }, `${pipeline}/settle`, async (client) => {
    const states = await readSnapshotStates(client, pipeline);
    const tell = (table: string, rows: number, how: string) => {
      if (rows === 0) return;
      const kept = `${how}, and stay: \`npx sluice replicate --until-caught-up --after-resnapshot delete\` removes them`;
      logger.warn({ table, rows }, afterResnapshot === 'keep' ? `rows ${kept}` : `rows ${how}, and are deleted`);
    };
    for (const state of states) {
      const { name, topic, generation, snapshot, lagging } = state;
      if (generation === 0) continue;
      const table = await findTarget(client, name);
      // Of a table without a key the snapshot has replaced all rows.
      if (!table || table.key.length === 0) continue;
      if (!(await isSnapshotOver(kafka, state))) {
        logger.warn({ table: name }, 'a snapshot still runs, so rows that it does not have are not known yet');
        continue;
      }
      const rows = { topic, generation, since: lagging ? snapshot : null };
      const found = await settleRows(client, table, rows, afterResnapshot);
      tell(name, found, 'are not in the snapshot that was taken again');
    }
    for (const { name, topic } of source ? await emptied(source, states, logger) : []) {
      const table = await findTarget(client, name);
      if (!table) continue;
      const all = { topic, generation: allGenerations, since: null };
      const found =
        table.key.length > 0
          ? await settleRows(client, table, all, afterResnapshot)
          : await emptyTable(client, table, afterResnapshot);
      tell(name, found, 'are of a table that is empty at the source since before the last snapshot');
    }
  });
}

/**
 * Whether the snapshot of a topic is over and all of it is durable: changes follow it, or its last row says that it is the
 * last. In several partitions nothing may be unread, since that row tells only of its own.
 */
async function isSnapshotOver(kafka: Kafka, { topic, streamed, partitions }: SnapshotState): Promise<boolean> {
  const places = partitions.map(({ partition, nextOffset }) => ({ topic, partition, before: BigInt(nextOffset) }));
  if (!streamed) {
    const decode = debeziumDecoder({});
    const ends = (await lastRecords(kafka, places)).some((record) => {
      const event = record && decode(record.key, record.value);
      return event && 'snapshot' in event && /^(last|last_in_data_collection|false)$/.test(event.snapshot);
    });
    if (!ends) return false;
  }
  if (places.length === 1) return true;
  const ranges = (await topicRanges(kafka, { kind: 'one', topic })).map(
    ({ partition, high }) => [partition, high] as const,
  );
  const highs = new Map(ranges);
  return places.every(({ partition, before }) => before >= (highs.get(partition) ?? before));
}

/**
 * Tables of which a later snapshot brought no row, because the source has none: no event tells of that. Known only by
 * the snapshot of another table of the same connector, and by the source.
 */
async function emptied(
  source: Database,
  states: readonly SnapshotState[],
  logger: Logger,
): Promise<readonly SnapshotState[]> {
  const newest = states.reduce((max, { snapshot }) => (BigInt(snapshot ?? 0) > max ? BigInt(snapshot ?? 0) : max), 0n);
  const older = states.filter(({ snapshot }) => BigInt(snapshot ?? 0) < newest);
  if (older.length === 0) return [];
  return await withConnection(source, 'catalogue', async (client) => {
    const tables = await readSourceTables(client);
    const isEmpty = async ({ schema, name }: DescribedTable): Promise<boolean> => {
      try {
        const { rows } = await client.query<{ empty: boolean }>(
          `select not exists (select from ${quoted(schema)}.${quoted(name)}) as empty`,
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
