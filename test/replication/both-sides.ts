/** Reads a table of PostgreSQL and its copy in MariaDB as texts, for comparison. Uses nothing of the product. */
import type mysql from 'mysql2/promise';
import type pg from 'pg';

/** The rows of both sides, each as JSON of its cells, in the same order. Equal tables give equal lists, also without a key. */
export type BothSides = { readonly expected: readonly string[]; readonly found: readonly string[] };

/** How a cell is read on both sides, by the type at the source; `?` stands for the column. */
function texts(type: string): readonly [source: string, target: string] {
  if (type.startsWith('timestamp'))
    return [`to_char(? at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`, 'cast(? as char)'];
  if (type === 'character') return ['rtrim(?::text)', 'cast(? as char)'];
  if (type === 'boolean') return ['?::integer::text', 'cast(? as char)'];
  if (type === 'bytea') return [`encode(?, 'hex')`, 'lower(hex(?))'];
  return ['?::text', 'cast(? as char)'];
}

/** Reads a table of the schema, and the one of that name in the current database of `target`. The session of `source` is in UTC. */
export async function bothSides(
  source: pg.Client,
  target: mysql.Connection,
  schema: string,
  table: string,
): Promise<BothSides> {
  const { rows: columns } = await source.query<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = $1 and table_name = $2 order by ordinal_position`,
    [schema, table],
  );
  const cells = (side: 0 | 1, quote: string) =>
    columns.map(({ name, type }) => texts(type)[side].replace('?', `${quote}${name}${quote}`)).join(', ');
  const expected = await source.query({
    text: `select ${cells(0, '"')} from "${schema}"."${table}"`,
    rowMode: 'array',
  });
  const [found] = await target.query<mysql.RowDataPacket[][]>({
    sql: `select ${cells(1, '`')} from \`${table}\``,
    rowsAsArray: true,
  });
  return { expected: sortedTexts(expected.rows), found: sortedTexts(found) };
}

const sortedTexts = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();
