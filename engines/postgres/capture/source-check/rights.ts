/** Checks whether the user can read every row of the tables, and whether the WAL has every change. */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { quoted } from '../../identifiers.ts';
import type { TableName } from '../connector-config.ts';
import type { Finding } from './finding.ts';
import { readableTable, tableList } from './names.ts';
import type { SourceTable } from './source-tables.ts';

/** Throws a `PipelineError` if this user cannot read some of the tables. */
export function checkReadable(user: string, tables: readonly SourceTable[]): void {
  const unreadable = tables.filter(({ readable }) => !readable);
  if (unreadable.length === 0) return;
  const schemas = [...new Set(unreadable.map(({ schema }) => quoted(schema)))].join(', ');
  throw new PipelineError('select_rights', `user ${user} may not read ${tableList(unreadable)}`, {
    advice: `On the source: GRANT USAGE ON SCHEMA ${schemas} TO ${quoted(user)}; GRANT SELECT ON ${tableList(unreadable)} TO ${quoted(user)};`,
  });
}

/** Throws a `PipelineError` if there are tables or partitions whose changes are not in the WAL. */
export async function checkLogged(client: pg.Client, tables: readonly SourceTable[]): Promise<void> {
  const { rows } = await client.query<TableName & { foreign: boolean; root: string }>(
    `select n.nspname as schema, c.relname as table, c.relkind = 'f' as foreign, t.oid::regclass::text as root
     from unnest($1::oid[]) t(oid) cross join lateral (select t.oid union select relid from pg_partition_tree(t.oid)) p(oid)
     join pg_class c on c.oid = p.oid join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'f' or c.relkind = 'r' and c.relpersistence = 'u' order by 1, 2`,
    [tables.map(({ oid }) => oid)],
  );
  if (rows.length === 0) return;
  const kind = ({ foreign }: { foreign: boolean }) => (foreign ? 'a foreign table' : 'UNLOGGED');
  const fix = (row: (typeof rows)[number]) =>
    row.foreign
      ? `ALTER TABLE ${row.root} DETACH PARTITION ${readableTable(row)};`
      : `ALTER TABLE ${readableTable(row)} SET LOGGED;`;
  throw new PipelineError(
    'table_unlogged',
    `changes of ${tableList(rows)} are not in the WAL: ${[...new Set(rows.map(kind))].join(', ')}`,
    { advice: `On the source: ${rows.map(fix).join(' ')}` },
  );
}

/** Findings about row security policies, which hide rows from the snapshot without an error. */
export function* rowSecurityFindings(user: string, tables: readonly SourceTable[]): Generator<Finding> {
  const secured = tables.filter(({ isRowSecured }) => isRowSecured);
  if (secured.length === 0) return;
  yield {
    check: 'row_security',
    what: `a row security policy may hide rows of ${tableList(secured)} from user ${user}: the snapshot would leave them out`,
    fix: `On the source, as a superuser: ALTER ROLE ${quoted(user)} BYPASSRLS;`,
  };
}
