/**
 * The rows of a table with a key, as they are staged. Two things are computed here for all records of a group, because all
 * events of a key are in one partition and in order:
 * - which other events of its key are newer than an event, so that a statement finds the newest of any range of ordinals;
 * - the values of columns that an event leaves unchanged, where an earlier event of the group carries them (rule 3). What no
 *   event of the group carries is taken from the row in the table.
 */
import { unchanged } from '../../../../formats/debezium/row-event.ts';
import type { Position } from '../../../../pipeline/change.ts';
import type { NumberedRecord, TableWork } from '../../../sink/replica/group-plan.ts';
import type { TargetTable } from '../tables/target-table.ts';
import type { EncodedCells, EncodedRows } from './encoded-rows.ts';

/** The base of what an event leaves unchanged, if it is not simply the row in the table. */
export type Base = {
  /** Ordinal and position of the event after which only that base counts: a delete, or the create of a row that changed its key. */
  readonly ordinal: number;
  readonly position: Position;
  /** Whether it is that create. Its base is the row under the former key. After a delete there is no base. */
  readonly hasArrived: boolean;
};

/** One staged row. */
export type StagedRow = {
  readonly item: NumberedRecord;
  readonly isDeleted: boolean;
  readonly cells: EncodedCells;
  /** Indexes of the columns that no event of the group gives a value. */
  readonly unchanged: readonly number[];
  /** Indexes of the columns for which a new row gets the default of the table. */
  readonly absent: readonly number[];
  readonly base: Base | null;
  /** Position of the last delete of the key before this event; null if there is none in the group. */
  readonly died: Position | null;
  /** Ordinal of the nearest event before it that is not older, and after it that is newer; -1 and `noOrdinal` without one. */
  prior: number;
  next: number;
};

/** An ordinal above all others. */
export const noOrdinal = 2 ** 31 - 1;

/** Whether a decimal number is greater. Comparing texts takes a fraction of the time of making big integers of them. */
const isGreater = (a: string, b: string): boolean => (a.length === b.length ? a > b : BigInt(a) > BigInt(b));

/** Whether the first position is the newer one. */
export function isNewer(a: Position, b: Position): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.major !== b.major) return isGreater(a.major, b.major);
  return isGreater(a.minor, b.minor);
}

const positionOf = ({ item }: StagedRow): Position => item.record.position;

/** What is known of one key: its newest event, and the events that no later one of the group outdates. */
type Chain = { head: StagedRow; readonly open: StagedRow[] };

/** The staged rows of a table with a key, in the order of their ordinals. */
export function foldRows(work: TableWork<TargetTable>, rows: EncodedRows): readonly StagedRow[] {
  const { table, items } = work;
  const keyIndexes = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  const arriving = new Set(work.arriving);
  const chains = new Map<string, Chain>();
  return items.map((item) => {
    const encoded = rows.of(item.record);
    const cells = encoded.row ?? encoded.old;
    if (cells === null) throw new Error('a record without a row was staged');
    const key = keyOf(cells, keyIndexes);
    const chain = chains.get(key);
    const { position } = item.record;
    const row =
      encoded.row === null
        ? deletion(item, cells)
        : written(work, item, encoded.row, {
            earlier: chain !== undefined && isNewer(position, positionOf(chain.head)) ? chain.head : null,
            isArriving: arriving.has(item.ordinal),
          });
    if (!chain) chains.set(key, { head: row, open: [row] });
    else {
      noteOrder(chain.open, row);
      if (isNewer(position, positionOf(chain.head))) chain.head = row;
    }
    return row;
  });
}

/** One text for each key. */
function keyOf(cells: EncodedCells, indexes: readonly number[]): string {
  const [first = 0] = indexes;
  if (indexes.length === 1) return String(cells[first]);
  return indexes.map((index) => `${String(cells[index])}`.replace(/[\\,]/g, '\\$&')).join(',');
}

const baseAt = ({ ordinal, record }: NumberedRecord, hasArrived: boolean): Base => ({
  ...{ ordinal, hasArrived },
  position: record.position,
});

const undecided = { prior: -1, next: noOrdinal };

const deletion = (item: NumberedRecord, cells: EncodedCells): StagedRow => ({
  ...{ item, cells, isDeleted: true, unchanged: [], absent: [], base: null, died: null },
  ...undecided,
});

/** Notes for the events of a key which one outdates which. */
function noteOrder(open: StagedRow[], row: StagedRow): void {
  for (let last = open.at(-1); last && isNewer(positionOf(row), positionOf(last)); last = open.at(-1)) {
    last.next = row.item.ordinal;
    open.pop();
  }
  row.prior = open.at(-1)?.item.ordinal ?? -1;
  open.push(row);
}

/** The row that an event writes. `earlier` is the event of its key before it, if that is in the group. */
function written(
  work: TableWork<TargetTable>,
  item: NumberedRecord,
  cells: EncodedCells,
  { earlier, isArriving }: { readonly earlier: StagedRow | null; readonly isArriving: boolean },
): StagedRow {
  const { operation, after } = item.record.event;
  const left = leftUnchanged(work, item, cells);
  const hasHoles = cells.includes(unchanged);
  const died = earlier === null ? null : earlier.isDeleted ? earlier.item.record.position : earlier.died;
  const whole = { item, cells, isDeleted: false, unchanged: [], absent: [], base: null, died, ...undecided };
  if (after === null || left.length === 0) return whole;
  // A new row has no value to leave unchanged: a column that it does not have gets its default.
  if (operation !== 'update' && !hasHoles) return { ...whole, absent: left };
  if (isArriving && !(earlier && isSnapshotOf(earlier, item)))
    return { ...whole, unchanged: left, base: baseAt(item, true) };
  if (earlier === null) return { ...whole, unchanged: left };
  if (earlier.isDeleted) return { ...whole, unchanged: left, base: baseAt(earlier.item, false) };
  return filled(whole, left, earlier);
}

/**
 * A slot older than the snapshot replays the change of a key that the snapshot already contains: the row of the snapshot has
 * the values (rule 11).
 */
const isSnapshotOf = (earlier: StagedRow, { record: { position } }: NumberedRecord): boolean => {
  const { generation, major, minor } = earlier.item.record.position;
  const isSnapshot = !earlier.isDeleted && major === '0' && generation === position.generation;
  return isSnapshot && BigInt(minor) > BigInt(position.minor);
};

/** Indexes of the columns that an event leaves unchanged or does not have, among those that some event of the group has. */
function leftUnchanged(
  { shapes }: TableWork<TargetTable>,
  { record }: NumberedRecord,
  cells: EncodedCells,
): readonly number[] {
  const { after } = record.event;
  const missing = (after && shapes.get(after.shape)?.missing) ?? [];
  if (!cells.includes(unchanged)) return missing;
  return cells.flatMap((cell, index) => (cell === unchanged || missing.includes(index) ? [index] : []));
}

/** The row with the values of an earlier event in the columns that it leaves unchanged. */
function filled(row: StagedRow, left: readonly number[], earlier: StagedRow): StagedRow {
  const cells = [...row.cells];
  const isIn = (list: readonly number[]) => (index: number) => list.includes(index);
  for (const index of left) cells[index] = earlier.cells[index];
  const still = left.filter(isIn(earlier.unchanged));
  return {
    ...row,
    cells,
    unchanged: still,
    absent: left.filter(isIn(earlier.absent)),
    base: still.length > 0 ? earlier.base : null,
  };
}
