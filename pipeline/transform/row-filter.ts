/**
 * Applies the row filter of a table to a change. The target holds exactly the rows that match. A row that no longer matches is deleted at
 * the target, at the position of the change.
 *
 * With a key it does not matter whether the target has the row, because deleting an absent row changes nothing. Without a key the old row
 * decides. The source sends it for such tables, or refuses to change them.
 */
import { type Row, type RowEvent, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { PipelineError } from '../errors.ts';
import { ShapeCache } from '../shape-cache.ts';
import { bind, type Condition, columnsOf, type Test } from './condition.ts';

/** The change for the target; a rejection; or undefined if the target never had the row. */
export type RowFilter = (event: RowEvent) => RowEvent | Rejection | undefined;

/** The filter of one table. It tests the values of the source, before they are hashed or masked. */
export function rowFilter(condition: Condition, table: string): RowFilter {
  const columns = columnsOf(condition);
  const prepare = (shape: RowShape): Test => {
    const missing = columns.find((name) => !shape.columns.includes(name));
    if (missing !== undefined) throw columnMissing(table, missing);
    return bind(condition, shape);
  };
  const afters = new ShapeCache(prepare);
  const befores = new ShapeCache(prepare);

  /** Whether the new row matches. Values that an update left unchanged are taken from the old row, if that has them. */
  const matchesAfter = (row: Row, before: Row | null): boolean | Rejection => {
    const test = afters.of(row.shape);
    const holds = test(row.cells) ?? (before === null ? undefined : test(filledFrom(before, row)));
    return holds ?? notCarried(columns, row);
  };

  const matchesBefore = (row: Row | null): boolean | Rejection => {
    if (row === null)
      return new Rejection(
        'not_carried',
        'the row filter of a table without a key needs the old row, which the event lacks: run ALTER TABLE … REPLICA IDENTITY FULL at the source',
      );
    return befores.of(row.shape)(row.cells) ?? notCarried(columns, row);
  };

  return (event) => {
    const { operation, key, before, after } = event;
    if (key === null && (operation === 'update' || operation === 'delete')) {
      const was = matchesBefore(before);
      if (was instanceof Rejection) return was;
      const is = after === null ? false : matchesAfter(after, before);
      if (is instanceof Rejection) return is;
      if (was) return is ? event : asDelete(event);
      return is ? { ...event, operation: 'create', before: null } : undefined;
    }
    // A delete by key, or a truncate.
    if (after === null) return event;
    const is = matchesAfter(after, before);
    if (is === true || is instanceof Rejection) return is === true ? event : is;
    // A create has no earlier row to delete. A row of a snapshot may have one: it may have changed while nothing was captured.
    return operation === 'create' || key === null ? undefined : asDelete(event);
  };
}

const asDelete = (event: RowEvent): RowEvent => ({ ...event, operation: 'delete', after: null, leftOut: true });

/** The row's cells, with unchanged ones taken from the old row. A null there may mean that the value was not sent. */
const filledFrom = ({ shape, cells: old }: Row, row: Row): readonly Row['cells'][number][] =>
  row.cells.map((cell, i) => {
    if (cell !== unchanged) return cell;
    return old[shape.columns.indexOf(row.shape.columns[i] ?? '')] ?? unchanged;
  });

function notCarried(columns: readonly string[], { shape, cells }: Row): Rejection {
  const column = columns.find((name) => cells[shape.columns.indexOf(name)] === unchanged) ?? '';
  return new Rejection(
    'not_carried',
    `${column}: the row filter needs this large value, which the update did not change, so the event lacks it`,
    column,
  );
}

/** The error for a column that the table lacks. The pipeline stops, because the name may be misspelled and rows would pass unfiltered. */
export const columnMissing = (table: string, column: string, near = ''): PipelineError =>
  new PipelineError('rule_column_missing', `the rules name a column ${column}, but ${table} has none${near}`, {
    advice: 'Is it misspelt? Under "columns", a rule for a column that some rows lack takes "optional": true.',
  });
