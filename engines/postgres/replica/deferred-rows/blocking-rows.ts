/** Rows that block another one: they have its values of a unique key, or exclude it. */
import pg from 'pg';
import type { Position } from '../../../../pipeline/change.ts';
import { type RowToDefer, rowToDefer } from '../../../sink/replica/deferred.ts';
import type { NumberedRecord } from '../../../sink/replica/group-plan.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { quoted } from '../../identifiers.ts';
import { only, operator } from '../constraints/constraint-sql.ts';
import { stagingNames } from '../staging/staging-table.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { cellsOf } from './deferred-rows.ts';

/** What the database says of a refused row, as far as it names a constraint or a unique index. */
export type Refused = { readonly schema?: string; readonly constraint?: string };

type Index = {
  readonly rows: string;
  readonly predicate: string | null;
  readonly nullsEqual: boolean;
  readonly columns: readonly { readonly value: string; readonly excludes: string | null }[];
};

/** Leaves out indexes of generated columns, which images do not have. */
const indexQuery = `
  select ${only('i.indrelid')} as rows, pg_get_expr(i.indpred, i.indrelid) as predicate, i.indnullsnotdistinct as "nullsEqual",
    (select json_agg(json_build_object('value', pg_get_indexdef(i.indexrelid, place, true),
                                       'excludes', ${operator('o.conexclop[place]')}) order by place)
     from generate_series(1, i.indnkeyatts) as place) as columns
  from pg_index i left join pg_constraint o on o.conindid = i.indexrelid and o.conexclop is not null
  where i.indexrelid = to_regclass(format('%I.%I', $1::text, $2::text)) and not exists (
    select from pg_attribute a where a.attrelid = i.indrelid and a.attgenerated <> '' and (a.attnum = any (i.indkey)
      or exists (select from pg_depend d where d.objid = i.indexrelid and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)))`;

/** SQL of the rows `b` that block the stored image, with their guard rows `g`; undefined if no index is named. */
async function blockingRows(
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
    const [one, other] = [`b.sluice_${place}`, `m.sluice_${place}`];
    const same = `${one} ${excludes ?? '='} ${other}`;
    // PostgreSQL does not use an index for IS NOT DISTINCT FROM.
    return index.nullsEqual ? `(${same} or (${one} is null and ${other} is null))` : same;
  });
  const guards = table.key.map((column, place) => `g.${quoted(column)} = b.sluice_key_${place}`);
  return `(select ${values.join(', ')} from ${stagingNames(table).images} ${where}) m
    join (select ${[...keys, ...values].join(', ')} from ${index.rows} ${where}) b on ${meets.join(' and ')}
    left join ${guardTable(table.name)} g on ${guards.join(' and ')}`;
}

/**
 * Decides by the guard rows which row is deferred, see `rowToDefer`. Undefined if neither is, or where it cannot be decided.
 */
export async function rowToDeferBy(
  client: pg.Client,
  table: TargetTable,
  incoming: Position,
  refused: Refused,
): Promise<RowToDefer | undefined> {
  const blocking = await blockingRows(client, table, refused);
  if (blocking === undefined) return undefined;
  const { rows } = await client.query<Position | { readonly generation: null }>(
    `select g.sluice_generation as generation, g.sluice_major as major, g.sluice_minor as minor from ${blocking}`,
  );
  return rowToDefer(
    incoming,
    rows.map((row) => (row.generation === null ? null : row)),
  );
}

/** Defers the rows of former generations that block the image of an event, and returns how many. */
export async function deferStanding(
  client: pg.Client,
  table: TargetTable,
  { topic, partition, record }: NumberedRecord,
  refused: Refused,
): Promise<number> {
  const blocking = await blockingRows(client, table, refused);
  if (blocking === undefined) return 0;
  const same = table.key.map((column, place) => `t.${quoted(column)} = f.sluice_key_${place}`).join(' and ');
  const deferred = await client.query(`
    with former as (
      select b.*, g.sluice_generation, g.sluice_major, g.sluice_minor from ${blocking}
      where g.sluice_generation < ${record.position.generation}
    ), gone as (
      delete from ${table.only} t using former f where ${same}
      returning f.sluice_generation, f.sluice_major, f.sluice_minor, ${cellsOf(table, 't')} as cells
    )
    insert into sluice.deferred_row (table_name, generation, major, minor, topic, partition, "offset", cells)
    select ${pg.escapeLiteral(table.name)}, sluice_generation, sluice_major, sluice_minor, ${pg.escapeLiteral(topic)},
      ${partition}, ${record.origin.offset}, cells from gone`);
  return deferred.rowCount ?? 0;
}
