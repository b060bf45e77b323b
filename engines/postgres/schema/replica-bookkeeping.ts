/**
 * Removes the bookkeeping of replicated tables from a target: orders, guard rows, moved and deferred rows, and at last the
 * schema `sluice` itself. It never changes the replicated tables.
 */
import type pg from 'pg';
import { enrichedTable } from '../../../schemas/migrations.ts';
import { inTransaction } from '../connection/connection.ts';
import { guardTable } from '../guards/guard-table.ts';

/** SQL: whether a row of `sluice.target` belongs to a replica. The only other table is the enriched users. */
export const isReplica = (alias: string): string => `${alias}.table_name <> '${enrichedTable}'`;

/** Replicated tables without a checkpoint of another pipeline, including tables that no pipeline reads any more. */
export async function tablesOnlyOf(client: pg.Client, pipeline: string): Promise<readonly string[]> {
  const { rows: there } = await client.query(`select to_regclass('sluice.target') is not null as there`);
  if (!there[0]?.there) return [];
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from sluice.target t where ${isReplica('t')}
       and not exists (select from sluice.checkpoint c where c.topic = t.topic and c.pipeline <> $1)
     order by 1`,
    [pipeline],
  );
  return rows.map(({ name }) => name);
}

/** Deletes the guard rows, order, moved and deferred rows of these tables. */
export async function forgetTables(client: pg.Client, tables: readonly string[]): Promise<void> {
  await inTransaction(client, async () => {
    for (const name of tables) await client.query(`drop table if exists ${guardTable(name)}`);
    for (const kept of ['moved_row', 'deferred_row', 'target'])
      await client.query(`delete from sluice.${kept} where table_name = any ($1)`, [tables]);
  });
}

/** Tables of the schema `sluice`, without guards. */
const ownTables = [
  'checkpoint',
  'dead_letter',
  'target',
  'moved_row',
  'deferred_row',
  'constraint',
  'own_function',
  'load_chunk',
  'load_refusal',
  'schema_version',
];
const ownViews = ['held_table'];

const inUse = `
  select (select count(*) from sluice.checkpoint)::integer as checkpoints, (select count(*) from sluice.target)::integer as targets,
    (select count(*) from sluice.dead_letter)::integer as "deadLetters", to_regclass('users_enriched') is not null as users,
    (select count(*) from sluice.load_chunk)::integer as chunks, (select count(*) from sluice.load_refusal)::integer as refusals`;

const qualified = (names: readonly string[]): string => names.map((name) => `sluice.${name}`).join(', ');

/** SQLSTATE dependent_objects_still_exist. */
const stillUsed = '2BP01';

/** Drops the schema `sluice` if nothing needs it. Returns the reason why it stays, or undefined. */
export async function dropUnusedSchema(client: pg.Client): Promise<string | undefined> {
  type Counts = { readonly [count in 'checkpoints' | 'targets' | 'deadLetters' | 'chunks' | 'refusals']: number };
  const [found] = (await client.query<Counts & { readonly users: boolean }>(inUse)).rows;
  if (!found || found.users) return 'users_enriched is in this database';
  if (found.checkpoints > 0 || found.targets > 0) return 'other pipelines use it';
  if (found.deadLetters > 0)
    return `${found.deadLetters} dead letters are in it; --with-dead-letters deletes those of a pipeline`;
  if (found.chunks + found.refusals > 0)
    return `it has the ledger of a load: ${found.chunks} parts in load_chunk, ${found.refusals} refused rows in load_refusal`;
  try {
    await inTransaction(client, async () => {
      // Without CASCADE, which would drop dependent objects of the user.
      await client.query(`drop view if exists ${qualified(ownViews)}`);
      await client.query(`drop table if exists ${qualified(ownTables)}`);
      await client.query('drop schema sluice');
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === stillUsed)) throw error;
    const { detail } = error as { detail?: string };
    return `objects that are not Sluice's need it: ${(detail ?? error.message).split('\n')[0]}`;
  }
}
