/** Compares two databases table by table, row by row, as text, to the last digit. */
import type pg from 'pg';
import type { CatalogueTable } from '../../engines/postgres/catalogue/table.ts';

/** A row that differs: how often it is in the source, and how often in the target. */
export type Difference = {
  readonly table: string;
  readonly row: string;
  readonly source: number;
  readonly target: number;
};

/** Rows as text with their counts, because a table without a key may have equal rows. ONLY, because a parent also shows its children's. */
async function rowsOf(
  client: pg.Client,
  { qualified, columns, partitionKey }: CatalogueTable,
): Promise<Map<string, number>> {
  const only = partitionKey === null ? 'only ' : '';
  const cells = columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ');
  const { rows } = await client.query<{ row: string; times: number }>(
    `select row(${cells})::text as row, count(*)::integer as times from ${only}${qualified} group by 1`,
  );
  return new Map(rows.map(({ row, times }) => [row, times]));
}

/** The differences, at most `most` of them. Partitions are compared by their root. */
export async function differences(
  source: pg.Client,
  target: pg.Client,
  tables: readonly CatalogueTable[],
  most = 20,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (const table of tables) {
    if (table.partitionOf !== null) continue;
    const [ours, theirs] = [await rowsOf(source, table), await rowsOf(target, table)];
    for (const row of new Set([...ours.keys(), ...theirs.keys()])) {
      const [a, b] = [ours.get(row) ?? 0, theirs.get(row) ?? 0];
      if (a !== b) found.push({ table: table.qualified, row: row.slice(0, 300), source: a, target: b });
      if (found.length >= most) return found;
    }
  }
  return found;
}

/** Constraints of the target that do not hold or are missing. Foreign keys are checked for orphans. */
export async function brokenConstraints(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{
    name: string;
    valid: boolean;
    parent: string;
    child: string;
    pairs: [string, string][];
    period: boolean;
  }>(`
    select coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false) as period, o.conname as name, o.convalidated as valid, o.conrelid::regclass::text as child, o.confrelid::regclass::text as parent,
      (select json_agg(json_build_array(quote_ident(a.attname), quote_ident(b.attname)) order by k.place)
       from unnest(o.conkey, o.confkey) with ordinality as k(a, b, place)
       join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.a
       join pg_attribute b on b.attrelid = o.confrelid and b.attnum = k.b) as pairs
    from pg_constraint o where o.contype = 'f'`);
  const broken = rows.filter(({ valid }) => !valid).map(({ name }) => `${name} is not validated`);
  for (const { name, child, parent, pairs, period } of rows) {
    const [from, to] = pairs.at(-1) ?? [];
    const on = (period ? pairs.slice(0, -1) : pairs).map(([a, b]) => `p.${b} = c.${a}`).join(' and ');
    const referring = pairs.map(([a]) => `c.${a} is not null`).join(' and ');
    // The last column of a PERIOD key must be covered by all rows together.
    const missing = period
      ? `not coalesce(c.${from} <@ (select range_agg(p.${to}) from ${parent} p where ${on}), false)`
      : `not exists (select from ${parent} p where ${on})`;
    const { rows: orphans } = await client.query<{ orphans: number }>(
      `select count(*)::integer as orphans from ${child} c where ${referring} and ${missing}`,
    );
    if ((orphans[0]?.orphans ?? 0) > 0)
      broken.push(`${name}: ${orphans[0]?.orphans} rows of ${child} refer to nothing`);
  }
  return broken;
}
