/** Layouts: the places of a table's columns in the rows of events, and whether the table accepts such rows. */
import type { Row, RowEvent, RowShape } from '../../../formats/debezium/row-event.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { SourceTable } from '../../../schemas/table-name.ts';

/** A table of the target, as far as the plan of a group needs to know it. */
export type WrittenTable = {
  /** Its name in `sluice.target`, with its schema. */
  readonly name: string;
  /** Its schema and name at the source. */
  readonly at: SourceTable;
  /** Columns that are written. */
  readonly columns: readonly { readonly name: string }[];
  /** Generated columns, which are never written. */
  readonly generated: readonly string[];
  /** Columns of its primary key; empty without one. */
  readonly key: readonly string[];
};

/** For each column of the table its index in rows of one shape, -1 where they lack it; and the columns that they lack. */
export type ColumnIndexes = { readonly at: readonly number[]; readonly missing: readonly number[] };

type Layout = ColumnIndexes & {
  /** Columns of the rows that the table does not have. */
  readonly unknown: readonly string[];
  /** Whether the server would round or cut values of such rows unnoticed, because their columns were narrower before. */
  readonly isUnchecked: boolean;
  /** Columns of the table's key that the rows lack. */
  readonly missingKey: readonly string[];
};

/** Layouts by table and shape. A shape is one object for all rows that have it. */
export class Layouts<T extends WrittenTable> {
  readonly #isUnchecked: (table: T, shape: RowShape) => boolean;
  readonly #byTable = new WeakMap<T, WeakMap<RowShape, Layout>>();

  /** @param isUnchecked whether the statements of a table would round or cut values of such rows unnoticed. */
  constructor(isUnchecked: (table: T, shape: RowShape) => boolean = () => false) {
    this.#isUnchecked = isUnchecked;
  }

  /** The indexes of the table's columns. Throws a `PipelineError` if the table lacks a column of the rows. */
  of(table: T, shape: RowShape): ColumnIndexes {
    const found = this.#find(table, shape);
    if (found.unknown.length > 0) throw unknownColumn(table, found.unknown);
    return found;
  }

  /** Whether the table has all columns of an event, and its statements check such values. */
  accepts(table: T, event: RowEvent): boolean {
    const { operation, before, after } = event;
    if (operation === 'truncate') return true;
    if (table.key.length === 0) return this.#acceptsRow(table, before) && this.#acceptsRow(table, after);
    if (operation === 'delete') return this.#acceptsRow(table, keyRow(event, table.key));
    return this.#acceptsRow(table, after) && this.missingKey(table, event).length === 0;
  }

  /**
   * Columns of the table's key that a new row lacks because its source has another key; none if the message key has them: such a
   * message is damaged, and only its record is parked.
   */
  missingKey(table: T, { operation, key, after }: RowEvent): readonly string[] {
    if (operation === 'delete' || after === null || (key !== null && hasAll(key, table.key))) return [];
    return this.#find(table, after.shape).missingKey;
  }

  /** The first row of an event that has columns which the table lacks, and these columns; null if there is none. */
  unfit(table: T, event: RowEvent): { readonly row: Row; readonly columns: readonly string[] } | null {
    for (const row of writtenRows(table, event)) {
      const { unknown } = this.#find(table, row.shape);
      if (unknown.length > 0) return { row, columns: unknown };
    }
    return null;
  }

  #acceptsRow(table: T, row: Row | null): boolean {
    if (row === null) return true;
    const { unknown, isUnchecked } = this.#find(table, row.shape);
    return unknown.length === 0 && !isUnchecked;
  }

  #find(table: T, shape: RowShape): Layout {
    let shapes = this.#byTable.get(table);
    if (!shapes) {
      shapes = new WeakMap();
      this.#byTable.set(table, shapes);
    }
    let layout = shapes.get(shape);
    if (!layout) {
      layout = { ...layoutOf(table, shape), isUnchecked: this.#isUnchecked(table, shape) };
      shapes.set(shape, layout);
    }
    return layout;
  }
}

function layoutOf(table: WrittenTable, shape: RowShape): Omit<Layout, 'isUnchecked'> {
  const { columns, generated, key } = table;
  const known = new Set([...columns.map(({ name }) => name), ...generated]);
  const at = columns.map(({ name }) => shape.columns.indexOf(name));
  return {
    at,
    missing: at.flatMap((place, index) => (place === -1 ? [index] : [])),
    unknown: shape.columns.filter((name) => !known.has(name)),
    missingKey: key.filter((name) => !shape.columns.includes(name)),
  };
}

/** The rows of an event that are written to its table or searched in it, the new row first. */
export function writtenRows({ key }: WrittenTable, event: RowEvent): readonly Row[] {
  const { operation, before, after } = event;
  if (operation === 'truncate') return [];
  const rows = key.length === 0 ? [after, before] : [operation === 'delete' ? keyRow(event, key) : after];
  return rows.filter((row) => row !== null);
}

/** Whether a row has all of these columns. */
export const hasAll = (row: Row, columns: readonly string[]): boolean =>
  columns.every((column) => row.shape.columns.includes(column));

/** The row that carries a deleted row's key: the message key, unless the user chose other columns for it; else the old row. */
export function keyRow({ key, before }: RowEvent, columns: readonly string[]): Row | null {
  return key && hasAll(key, columns) ? key : before;
}

const unknownColumn = ({ name }: WrittenTable, columns: readonly string[]): PipelineError =>
  new PipelineError('unknown_column', `${name} has no column ${columns.map((one) => `"${one}"`).join(', ')}`, {
    advice:
      'Add it to the target as the source has it, or drop it by the rules. Nothing is lost: replication continues here.',
  });
