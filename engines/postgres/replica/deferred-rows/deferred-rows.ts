/**
 * Deferred rows, in `sluice.deferred_row` (rule 22): a row is kept back while another row has its value of a unique key.
 *
 * Where a topic has several partitions, a row may arrive with a value that the source has since given to another row, whose
 * partition is ahead. The source had both rows one after the other, so a later event of the deferred row is certain to follow
 * in its own partition. Until then the row is kept here, and it is the base of what that event leaves unchanged.
 *
 * After a repeated snapshot, rows from before it may hold values that its rows need: they were changed or deleted while
 * nothing was captured. Then those rows are deferred, until the snapshot brings them again or they are known to be gone
 * (rule 11).
 */
import pg from 'pg';
import type { DeferredRows } from '../../../bookkeeping.ts';
import type { NumberedRecord } from '../../../sink/replica/group-plan.ts';
import { incomingPosition } from '../../apply/sql/incoming.ts';
import { keysOf, position } from '../../guards/guard-merge.ts';
import { quoted } from '../../identifiers.ts';
import { isWide, stagingNames } from '../staging/staging-table.ts';
import type { TargetTable } from '../tables/target-table.ts';

/** A row as JSON: its columns, by name, as texts. Exact, and valid still when the table gets another column. */
export const cellsOf = ({ columns }: TargetTable, alias: string): string =>
  `jsonb_object(array[${columns.map(({ name }) => pg.escapeLiteral(name)).join(', ')}]::text[],
    array[${columns.map(({ name }) => `${alias}.${quoted(name)}::text`).join(', ')}]::text[])`;

/** Assignments to a staging table `x` that replace what an event leaves unchanged by the kept `cells`. */
export function fillUnchanged(table: TargetTable, cells: string): string {
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

/** The condition that a deferred row `d` has the key of a row of `alias`. */
export const sameDeferredKey = ({ name, key, columns }: TargetTable, alias: string): string =>
  [
    `d.table_name = ${pg.escapeLiteral(name)}`,
    ...key.map((column) => {
      const type = columns.find((one) => one.name === column)?.bareType ?? 'text';
      return `(d.cells ->> ${pg.escapeLiteral(column)})::${type} = ${alias}.${quoted(column)}`;
    }),
  ].join(' and ');

/** Statement before the merge of a range: fills what the next event of a deferred row leaves unchanged. */
export function fillFromDeferred(table: TargetTable, range: string): string {
  const { texts, typed } = stagingNames(table);
  return `
    update ${texts} x set ${fillUnchanged(table, 'm.cells')}, sluice_unchanged = null from (
      select distinct on (${keysOf(table.key, 'i')}) i.sluice_ordinal, d.cells
      from ${typed} i join sluice.deferred_row d on ${sameDeferredKey(table, 'i')}
      where i.${range} and (d.generation, d.major, d.minor) < ${position('i')}
      order by ${keysOf(table.key, 'i')}, ${incomingPosition.map((column) => `i.${column}`).join(', ')}, i.sluice_ordinal
    ) m where x.sluice_ordinal = m.sluice_ordinal and x.sluice_unchanged is not null`;
}

/** Statement after the guard rows of a range are written: deletes deferred rows that have got a newer event. */
export const deleteDeferred = (table: TargetTable, range: string): string => `
  delete from sluice.deferred_row d using incoming_settled s join ${stagingNames(table).typed} i using (sluice_ordinal)
  where s.won and s.${range} and ${sameDeferredKey(table, 'i')}`;

/** Statement that deletes deferred rows older than a position. */
export const deleteDeferredBelow = ({ name }: Pick<TargetTable, 'name'>, floor: string): string =>
  `delete from sluice.deferred_row where table_name = ${pg.escapeLiteral(name)} and (generation, major, minor) < ${floor}`;

/** Statement that defers the row of an event, whose image is stored. */
export function deferImage(table: TargetTable, { topic, partition, record }: NumberedRecord): string {
  const { generation, major, minor } = record.position;
  return `
    insert into sluice.deferred_row (table_name, generation, major, minor, topic, partition, "offset", cells)
    select ${pg.escapeLiteral(table.name)}, ${generation}, ${major}, ${minor}, ${pg.escapeLiteral(topic)}, ${partition},
      ${record.origin.offset}, ${cellsOf(table, 'm')} from ${stagingNames(table).images} m`;
}

/** Counts the deferred rows of the topics that a pipeline reads. */
export async function readDeferredRows(client: pg.Client, pipeline: string): Promise<readonly DeferredRows[]> {
  const { rows } = await client.query<DeferredRows>(
    `select d.table_name as "table", count(*)::integer as rows, min(d.deferred_at) as since
     from sluice.deferred_row d join sluice.checkpoint c using (topic, partition) where c.pipeline = $1 group by 1 order by 1`,
    [pipeline],
  );
  return rows;
}
