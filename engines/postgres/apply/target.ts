/**
 * Properties of a target table that all pipelines share: the order of its events, its kind of deletes, and its source. They
 * never change (rule 9): positions of different orders or sources cannot be compared, and with a mix of soft and hard deletes
 * some keys would have no guard.
 */
import pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { type Deletes, deletesOf, type TableShape } from '../../../schemas/table-shape.ts';
import { inTransaction } from '../connection/connection.ts';
import { createGuardTable, guardTable } from '../guards/guard-table.ts';

/**
 * Registers the order and the kind of deletes of a table, and creates its guard table if it needs one. Throws a
 * `PipelineError` if the table is registered with other properties.
 */
export async function registerTarget(client: pg.Client, table: TableShape, orderBy: OrderBy): Promise<void> {
  const deletes = deletesOf(table);
  await inTransaction(client, async () => {
    const insert =
      'insert into sluice.target (table_name, order_by, deletes) values ($1, $2, $3) on conflict do nothing';
    await client.query(insert, [table.name, orderBy, deletes]);
    // If several processes start at once, one creates the guard table, and the others wait here.
    const { rows } = await client.query<{ order_by: string; deletes: string; guarded: boolean }>(
      `select order_by, deletes, to_regclass($2) is not null as guarded
       from sluice.target where table_name = $1 for update`,
      [table.name, guardTable(table.name)],
    );
    const [found] = rows;
    if (found?.order_by !== orderBy) throw orderMismatch(table.name, String(found?.order_by), orderBy);
    if (found.deletes !== deletes) throw deletesMismatch(table.name, deletes);
    if (deletes === 'hard' && table.key.length > 0 && !found.guarded) await client.query(createGuardTable(table));
  });
}

/** The source of a table's records. */
export type FeedSource =
  | { readonly kind: 'topic'; readonly topic: string; readonly clusterId: string | null }
  /** A file by its absolute path, or one run's standard input: `file:PATH`, `stdin:RUN`. */
  | { readonly kind: 'file'; readonly topic: string };

/**
 * Binds a table to its source. Throws a `PipelineError` if the table is bound to another source. A table that is ordered by
 * offset is also bound to a file, because offsets are comparable only within one topic or file. Any other table accepts all
 * files, because the user chooses them, and is not bound to them.
 */
export async function registerSource(client: pg.Client, table: string, source: FeedSource): Promise<void> {
  const cluster = source.kind === 'topic' ? source.clusterId : null;
  await client.query(
    `update sluice.target set topic = $2, cluster_id = $3
     where table_name = $1 and topic is null and ($4 = 'topic' or order_by = 'offset')`,
    [table, source.topic, cluster, source.kind],
  );
  const { rows } = await client.query<StoredSource>(
    'select topic, cluster_id, order_by from sluice.target where table_name = $1',
    [table],
  );
  if (rows[0]) compareSource(table, rows[0], source);
}

type StoredSource = { readonly topic: string | null; readonly cluster_id: string | null; readonly order_by: OrderBy };

function compareSource(table: string, found: StoredSource, source: FeedSource): void {
  if (source.kind === 'file' && found.order_by !== 'offset') return;
  const cluster = source.kind === 'topic' ? source.clusterId : null;
  const sameCluster = found.cluster_id === null || cluster === null || found.cluster_id === cluster;
  if (found.topic === source.topic && sameCluster) return;
  throw sourceMismatch(table, found, source, cluster);
}

/**
 * Throws the same errors as `registerTarget` and `registerSource`, but changes nothing. Accepts a missing schema and an older
 * one, and does not check properties for which the schema has no column.
 */
export async function checkTarget(
  client: pg.Client,
  table: TableShape,
  orderBy: OrderBy,
  source: FeedSource,
): Promise<void> {
  const { rows: schema } = await client.query(`select to_regclass('sluice.target') is not null as registered`);
  if (!schema[0]?.registered) return;
  const { rows } = await client.query<{ row: Partial<StoredSource> & { deletes?: string } }>(
    'select to_jsonb(target) as row from sluice.target where table_name = $1',
    [table.name],
  );
  const row = rows[0]?.row;
  if (row?.order_by === undefined) return;
  if (row.order_by !== orderBy) throw orderMismatch(table.name, row.order_by, orderBy);
  const deletes = deletesOf(table);
  if (row.deletes !== undefined && row.deletes !== deletes) throw deletesMismatch(table.name, deletes);
  const { topic = null, cluster_id = null, order_by } = row;
  if (topic !== null) compareSource(table.name, { topic, cluster_id, order_by }, source);
}

const flagsOf = (order: string): string =>
  order === 'lsn' ? '--format debezium' : `--format flat --order-by ${order}`;

const orderMismatch = (table: string, found: string, asked: string): PipelineError =>
  new PipelineError('order_mismatch', `${table} is ordered by ${found}, not by ${asked}`, {
    advice: `Run with ${flagsOf(found)}, or write to an empty database.`,
  });

function deletesMismatch(table: string, asked: Deletes): PipelineError {
  const found = asked === 'hard' ? 'soft' : 'hard';
  const why =
    asked === 'hard'
      ? 'The positions are stored in the rows, and a hard delete would remove them.'
      : 'The positions are stored in a guard table, which soft deletes do not update.';
  return new PipelineError('deletes_mismatch', `${table} was started with --deletes ${found}, not ${asked}`, {
    advice: `Run with --deletes ${found}, or write to an empty database. ${why}`,
  });
}

function sourceMismatch(table: string, found: StoredSource, source: FeedSource, cluster: string | null): PipelineError {
  const other =
    found.topic === source.topic
      ? `${found.topic} of the Kafka cluster ${found.cluster_id}, not of ${cluster}`
      : `${found.topic}, not from ${source.topic}`;
  const update = `UPDATE sluice.target SET topic = NULL, cluster_id = NULL WHERE table_name = ${pg.escapeLiteral(table)}`;
  // Escaped for the shell, because a name may contain quotes.
  const release = `npx sluice sql --write "${update.replace(/[\\"$`]/g, '\\$&')}"`;
  const same =
    found.order_by === 'offset' ? '' : ` If both carry the events of the same source, allow the next one: ${release}`;
  return new PipelineError('source_mismatch', `${table} is fed from ${other}: their positions cannot be compared`, {
    advice: `Write to another database.${same}`,
  });
}
