/**
 * What the row filter of a table makes of a change. The target holds exactly the rows that match: one that stops to
 * match is deleted there, at the position of the change that made it so.
 *
 * With a key it does not matter whether the row was there: a delete of an absent row changes nothing. Without one it does,
 * so the old row is asked, which the source sends for such tables or refuses to change them.
 */
import { type Row, type RowEvent, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { PipelineError } from '../errors.ts';
import { ShapeCache } from '../shape-cache.ts';
import { bind, type Condition, columnsOf, type Test } from './condition.ts';

/** The change as the target has to see it, a refusal, or nothing where the target never had the row. */
export type RowFilter = (event: RowEvent) => RowEvent | Rejection | undefined;

/** The filter of one table. Its column values are those of the source, before they are hashed or masked. */
export function rowFilter(condition: Condition, table: string): RowFilter {
  const columns = columnsOf(condition);
  const prepare = (shape: RowShape): Test => {
    const missing = columns.find((name) => !shape.columns.includes(name));
    if (missing !== undefined) throw columnMissing(table, missing);
    return bind(condition, shape);
  };
  const afters = new ShapeCache(prepare);
  const befores = new ShapeCache(prepare);

  /** Whether the new row matches. What an update leaves unchanged is taken from the old row, where that has it. */
  const matchesAfter = (row: Row, before: Row | null): boolean | Rejection => {
    const test = afters.of(row.shape);
    const holds = test(row.cells) ?? (before === null ? undefined : test(filledFrom(before, row)));
    return holds ?? notCarried(columns, row);
  };

  const matchesBefore = (row: Row | null): boolean | Rejection => {
    if (row === null)
      return new Rejection('not_carried', 'without a key the row filter needs the old row: none is sent');
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
    // Before its creation there was no row. A snapshot may find one that changed while nobody looked.
    return operation === 'create' || key === null ? undefined : asDelete(event);
  };
}

const asDelete = (event: RowEvent): RowEvent => ({ ...event, operation: 'delete', after: null, leftOut: true });

/** The row's cells, those that are unchanged from the old row; a null there may mean that it was not sent. */
const filledFrom = ({ shape, cells: old }: Row, row: Row): readonly Row['cells'][number][] =>
  row.cells.map((cell, i) => {
    if (cell !== unchanged) return cell;
    return old[shape.columns.indexOf(row.shape.columns[i] ?? '')] ?? unchanged;
  });

function notCarried(columns: readonly string[], { shape, cells }: Row): Rejection {
  const column = columns.find((name) => cells[shape.columns.indexOf(name)] === unchanged) ?? '';
  return new Rejection(
    'not_carried',
    `${column}: the row filter asks for it, and an update that did not touch this large value does not carry it`,
    column,
  );
}

/** A rule may be misspelt, and a row must not get through for it. */
export const columnMissing = (table: string, column: string, near = ''): PipelineError =>
  new PipelineError('rule_column_missing', `the rules name a column ${column}, but ${table} has none${near}`, {
    advice: 'Is it misspelt? Under "columns", a rule for a column that some rows lack takes "optional": true.',
  });
