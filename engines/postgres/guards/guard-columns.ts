/** Adapts the key columns of a guard table when the key columns of its table are renamed or change their type. */
import pg from 'pg';
import type { TableShape } from '../../../schemas/table-shape.ts';
import { queryCatalogue } from '../catalogue/query-catalogue.ts';
import { inTransaction } from '../connection/connection.ts';
import { guardTable } from './guard-table.ts';

const { escapeIdentifier } = pg;

/** The key columns of a guard table. All others are Sluice's own. */
const query = `
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
  from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
    and a.attname not in ('sluice_generation', 'sluice_major', 'sluice_minor', 'sluice_deleted', 'sluice_topic',
      'sluice_partition', 'sluice_offset', 'sluice_record_key', 'sluice_deleted_at')
  order by a.attnum`;

/**
 * Gives the key columns of the guard table the names and types of the key. Changes nothing if the number of columns
 * differs: that is another key, and the guard rows do not apply to it.
 */
export async function adaptGuardTable(client: pg.Client, shape: TableShape): Promise<void> {
  const table = guardTable(shape.name);
  const found = await queryCatalogue<KeyColumn>(client, query, [table]);
  if (statementsFor(table, shape, found).length === 0) return;
  await inTransaction(client, async () => {
    // Another lane may have been faster.
    await client.query(`lock table ${table} in access exclusive mode; set local search_path = ''`);
    const { rows } = await client.query<KeyColumn>(query, [table]);
    for (const statement of statementsFor(table, shape, rows)) await client.query(statement);
  });
}

type KeyColumn = { readonly name: string; readonly type: string };

function statementsFor(table: string, { columns, key }: TableShape, found: readonly KeyColumn[]): readonly string[] {
  if (found.length !== key.length) return [];
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const come = key.filter((name) => !found.some((one) => one.name === name));
  const gone = found.filter((one) => !key.includes(one.name));
  const renamed = new Map(gone.map((one, index) => [one.name, come[index] ?? one.name]));
  const statements = [...renamed].map(
    ([from, to]) => `alter table ${table} rename column ${escapeIdentifier(from)} to ${escapeIdentifier(to)}`,
  );
  for (const { name, type: had } of found) {
    const type = types.get(renamed.get(name) ?? name);
    if (type === undefined || type === had) continue;
    const at = escapeIdentifier(renamed.get(name) ?? name);
    statements.push(`alter table ${table} alter column ${at} type ${type} using ${at}::text::${type}`);
  }
  return statements;
}
