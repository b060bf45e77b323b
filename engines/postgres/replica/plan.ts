/**
 * What a group means for each of its tables, and the rounds in which it is merged. A round is all that may be merged at
 * once: a row that is about to change its key must stand as its earlier events left it, because the event that brings it
 * to its new key may leave columns as they are.
 */

import { type RowEvent, type RowShape, unchanged } from '../../../formats/debezium/row-event.ts';
import type { Batch } from '../../../pipeline/batch.ts';
import { keyText, type Position, type Replicated } from '../../../pipeline/change.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import type { Excluded } from '../../sink/rows.ts';
import type { ByTable } from './by-table.ts';
import type { Content } from './keyed-merge.ts';
import type { Layouts } from './layouts.ts';
import type { Places } from './stage.ts';
import type { TargetTable } from './target-table.ts';

/** A record of the group with its numbers. */
export type Numbered = {
  readonly ordinal: number;
  readonly batch: number;
  readonly topic: string;
  readonly partition: number;
  readonly record: Replicated;
  /** Not written; given for tables without a key only, where it counts all the same. */
  readonly excluded: boolean;
};

/** A TRUNCATE. */
export type Truncate = { readonly ordinal: number; readonly batch: number; readonly position: Position };

/** What is to be done in one table. */
export type Work = {
  readonly table: TargetTable;
  /** Rows in order, truncates apart. */
  readonly items: Numbered[];
  readonly truncates: Truncate[];
  /** Ordinals of deletes that are the first half of a changed key, and of creates that are the second. */
  readonly leaving: number[];
  readonly arriving: number[];
  /** Ordinals of rows that are left out deliberately: they are only deleted. */
  readonly leftOut: number[];
  /** Rows that are written, by their shape: where the columns of the table stand in them. */
  readonly shapes: Map<RowShape, Places>;
  /** Columns that some event leaves as they are. */
  readonly unchanged: Set<number>;
  deletes: boolean;
};

/** First and last ordinal of what is merged at once. */
export type Round = { readonly first: number; readonly last: number };

/** All of it. */
export type Plan = { readonly count: number; readonly works: readonly Work[]; readonly rounds: readonly Round[] };

const newKey = Buffer.from('__debezium.newkey');
const oldKey = Buffer.from('__debezium.oldkey');

/** True for the delete of a row that goes on under another key, and for the create that brings it there. */
const isHalf = ({ origin: { headers } }: Replicated, header: Buffer): boolean =>
  headers?.list().some(([name]) => name.equals(header)) ?? false;

/** The keys that a table has met in the present round, as far as its items were looked at. */
type Met = { upTo: number; readonly keys: Set<string> };

/**
 * Plans a group without its excluded records.
 * @param tables those that have their stage in the session, as it was made: another lane may know one by more columns.
 */
export function planGroup(
  group: readonly Batch<Replicated>[],
  excluded: Excluded,
  tables: ByTable<TargetTable>,
  layouts: Layouts,
): Plan {
  const works = new Map<TargetTable, Work>();
  const met = new Map<Work, Met>();
  const starts = [0];
  let ordinal = -1;
  for (const [batch, { claim, records }] of group.entries()) {
    for (const record of records) {
      ordinal += 1;
      const { event, position } = record;
      const table = tables.find(event.table);
      if (!table && onlyTakesAway(event)) continue;
      if (!table) throw notStaged(event.table);
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
      if (event.operation === 'delete' && table.key.length > 0 && isHalf(record, newKey)) {
        work.leaving.push(ordinal);
        if (hasMet(work, met, keyText(record.origin))) {
          starts.push(ordinal);
          for (const [one, where] of met) begin(where, one);
        }
      }
      if (event.operation === 'create' && isHalf(record, oldKey)) work.arriving.push(ordinal);
      if (event.leftOut) work.leftOut.push(ordinal);
      work.items.push({ ordinal, batch, topic: claim.topic, partition: claim.partition, record, excluded: isExcluded });
      if (!isExcluded) note(work, record, layouts);
    }
  }
  const count = ordinal + 1;
  const rounds = starts.map((first, index) => ({ first, last: (starts[index + 1] ?? count) - 1 }));
  const byName = [...works.values()].map(settle).sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
  return { count, works: byName, rounds };
}

/** Whether an event has nothing to do in a table that nobody knows: a TRUNCATE, or a row that a filter leaves out. */
export const onlyTakesAway = ({ operation, leftOut }: RowEvent): boolean =>
  operation === 'truncate' || leftOut === true;

const emptyWork = (table: TargetTable): Work => ({
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

/** Keys are looked at only once a row changes its own: the set is filled from where it was left. */
function hasMet(work: Work, met: Map<Work, Met>, key: string): boolean {
  let where = met.get(work);
  if (!where) {
    where = { upTo: 0, keys: new Set() };
    met.set(work, where);
  }
  for (; where.upTo < work.items.length; where.upTo += 1) {
    const item = work.items[where.upTo];
    if (item) where.keys.add(keyText(item.record.origin));
  }
  return where.keys.has(key);
}

function begin(where: Met, work: Work): void {
  where.upTo = work.items.length;
  where.keys.clear();
}

function note(work: Work, { event }: Replicated, layouts: Layouts): void {
  const { operation, before, after } = event;
  work.deletes ||= operation === 'delete';
  // Without a key the old row is looked for by all of its values.
  for (const row of work.table.key.length > 0 ? [after] : [before, after]) {
    if (row === null) continue;
    let places = work.shapes.get(row.shape);
    if (!places) {
      places = layouts.of(work.table, row.shape);
      work.shapes.set(row.shape, places);
    }
    if (!row.cells.includes(unchanged)) continue;
    for (const [index, place] of places.at.entries()) if (row.cells[place] === unchanged) work.unchanged.add(index);
  }
}

/**
 * A column that no event of the group has, such as one that only the target knows, is left out of the statements. One
 * that some events have and others do not, because it was just added or dropped, is left as it is by the others.
 */
function settle(work: Work): Work {
  const columns = columnsOf(work);
  for (const [shape, { at, missing }] of work.shapes) {
    const left = missing.filter((index) => columns.has(index));
    for (const index of left) work.unchanged.add(index);
    work.shapes.set(shape, { at, missing: left });
  }
  return work;
}

const columnsOf = ({ shapes }: Work): ReadonlySet<number> =>
  new Set([...shapes.values()].flatMap(({ at }) => at.flatMap((place, index) => (place === -1 ? [] : [index]))));

/** What the statements need to know. */
export function contentOf(work: Work): Content {
  const inOrder = (columns: Iterable<number>) => [...columns].sort((a, b) => a - b);
  const columns = inOrder(columnsOf(work));
  const { arriving, deletes, leftOut } = work;
  return { columns, unchanged: inOrder(work.unchanged), arriving, deletes, leftOut };
}

/** The session of the stage is gone, and with the next attempt comes another. */
const notStaged = (table: SourceTable): PipelineError =>
  new PipelineError('stage_missing', `${tableName(table)} has no stage in this session, which was opened anew`, {
    advice: 'Why did the server close the session before? Its log tells.',
  });
