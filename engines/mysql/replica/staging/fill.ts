/** Fills the staging table of texts: by LOAD DATA LOCAL where the server allows it, else by INSERT. */
import { unchanged } from '../../../../formats/debezium/row-event.ts';
import type { Position } from '../../../../pipeline/change.ts';
import type { TableWork } from '../../../sink/replica/group-plan.ts';
import type { Session } from '../../connection/session.ts';
import type { TargetTable } from '../tables/target-table.ts';
import type { EncodedCells, EncodedRows } from './encoded-rows.ts';
import { foldRows, noOrdinal, type StagedRow } from './fold.ts';
import { type Field, loadLines } from './load-lines.ts';
import { type OwnColumns, ownColumnsOf, stagedColumns, stagingNames, textColumn } from './staging-tables.ts';

/** How a session stages rows. */
export type Staging = {
  /** Whether the server takes LOAD DATA LOCAL. */
  readonly canLoad: boolean;
  /** The longest statement that the server takes, in bytes. */
  readonly maxPacketBytes: number;
};

/** Reads from the server how rows can be staged. */
export async function stagingOf(session: Session): Promise<Staging> {
  const [[canLoad, bytes] = []] = await session.cells('select @@global.local_infile, @@session.max_allowed_packet');
  return { canLoad: canLoad === '1', maxPacketBytes: Number(bytes) };
}

/** Stages the rows of a table. */
export async function fillStaging(
  session: Session,
  work: TableWork<TargetTable>,
  rows: EncodedRows,
  { canLoad, maxPacketBytes }: Staging,
): Promise<void> {
  const { texts } = stagingNames(session, work.table);
  const own = ownColumnsOf(work);
  const columns = [...stagedColumns(own), ...work.table.columns.map((_, index) => textColumn(index))].join(', ');
  const lines = linesOf(work, rows, own);
  if (!canLoad) {
    for (const values of valueLists(lines, maxPacketBytes))
      await session.run(`insert into ${texts} (${columns}) values ${values}`);
    return;
  }
  await loadLines(session, texts, `(${columns})`, lines);
}

/** The rows of a table, one array of fields for each. */
function* linesOf(work: TableWork<TargetTable>, rows: EncodedRows, own: OwnColumns): Generator<readonly Field[]> {
  if (work.table.key.length > 0) {
    for (const row of foldRows(work, rows)) yield fieldsOf(row, own);
    return;
  }
  for (const item of work.items) {
    if (item.excluded || item.record.event.operation === 'truncate') continue;
    const { old, row } = rows.of(item.record);
    const staged = { item, unchanged: [], absent: [], base: null, died: null, prior: -1, next: noOrdinal };
    if (old) yield fieldsOf({ ...staged, isDeleted: true, cells: old }, own);
    if (row) yield fieldsOf({ ...staged, isDeleted: false, cells: withOldValues(row, old) }, own);
  }
}

/** A new row with the old values of the columns that the event leaves unchanged. */
const withOldValues = (row: EncodedCells, old: EncodedCells | null): EncodedCells =>
  row.map((cell, index) => (cell === unchanged ? old?.[index] : cell));

const positionFields = (position: Position | null): readonly Field[] =>
  position === null ? [null, null, null] : [position.generation, position.major, position.minor];

const listOf = (indexes: readonly number[]): string | null => (indexes.length === 0 ? null : indexes.join(','));

/** Fields in the order of `stagedColumns` and the columns of the table. */
function fieldsOf(row: StagedRow, { hasDeletes, hasPartial }: OwnColumns): Field[] {
  const { item, isDeleted, cells, unchanged: left, absent, base, died, prior, next } = row;
  const { ordinal, batch, topic, partition, record } = item;
  const { generation, major, minor } = record.position;
  const fields: Field[] = [ordinal, isDeleted ? 1 : 0, batch, generation, major, minor];
  if (hasDeletes) {
    const { offset, key } = record.origin;
    fields.push(...(isDeleted ? [topic, partition, offset, key?.toString('hex') ?? null] : [null, null, null, null]));
    fields.push(...positionFields(died));
  }
  if (hasPartial) {
    fields.push(listOf(left), listOf(absent), base?.ordinal ?? null, base?.hasArrived ? 1 : 0);
    fields.push(...positionFields(base?.position ?? null));
  }
  fields.push(prior, next);
  for (const cell of cells) fields.push(cell === undefined || cell === unchanged ? null : cell);
  return fields;
}

const quotes: { readonly [character: string]: string } = { "'": "''", '\\': '\\\\', '\0': '\\0' };

const literalOf = (field: Field): string =>
  typeof field === 'string' ? `'${field.replace(/['\\\0]/g, (character) => quotes[character] ?? '')}'` : String(field);

/** Lists of values, each below half of the longest statement. */
function* valueLists(lines: Iterable<readonly Field[]>, maxPacketBytes: number): Generator<string> {
  let values: string[] = [];
  let bytes = 0;
  for (const fields of lines) {
    const row = `(${fields.map(literalOf).join(',')})`;
    const size = Buffer.byteLength(row) + 1;
    if (values.length > 0 && bytes + size > maxPacketBytes / 2) {
      yield values.join(',');
      values = [];
      bytes = 0;
    }
    values.push(row);
    bytes += size;
  }
  if (values.length > 0) yield values.join(',');
}
