/** Where the columns of tables stand in the rows of events, and whether tables take such rows. */

import type { Row, RowEvent, RowShape } from '../../../../formats/debezium/row-event.ts';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { sourceTypeOf } from '../../catalogue/declared-type.ts';
import { lossy } from '../../catalogue/lossy.ts';
import { keyRow } from '../dependencies/on-dead-letters.ts';
import { type Places, placesOf } from '../staging/staging-table.ts';
import type { TargetTable } from './target-table.ts';

/** Unchecked is a shape whose values the server would round or cut, because their columns were narrower before. */
type Found = ReturnType<typeof placesOf> & { readonly isUnchecked: boolean; readonly missingKey: readonly string[] };

/** Where columns stand in rows, remembered by table and by the one object that a shape is. */
export class Layouts {
  readonly #byTable = new WeakMap<TargetTable, WeakMap<RowShape, Found>>();

  /** The places of the columns. Throws a `PipelineError` when the table cannot take such rows. */
  of(table: TargetTable, shape: RowShape): Places {
    const found = this.#find(table, shape);
    if (found.unknown.length > 0) throw unknownColumn(table, found.unknown);
    return found;
  }

  /** Whether the table has all columns of an event, and its statements were made for such values. */
  takes(table: TargetTable, event: RowEvent): boolean {
    const { operation, before, after } = event;
    if (operation === 'truncate') return true;
    if (table.key.length === 0) return this.#takesRow(table, before) && this.#takesRow(table, after);
    if (operation === 'delete') return this.#takesRow(table, keyRow(event, table.key));
    return this.#takesRow(table, after) && this.missingKey(table, event).length === 0;
  }

  /** Columns of the table's key that a new row does not have at all. */
  missingKey(table: TargetTable, { operation, after }: RowEvent): readonly string[] {
    return operation === 'delete' || after === null ? [] : this.#find(table, after.shape).missingKey;
  }

  #takesRow(table: TargetTable, row: Row | null): boolean {
    if (row === null) return true;
    const { unknown, isUnchecked } = this.#find(table, row.shape);
    return unknown.length === 0 && !isUnchecked;
  }

  /** A row that is written of an event with columns that the table does not have, and these; null where it has all. */
  unfit(table: TargetTable, event: RowEvent): { readonly row: Row; readonly columns: readonly string[] } | null {
    for (const row of writtenRows(table, event)) {
      const { unknown } = this.#find(table, row.shape);
      if (unknown.length > 0) return { row, columns: unknown };
    }
    return null;
  }

  #find(table: TargetTable, shape: RowShape): Found {
    let shapes = this.#byTable.get(table);
    if (!shapes) {
      shapes = new WeakMap();
      this.#byTable.set(table, shapes);
    }
    let places = shapes.get(shape);
    if (!places) {
      places = {
        ...placesOf(table, shape),
        isUnchecked: isUnchecked(table, shape),
        missingKey: table.key.filter((name) => !shape.columns.includes(name)),
      };
      shapes.set(shape, places);
    }
    return places;
  }
}

const isUnchecked = ({ columns }: TargetTable, { fields }: RowShape): boolean =>
  (fields ?? []).some((field) => {
    const column = columns.find(({ name }) => name === field.name);
    const type = sourceTypeOf(field);
    return column !== undefined && type !== undefined && !column.isChecked && lossy(column, type);
  });

/** The rows of an event that are written to its table, or looked for in it; the new one first. */
export function writtenRows({ key }: TargetTable, event: RowEvent): readonly Row[] {
  const { operation, before, after } = event;
  if (operation === 'truncate') return [];
  const rows = key.length === 0 ? [after, before] : [operation === 'delete' ? keyRow(event, key) : after];
  return rows.filter((row) => row !== null);
}

const unknownColumn = ({ name }: TargetTable, columns: readonly string[]): PipelineError =>
  new PipelineError('unknown_column', `${name} has no column ${columns.map((one) => `"${one}"`).join(', ')}`, {
    advice:
      'Add it to the target as the source has it, or drop it by the rules. Nothing is lost: it goes on from here.',
  });
