/**
 * The staging table of a replicated table: a temporary table that takes every value as text, and a view of it in the types of
 * the target. COPY cannot refuse a value there. A value that does not fit fails in the merge, which finds its record by
 * halving the group and parks only that record (promise 5).
 *
 * PostgreSQL stores a text of up to 24 bytes in the row itself, so a row of many short texts can exceed a page of 8 kB. The
 * staging table of a wide table therefore takes all cells of a row as one JSON value.
 */
import { deletionColumns } from '../../apply/sql/incoming.ts';
import { quoted } from '../../identifiers.ts';
import type { TargetTable } from '../tables/target-table.ts';

/** Names of the temporary relations of a table: its staging table, the view in the types of the target, and row images. */
export const stagingNames = ({ number }: TargetTable) => ({
  texts: `incoming_${number}_texts`,
  typed: `incoming_${number}`,
  images: `incoming_${number}_images`,
});

/** Columns that surely fit a staging table one by one: 300 of 24 bytes, beside Sluice's own, in a page of 8,160 bytes. */
const mostCells = 300;

/** Whether the staging table takes all cells of a row as one value. */
export const isWide = ({ columns }: Pick<TargetTable, 'columns'>): boolean => columns.length > mostCells;

/**
 * DDL of the staging table and its view. `sluice_unchanged` lists the indexes, from 0, of the columns that an event leaves
 * unchanged; null for a whole row. `sluice_absent` lists those for which a new row gets the default of the target.
 */
export function createStagingTable(table: TargetTable): string {
  const { texts, typed } = stagingNames(table);
  const cells = table.columns.map(({ name }) => `${quoted(name)} text`).join(', ');
  const wide = isWide(table);
  const own = `sluice_ordinal, sluice_batch, sluice_generation, sluice_major, sluice_minor, sluice_deleted, sluice_topic,
    sluice_partition, sluice_offset, sluice_record_key, sluice_unchanged`;
  return `
    create temporary table ${texts} (sluice_ordinal integer not null, sluice_batch integer not null,
      sluice_generation integer not null, sluice_major bigint not null, sluice_minor bigint not null,
      ${deletionColumns} sluice_unchanged smallint[], sluice_absent smallint[], ${wide ? 'sluice_cells jsonb not null' : cells}) on commit delete rows;
    create temporary view ${typed} as select ${own}, ${table.columns.map(typedColumn).join(', ')}
      from ${texts}${wide ? ` cross join lateral jsonb_to_record(sluice_cells) as cells (${cells})` : ''};`;
}

function typedColumn({ name, value, expression }: TargetTable['columns'][number], index: number): string {
  if (expression === null) return `${value} as ${quoted(name)}`;
  return `case when ${index}::smallint = any (sluice_absent) then (${expression}) else ${value} end as ${quoted(name)}`;
}

/** DDL that drops the temporary relations of a table. */
export function dropStagingTable(table: TargetTable): string {
  const { texts, typed, images } = stagingNames(table);
  return `drop view ${typed}; drop table ${texts}, ${images};`;
}

/** COPY into the staging table. */
export const copyIntoStaging = (table: TargetTable): string => `copy ${stagingNames(table).texts} from stdin`;
