/** Measures the data of tables: sizes that other products need to know, and that PostgreSQL's types do not say. */
import type pg from 'pg';
import { tableName } from '../../../schemas/table-name.ts';
import { keyColumns, type Measured, type MeasuredColumn } from '../../types/measured.ts';
import type { ColumnDefinition, TableDefinition } from '../../types/table.ts';
import { quoted, quotedTable } from '../identifiers.ts';

/** Types whose values are measured where they are part of a key. */
const unlimited: ReadonlySet<string> = new Set(['text', 'bytes', 'bits', 'other']);

/**
 * Measures texts and bytes without a small limit in keys, and digits of decimals without precision, in one pass for each table
 * that has any. Needs the privilege to read them.
 */
export async function measureTables(client: pg.Client, tables: readonly TableDefinition[]): Promise<Measured> {
  const measured = new Map<string, ReadonlyMap<string, MeasuredColumn>>();
  for (const table of tables) {
    const columns = columnsToMeasure(table);
    if (columns.length > 0) measured.set(tableName(table), await measureTable(client, table, columns));
  }
  return measured;
}

function columnsToMeasure(table: TableDefinition): readonly ColumnDefinition[] {
  const keys = keyColumns(table);
  return table.columns.filter(
    ({ name, type }) => isUnlimitedDecimal(type) || (keys.has(name) && unlimited.has(type.kind)),
  );
}

const isUnlimitedDecimal = (type: ColumnDefinition['type']): boolean =>
  type.kind === 'decimal' && type.precision === null;

async function measureTable(
  client: pg.Client,
  table: TableDefinition,
  columns: readonly ColumnDefinition[],
): Promise<ReadonlyMap<string, MeasuredColumn>> {
  const { rows } = await client.query<(number | null)[]>({
    text: `select ${columns.flatMap(sizes).join(', ')} from ${quotedTable(table)}`,
    rowMode: 'array',
  });
  const cells = rows[0] ?? [];
  return new Map(
    columns.map(({ name, type }, index): [string, MeasuredColumn] => {
      const [first = null, second = null] = cells.slice(index * 2, index * 2 + 2);
      if (!isUnlimitedDecimal(type)) return [name, { longest: first, digits: null }];
      return [name, { longest: null, digits: first === null ? null : { whole: first, fraction: second ?? 0 } }];
    }),
  );
}

/** Two expressions for each column, so that their places are known. */
function sizes({ name, type }: ColumnDefinition): readonly string[] {
  const column = quoted(name);
  if (type.kind === 'bytes') return [`max(octet_length(${column}))::int`, 'null::int'];
  if (!isUnlimitedDecimal(type)) return [`max(char_length(${column}::text))::int`, 'null::int'];
  // NaN and infinities have no digits.
  const finite = `filter (where ${column}::text ~ '^-?[0-9.]+$')`;
  const part = (place: 1 | 2) => `split_part(ltrim(${column}::text, '-'), '.', ${place})`;
  return [`max(length(ltrim(${part(1)}, '0'))) ${finite}`, `max(length(rtrim(${part(2)}, '0'))) ${finite}`];
}
