/**
 * Rows that came late. Where a topic has several partitions, a row may take a unique value only after another, whose
 * partition is ahead, has taken it over: the source let both have it, one after the other, so a later event of the late
 * row is certain to follow in its own partition. Until that comes the row is in nobody's way: it is kept in
 * `sluice.held_row`, and is the base of what its next event leaves unchanged (rule 22).
 *
 * Rows of before a snapshot that was taken again may be in the way, too, of whatever comes with it or after it: they were
 * changed or deleted while nothing was captured. Then they are those that are held, until the snapshot brings them again
 * or they are known to be gone (rule 11).
 */
import pg from 'pg';
import type { Position } from '../../../pipeline/change.ts';
import { incomingPosition } from '../apply/sql/incoming.ts';
import { keysOf, position } from '../guards/guard-merge.ts';
import { guardTable } from '../guards/guard-table.ts';
import { quoted } from '../identifiers.ts';
import { only, operator } from './constraints.ts';
import type { Numbered } from './plan.ts';
import { isWide, stageOf, type TargetTable } from './target-table.ts';

/** The columns of a row, by their names, as texts: exact, and in nobody's way when the table gets another column. */
export const cellsOf = ({ columns }: TargetTable, alias: string): string =>
  `jsonb_object(array[${columns.map(({ name }) => pg.escapeLiteral(name)).join(', ')}]::text[],
    array[${columns.map(({ name }) => `${alias}.${quoted(name)}::text`).join(', ')}]::text[])`;

/** Assignments to a stage that put kept cells in the place of those that an event leaves unchanged. */
export function fillings(table: TargetTable, cells: string): string {
  const { columns } = table;
  if (isWide(table)) {
    const names = `(array[${columns.map(({ name }) => pg.escapeLiteral(name)).join(', ')}]::text[])`;
    return `sluice_cells = x.sluice_cells || coalesce((
      select jsonb_object_agg(n.name, ${cells} -> n.name)
      from unnest(x.sluice_unchanged) u (place) cross join lateral (select ${names}[u.place + 1]) n (name)), '{}')`;
  }
  return columns
    .map(
      ({ name }, index) =>
        `${quoted(name)} = case when ${index}::smallint = any (x.sluice_unchanged) then ${cells} ->> ${pg.escapeLiteral(name)} else x.${quoted(name)} end`,
    )
    .join(', ');
}

/** The condition that a held row has the key of a row of `alias`. */
export const sameHeld = ({ name, key, columns }: TargetTable, alias: string): string =>
  [
    `h.table_name = ${pg.escapeLiteral(name)}`,
    ...key.map((column) => {
      const type = columns.find((one) => one.name === column)?.bareType ?? 'text';
      return `(h.cells ->> ${pg.escapeLiteral(column)})::${type} = ${alias}.${quoted(column)}`;
    }),
  ].join(' and ');

/** Statement before the merge of a range: what the next event of a held row leaves unchanged is taken from that row. */
export function fillFromHeld(table: TargetTable, range: string): string {
  const { texts, typed } = stageOf(table);
  return `
    update ${texts} x set ${fillings(table, 'm.cells')}, sluice_unchanged = null from (
      select distinct on (${keysOf(table.key, 'i')}) i.sluice_ordinal, h.cells
      from ${typed} i join sluice.held_row h on ${sameHeld(table, 'i')}
      where i.${range} and (h.generation, h.major, h.minor) < ${position('i')}
      order by ${keysOf(table.key, 'i')}, ${incomingPosition.map((column) => `i.${column}`).join(', ')}, i.sluice_ordinal
    ) m where x.sluice_ordinal = m.sluice_ordinal and x.sluice_unchanged is not null`;
}

/** Statement after the guards of a range are written: a row that has got a newer event is held no more. */
export const forgetHeld = (table: TargetTable, range: string): string => `
  delete from sluice.held_row h using incoming_settled s join ${stageOf(table).typed} i using (sluice_ordinal)
  where s.won and s.${range} and ${sameHeld(table, 'i')}`;

/** Statement that keeps the row of an event, which was set aside as an image. */
export function holdImage(table: TargetTable, { topic, partition, record }: Numbered): string {
  const { generation, major, minor } = record.position;
  return `
    insert into sluice.held_row (table_name, generation, major, minor, topic, partition, "offset", cells)
    select ${pg.escapeLiteral(table.name)}, ${generation}, ${major}, ${minor}, ${pg.escapeLiteral(topic)}, ${partition},
      ${record.origin.offset}, ${cellsOf(table, 'm')} from ${stageOf(table).images} m`;
}

/** Statement that forgets what a TRUNCATE has emptied, given its position. */
export const forgetHeldBelow = ({ name }: Pick<TargetTable, 'name'>, floor: string): string =>
  `delete from sluice.held_row where table_name = ${pg.escapeLiteral(name)} and (generation, major, minor) < ${floor}`;

/** What the database says of a refused row, as far as it names a constraint or a unique index. */
export type Refused = { readonly schema?: string; readonly constraint?: string };

type Index = {
  readonly rows: string;
  readonly predicate: string | null;
  readonly nullsEqual: boolean;
  readonly columns: readonly { readonly value: string; readonly excludes: string | null }[];
};

/** Not one of generated columns: images do not have them. */
const indexQuery = `
  select ${only('i.indrelid')} as rows, pg_get_expr(i.indpred, i.indrelid) as predicate, i.indnullsnotdistinct as "nullsEqual",
    (select json_agg(json_build_object('value', pg_get_indexdef(i.indexrelid, place, true),
                                       'excludes', ${operator('o.conexclop[place]')}) order by place)
     from generate_series(1, i.indnkeyatts) as place) as columns
  from pg_index i left join pg_constraint o on o.conindid = i.indexrelid and o.conexclop is not null
  where i.indexrelid = to_regclass(format('%I.%I', $1::text, $2::text)) and not exists (
    select from pg_attribute a where a.attrelid = i.indrelid and a.attgenerated <> '' and (a.attnum = any (i.indkey)
      or exists (select from pg_depend d where d.objid = i.indexrelid and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)))`;

/** Which of the rows that collide is to be held: the one that comes, or those that stand. */
export type Late = 'coming' | 'standing';

/** SQL of the rows `h` that are in the way of the image, with their guards `g`. Nothing where that cannot be told. */
async function inTheWay(
  client: pg.Client,
  table: TargetTable,
  { schema, constraint }: Refused,
): Promise<string | undefined> {
  const found = await client.query<Index>(indexQuery, [schema ?? null, constraint ?? null]);
  const [index] = found.rows;
  if (!index) return undefined;
  const values = index.columns.map(({ value }, place) => `${value} as sluice_${place}`);
  const keys = table.key.map((column, place) => `${quoted(column)} as sluice_key_${place}`);
  const where = index.predicate === null ? '' : `where ${index.predicate}`;
  const meets = index.columns.map(({ excludes }, place) => {
    const [one, other] = [`h.sluice_${place}`, `m.sluice_${place}`];
    const same = `${one} ${excludes ?? '='} ${other}`;
    // IS NOT DISTINCT FROM would not be looked up in the index.
    return index.nullsEqual ? `(${same} or (${one} is null and ${other} is null))` : same;
  });
  const guards = table.key.map((column, place) => `g.${quoted(column)} = h.sluice_key_${place}`);
  return `(select ${values.join(', ')} from ${stageOf(table).images} ${where}) m
    join (select ${[...keys, ...values].join(', ')} from ${index.rows} ${where}) h on ${meets.join(' and ')}
    left join ${guardTable(table.name)} g on ${guards.join(' and ')}`;
}

/**
 * Who is late, by the guards. The coming row, where those in its way have come to their values later: by a later event, or
 * by a snapshot that began after it, which is streamed again where the slot is older than the snapshot. Those that stand,
 * where all are of before the snapshot of the coming one. Nothing where neither is so, or where it cannot be told.
 */
export async function whoIsLate(
  client: pg.Client,
  table: TargetTable,
  { generation, major, minor }: Position,
  refused: Refused,
): Promise<Late | undefined> {
  const way = await inTheWay(client, table, refused);
  if (way === undefined) return undefined;
  const later = `(${position('g')} > (${generation}, ${major}::bigint, ${minor}::bigint)
    or (g.sluice_generation = ${generation} and g.sluice_major = 0 and g.sluice_minor > ${minor}::bigint))`;
  const former = `coalesce(g.sluice_generation < ${generation}, false)`;
  const { rows } = await client.query<{ late: Late | null }>(`
    select case when bool_and(${former}) then 'standing' when bool_and(${later} or ${former}) then 'coming' end as late
    from ${way}`);
  return rows[0]?.late ?? undefined;
}

/** Holds the rows of former generations that are in the way of the image of an event, and answers how many. */
export async function holdStanding(
  client: pg.Client,
  table: TargetTable,
  { topic, partition, record }: Numbered,
  refused: Refused,
): Promise<number> {
  const way = await inTheWay(client, table, refused);
  if (way === undefined) return 0;
  const same = table.key.map((column, place) => `t.${quoted(column)} = f.sluice_key_${place}`).join(' and ');
  const held = await client.query(`
    with former as (
      select h.*, g.sluice_generation, g.sluice_major, g.sluice_minor from ${way}
      where g.sluice_generation < ${record.position.generation}
    ), gone as (
      delete from ${table.only} t using former f where ${same}
      returning f.sluice_generation, f.sluice_major, f.sluice_minor, ${cellsOf(table, 't')} as cells
    )
    insert into sluice.held_row (table_name, generation, major, minor, topic, partition, "offset", cells)
    select ${pg.escapeLiteral(table.name)}, sluice_generation, sluice_major, sluice_minor, ${pg.escapeLiteral(topic)},
      ${partition}, ${record.origin.offset}, cells from gone`);
  return held.rowCount ?? 0;
}

/** Rows of a table that are held back. */
export type Held = { readonly table: string; readonly rows: number; readonly since: Date };

/** What is held back of the topics that a pipeline reads. */
export async function readHeld(client: pg.Client, pipeline: string): Promise<readonly Held[]> {
  const { rows } = await client.query<Held>(
    `select h.table_name as "table", count(*)::integer as rows, min(h.held_at) as since
     from sluice.held_row h join sluice.checkpoint c using (topic, partition) where c.pipeline = $1 group by 1 order by 1`,
    [pipeline],
  );
  return rows;
}
