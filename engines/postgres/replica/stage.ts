/**
 * The stage of a replicated table: a temporary table that takes every value as text, and a view of it in the types of the
 * target. COPY can refuse nothing there, so that a value of the wrong type fails in the merge, where it is found by
 * halving, and harms only itself (promise 5).
 *
 * A text of up to 24 bytes is never stored apart from its row, so that many of them do not fit a page of 8 kB, whatever
 * the types of the target. The stage of a wide table therefore takes all cells of a row as one value, by their names.
 */

import { type Cell, type Row, type RowShape, unchanged } from '../../../formats/debezium/row-event.ts';
import { deletionColumns } from '../apply/sql/incoming.ts';
import { quoted } from '../identifiers.ts';
import { copyCell } from '../load/copy-text.ts';
import type { Numbered } from './plan.ts';
import { isWide, stageOf, type TargetTable } from './target-table.ts';

/**
 * DDL of the stage. `sluice_unchanged` numbers the columns, from 0, that an event does not carry and that stay as they
 * are; null in a whole row. `sluice_absent` numbers those that a new row leaves to the target's default.
 */
export function createStage(table: TargetTable): string {
  const { texts, typed } = stageOf(table);
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

/** DDL that removes the stage of a table that has got another, and what keeps its rows aside. */
export function dropStage(table: TargetTable): string {
  const { texts, typed, images } = stageOf(table);
  return `drop view ${typed}; drop table ${texts}, ${images};`;
}

/** COPY into the stage. */
export const copyStage = (table: TargetTable): string => `copy ${stageOf(table).texts} from stdin`;

/** Where each column of the target stands in a row of one shape; -1 where it does not. */
export type Places = { readonly at: readonly number[]; readonly missing: readonly number[] };

/** The places of a table's columns in rows of a shape, and the columns of the shape that the table does not have. */
export function placesOf(
  { columns, generated }: TargetTable,
  shape: RowShape,
): Places & { readonly unknown: readonly string[] } {
  const known = new Set([...columns.map(({ name }) => name), ...generated]);
  const at = columns.map(({ name }) => shape.columns.indexOf(name));
  return {
    at,
    missing: at.flatMap((place, index) => (place === -1 ? [index] : [])),
    unknown: shape.columns.filter((name) => !known.has(name)),
  };
}

const keyText = (key: Buffer | null): string => (key === null ? '\\N' : `\\\\x${key.toString('hex')}`);

/** Which columns of a row are not carried: those `unchanged`, and those that the row does not have. */
export function notCarried(cells: readonly Cell[], { at, missing }: Places): readonly number[] {
  if (!cells.includes(unchanged)) return missing;
  return at.flatMap((place, index) => (place === -1 || cells[place] === unchanged ? [index] : []));
}

/** One line of COPY text: a row of an event as it was, or as it shall be. */
export function stageLine(
  table: TargetTable,
  { ordinal, batch, topic, partition, record }: Numbered,
  row: Row,
  places: Places,
  deleted: boolean,
): string {
  const { event, origin, position } = record;
  const left = deleted ? [] : notCarried(row.cells, places);
  // A new row has no column to leave as it is: what it does not have is the default's.
  const absent = event.operation !== 'update' && left === places.missing;
  const lists = left.length === 0 ? '\\N\t\\N' : absent ? `\\N\t{${left.join(',')}}` : `{${left.join(',')}}\t\\N`;
  const from = deleted
    ? `t\t${copyCell(topic)}\t${partition}\t${origin.offset}\t${keyText(origin.key)}`
    : 'f\t\\N\t\\N\t\\N\t\\N';
  let line = `${ordinal}\t${batch}\t${position.generation}\t${position.major}\t${position.minor}\t${from}\t${lists}`;
  if (isWide(table)) return `${line}\t${copyCell(wideCells(table, row, places))}\n`;
  for (const place of places.at) {
    const cell = place === -1 ? null : (row.cells[place] ?? null);
    line += cell === unchanged ? '\t\\N' : `\t${copyCell(cell)}`;
  }
  return `${line}\n`;
}

/** Cells as JSON, by the names of their columns. JSON takes no half of a surrogate pair, which COPY would replace, too. */
function wideCells({ columns }: TargetTable, { cells }: Row, { at }: Places): string {
  const named = columns.flatMap(({ name }, index) => {
    const cell = cells[at[index] ?? -1] ?? null;
    if (cell === null || cell === unchanged) return [];
    return [[name, typeof cell === 'boolean' ? String(cell) : cell.toWellFormed()] as const];
  });
  return JSON.stringify(Object.fromEntries(named));
}
