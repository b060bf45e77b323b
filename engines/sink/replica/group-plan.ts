/**
 * The plan of a group: what is done in each of its tables, and in which rounds the group is merged. A round ends before a row
 * changes its key after an earlier event of the round: the row must then be in the table, because the event with
 * the new key may leave columns unchanged.
 */
import { type RowEvent, type RowShape, unchanged } from '../../../formats/debezium/row-event.ts';
import type { Batch } from '../../../pipeline/batch.ts';
import { keyText, type Position, type Replicated } from '../../../pipeline/change.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import type { Excluded } from '../rows.ts';
import type { ByTable } from './by-table.ts';
import type { ColumnIndexes, Layouts, WrittenTable } from './layouts.ts';

/** A record of the group with its number in the group and the number of its batch. */
export type NumberedRecord = {
  readonly ordinal: number;
  readonly batch: number;
  readonly topic: string;
  readonly partition: number;
  readonly record: Replicated;
  /** Not to be written. True only in tables without a key, whose high-water mark it moves. */
  readonly excluded: boolean;
};

/** A TRUNCATE of a table with a key. */
export type Truncate = { readonly ordinal: number; readonly batch: number; readonly position: Position };

/** What is to be done in one table. */
export type TableWork<T extends WrittenTable> = {
  readonly table: T;
  /** Row events in order, without the TRUNCATEs of a table with a key. */
  readonly items: NumberedRecord[];
  readonly truncates: Truncate[];
  /** Ordinals of deletes that are the first half of a changed key. */
  readonly leaving: number[];
  /** Ordinals of creates that are the second half. */
  readonly arriving: number[];
  /** Ordinals of rows that a rule filters out: they are only deleted. */
  readonly leftOut: number[];
  /** For each shape of the written rows, the indexes of the table's columns. */
  readonly shapes: Map<RowShape, ColumnIndexes>;
  /** Indexes of the columns that some event leaves unchanged. */
  readonly unchanged: Set<number>;
  deletes: boolean;
};

/** First and last ordinal of what one statement merges. */
export type Round = { readonly first: number; readonly last: number };

/** The works are in the order of their tables' names. */
export type GroupPlan<T extends WrittenTable> = {
  readonly count: number;
  readonly works: readonly TableWork<T>[];
  readonly rounds: readonly Round[];
};

const newKeyHeader = Buffer.from('__debezium.newkey');
const oldKeyHeader = Buffer.from('__debezium.oldkey');

/** Whether a record is one half of a changed key, by the header that Debezium gives it. */
const hasHeader = ({ origin: { headers } }: Replicated, header: Buffer): boolean =>
  headers?.list().some(([name]) => name.equals(header)) ?? false;

/** Whether a record is either half of a changed key. */
export const isMove = (record: Replicated): boolean =>
  hasHeader(record, newKeyHeader) || hasHeader(record, oldKeyHeader);

/** The keys of a table's records in the current round, among its items before `upTo`. */
type SeenKeys = { upTo: number; readonly keys: Set<string> };

/**
 * Plans a group without its excluded records.
 * @param tables those with a staging table in the session, as it was created. Another lane may know more columns of a table.
 */
export function planGroup<T extends WrittenTable>(
  group: readonly Batch<Replicated>[],
  excluded: Excluded,
  tables: ByTable<T>,
  layouts: Layouts<T>,
): GroupPlan<T> {
  const works = new Map<T, TableWork<T>>();
  const seen = new Map<TableWork<T>, SeenKeys>();
  const starts = [0];
  let ordinal = -1;
  for (const [batch, { claim, records }] of group.entries()) {
    for (const record of records) {
      ordinal += 1;
      const { event, position } = record;
      const table = tables.find(event.table);
      if (!table && onlyRemovesRows(event)) continue;
      if (!table) throw stagingTableMissing(event.table);
      const isExcluded = excluded.has(record.origin);
      if (isExcluded && table.key.length > 0) continue;
      let work = works.get(table);
      if (!work) {
        work = emptyWork(table);
        works.set(table, work);
      }
      if (event.operation === 'truncate' && table.key.length > 0) {
        work.truncates.push({ ordinal, batch, position });
        continue;
      }
      if (event.operation === 'delete' && table.key.length > 0 && hasHeader(record, newKeyHeader)) {
        work.leaving.push(ordinal);
        if (hasSeen(work, seen, keyText(record.origin))) {
          starts.push(ordinal);
          for (const [one, keys] of seen) startRound(keys, one);
        }
      }
      if (event.operation === 'create' && hasHeader(record, oldKeyHeader)) work.arriving.push(ordinal);
      if (event.leftOut) work.leftOut.push(ordinal);
      work.items.push({ ordinal, batch, topic: claim.topic, partition: claim.partition, record, excluded: isExcluded });
      if (!isExcluded) noteColumns(work, record, layouts);
    }
  }
  const count = ordinal + 1;
  const rounds = starts.map((first, index) => ({ first, last: (starts[index + 1] ?? count) - 1 }));
  const byName = [...works.values()].map(settleColumns).sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
  return { count, works: byName, rounds };
}

/** Whether an event has no effect on a table that does not exist: a TRUNCATE, or a row that a rule filters out. */
export const onlyRemovesRows = ({ operation, leftOut }: RowEvent): boolean =>
  operation === 'truncate' || leftOut === true;

const emptyWork = <T extends WrittenTable>(table: T): TableWork<T> => ({
  table,
  items: [],
  truncates: [],
  leaving: [],
  arriving: [],
  leftOut: [],
  shapes: new Map(),
  unchanged: new Set(),
  deletes: false,
});

/** Whether the round has a record of this key. Collects keys only once a row changes its own, from where it stopped. */
function hasSeen<T extends WrittenTable>(work: TableWork<T>, seen: Map<TableWork<T>, SeenKeys>, key: string): boolean {
  let keys = seen.get(work);
  if (!keys) {
    keys = { upTo: 0, keys: new Set() };
    seen.set(work, keys);
  }
  for (; keys.upTo < work.items.length; keys.upTo += 1) {
    const item = work.items[keys.upTo];
    if (item) keys.keys.add(keyText(item.record.origin));
  }
  return keys.keys.has(key);
}

function startRound(seen: SeenKeys, work: TableWork<WrittenTable>): void {
  seen.upTo = work.items.length;
  seen.keys.clear();
}

/** Notes which columns an event carries and which it leaves unchanged. */
function noteColumns<T extends WrittenTable>(work: TableWork<T>, { event }: Replicated, layouts: Layouts<T>): void {
  const { operation, before, after } = event;
  work.deletes ||= operation === 'delete';
  // Without a key the old row is found by all of its values.
  for (const row of work.table.key.length > 0 ? [after] : [before, after]) {
    if (row === null) continue;
    let indexes = work.shapes.get(row.shape);
    if (!indexes) {
      indexes = layouts.of(work.table, row.shape);
      work.shapes.set(row.shape, indexes);
    }
    if (!row.cells.includes(unchanged)) continue;
    for (const [index, place] of indexes.at.entries()) if (row.cells[place] === unchanged) work.unchanged.add(index);
  }
}

/**
 * A column that no event of the group has, such as one that only the target has, stays out of the statements. A column that
 * only some events have, because it was just added or dropped, is left unchanged by the others.
 */
function settleColumns<T extends WrittenTable>(work: TableWork<T>): TableWork<T> {
  const columns = columnsOf(work);
  for (const [shape, { at, missing }] of work.shapes) {
    const left = missing.filter((index) => columns.has(index));
    for (const index of left) work.unchanged.add(index);
    work.shapes.set(shape, { at, missing: left });
  }
  return work;
}

const columnsOf = ({ shapes }: TableWork<WrittenTable>): ReadonlySet<number> =>
  new Set([...shapes.values()].flatMap(({ at }) => at.flatMap((place, index) => (place === -1 ? [] : [index]))));

/** What the staging table holds. It decides which statements a merge needs. */
export type MergeContent = {
  /** Indexes of the columns that some event carries. The statements leave all others out. */
  readonly columns: readonly number[];
  /** Indexes of the columns that some event leaves unchanged. */
  readonly unchanged: readonly number[];
  /** Ordinals of rows that get a new key. */
  readonly arriving: readonly number[];
  /** Whether any row is deleted. */
  readonly deletes: boolean;
  /** Ordinals of rows that a rule filters out: they do not count as applied. */
  readonly leftOut: readonly number[];
};

/** What the statements of a table need to know of its rows. */
export function mergeContentOf(work: TableWork<WrittenTable>): MergeContent {
  const inOrder = (columns: Iterable<number>) => [...columns].sort((a, b) => a - b);
  const columns = inOrder(columnsOf(work));
  const { arriving, deletes, leftOut } = work;
  return { columns, unchanged: inOrder(work.unchanged), arriving, deletes, leftOut };
}

/** The session that had the staging table was closed. The retry opens another one. */
const stagingTableMissing = (table: SourceTable): PipelineError =>
  new PipelineError('stage_missing', `${tableName(table)} has no staging table in this session, which was reopened`, {
    advice: 'The log of the server may show why it closed the earlier session.',
  });
