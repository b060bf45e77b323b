/** Databases restored from dumps, and their rows before and after a migration. */
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { loadDump } from '../../engines/postgres/load/dump/load-dump.ts';
import { type FreshDatabase, freshDatabase } from '../context.ts';
import { databaseOf } from '../database-of.ts';

/** A fresh database with the contents of a dump. */
export async function restored(dump: string): Promise<FreshDatabase> {
  const database = await freshDatabase('release');
  // In a session of its own, because a dump changes settings such as the search path.
  await withConnection(databaseOf(database.url), 'restore', (client) => loadDump(client, dump));
  return database;
}

/** Rows of a query. */
export const ask = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  withConnection(databaseOf(url), 'test', async (client) => (await client.query(sql)).rows);

/** Rows by the name of their table. */
export type Rows = { readonly [table: string]: readonly { readonly [column: string]: unknown }[] };

/** Every row of every table, except the list of migrations. */
export async function everything(url: string): Promise<Rows> {
  const tables = await ask(
    url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'sluice') and tablename <> 'schema_version' order by 1`,
  );
  const entries = tables.map(async ({ name }): Promise<[string, Rows[string]]> => {
    const rows = await ask(url, `select to_jsonb(t) as row from ${name} t order by to_jsonb(t)::text`);
    return [String(name), rows.map(({ row }) => row as Rows[string][number])];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The tables and columns that migration 11 renames, with their new names. */
const newNames: { readonly [name: string]: string } = {
  'sluice.held_row': 'sluice.deferred_row',
  held_at: 'deferred_at',
  settled_lsn: 'reconciled_lsn',
  unseen_rows: 'rows_not_in_snapshot',
};

/** The value of a name, or of its new name. */
const byEitherName = <T>(values: { readonly [name: string]: T }, name: string): T | undefined =>
  name in values ? values[name] : values[newNames[name] ?? name];

/** The rows after the migration, reduced to the tables and columns that existed before it, with the former names and in the former order. */
export function asBefore(before: Rows, after: Rows): Rows {
  const narrowed = Object.entries(before).map(([table, rows]) => {
    const columns = Object.keys(rows[0] ?? {});
    const now = (byEitherName(after, table) ?? []).map((row) =>
      Object.fromEntries(columns.map((name) => [name, byEitherName(row, name)])),
    );
    const text = (row: object) => JSON.stringify(row);
    return [table, now.sort((one, other) => (text(one) < text(other) ? -1 : 1))] as const;
  });
  return Object.fromEntries(narrowed);
}
