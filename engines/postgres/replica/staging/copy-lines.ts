/** COPY text for the staging table of a replicated table: one line for each row before or after its change. */
import { type Cell, type Row, unchanged } from '../../../../formats/debezium/row-event.ts';
import type { NumberedRecord, TableWork } from '../../../sink/replica/group-plan.ts';
import { type ColumnIndexes, keyRow, type Layouts } from '../../../sink/replica/layouts.ts';
import { copyCell } from '../../load/copy-text.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { isWide } from './staging-table.ts';

/** Characters after which a piece of COPY text is sent. */
const pieceLength = 64 * 1024;

/** The lines of all rows of a table, in pieces. */
export function* copyLines(work: TableWork<TargetTable>, layouts: Layouts<TargetTable>): Generator<Buffer> {
  const { table } = work;
  const hasKey = table.key.length > 0;
  let text = '';
  for (const item of work.items) {
    const { operation, before, after } = item.record.event;
    if (operation === 'truncate' || item.excluded) continue;
    const old = hasKey ? (operation === 'delete' ? keyRow(item.record.event, table.key) : null) : before;
    if (old) text += copyLine(table, item, old, layouts.of(table, old.shape), true);
    const row = hasKey || !after ? after : withOldValues(after, before);
    if (row) text += copyLine(table, item, row, work.shapes.get(row.shape) ?? layouts.of(table, row.shape), false);
    if (text.length < pieceLength) continue;
    yield Buffer.from(text, 'utf8');
    text = '';
  }
  if (text !== '') yield Buffer.from(text, 'utf8');
}

/** A new row with the old values of the columns that the event leaves unchanged. */
const withOldValues = ({ shape, cells }: Row, before: Row | null): Row => ({
  shape,
  cells: cells.map((cell, index) => {
    if (cell !== unchanged || !before) return cell;
    return before.cells[before.shape.columns.indexOf(shape.columns[index] ?? '')] ?? null;
  }),
});

const bytesOf = (key: Buffer | null): string => (key === null ? '\\N' : `\\\\x${key.toString('hex')}`);

/** Indexes of the columns that a row does not carry: those left unchanged, and those that its shape does not have. */
function notCarried(cells: readonly Cell[], { at, missing }: ColumnIndexes): readonly number[] {
  if (!cells.includes(unchanged)) return missing;
  return at.flatMap((place, index) => (place === -1 || cells[place] === unchanged ? [index] : []));
}

function copyLine(
  table: TargetTable,
  { ordinal, batch, topic, partition, record }: NumberedRecord,
  row: Row,
  indexes: ColumnIndexes,
  deleted: boolean,
): string {
  const { event, origin, position } = record;
  const left = deleted ? [] : notCarried(row.cells, indexes);
  // A new row has no value to leave unchanged: a column that it does not have gets its default.
  const absent = event.operation !== 'update' && left === indexes.missing;
  const lists = left.length === 0 ? '\\N\t\\N' : absent ? `\\N\t{${left.join(',')}}` : `{${left.join(',')}}\t\\N`;
  const from = deleted
    ? `t\t${copyCell(topic)}\t${partition}\t${origin.offset}\t${bytesOf(origin.key)}`
    : 'f\t\\N\t\\N\t\\N\t\\N';
  let line = `${ordinal}\t${batch}\t${position.generation}\t${position.major}\t${position.minor}\t${from}\t${lists}`;
  if (isWide(table)) return `${line}\t${copyCell(jsonCells(table, row, indexes))}\n`;
  for (const place of indexes.at) {
    const cell = place === -1 ? null : (row.cells[place] ?? null);
    line += cell === unchanged ? '\t\\N' : `\t${copyCell(cell)}`;
  }
  return `${line}\n`;
}

/** Cells as JSON, by column name. JSON takes no lone surrogate. COPY would replace it as well. */
function jsonCells({ columns }: TargetTable, { cells }: Row, { at }: ColumnIndexes): string {
  const named = columns.flatMap(({ name }, index) => {
    const cell = cells[at[index] ?? -1] ?? null;
    if (cell === null || cell === unchanged) return [];
    return [[name, typeof cell === 'boolean' ? String(cell) : cell.toWellFormed()] as const];
  });
  return JSON.stringify(Object.fromEntries(named));
}
