/**
 * For arrays of most types Debezium writes null, not its placeholder, when an update did not touch a large value. Such a
 * null says nothing: taking it for a value would wipe out what the row holds. It is a real null when the old row shows
 * that all columns are sent (REPLICA IDENTITY FULL).
 */
import { Rejection } from '../rejection.ts';
import { type Row, type RowEvent, unchanged } from './row-event.ts';

/** What to take such a null for. `unchanged` loses a change to null, `null` a value that was not touched. */
export type UnclearNull = 'park' | 'null' | 'unchanged';

/** True when the old row has values beside its key, which only REPLICA IDENTITY FULL sends. */
function isFull(before: Row | null, key: Row | null): boolean {
  if (before === null) return false;
  return before.shape.columns.some(
    (name, i) => before.cells[i] !== null && before.cells[i] !== unchanged && !key?.shape.columns.includes(name),
  );
}

const none: readonly number[] = [];

/** Which columns of the row have a null that may mean nothing. */
export const unclearNulls = ({ shape, cells }: Row): readonly number[] =>
  shape.unclearNulls.length === 0 ? none : shape.unclearNulls.filter((i) => cells[i] === null);

/** The event with its unclear nulls settled. */
export function settleNulls(event: RowEvent, as: UnclearNull): RowEvent | Rejection {
  const { after } = event;
  if (after === null || as === 'null') return event;
  const unclear = unclearNulls(after);
  if (unclear.length === 0 || (event.operation !== 'update' && event.movedFrom === null)) return event;
  if (isFull(event.before, event.key)) return event;
  if (as === 'unchanged') {
    const cells = after.cells.map((cell, i) => (unclear.includes(i) ? unchanged : cell));
    return { ...event, after: { shape: after.shape, cells } };
  }
  const column = after.shape.columns[unclear[0] ?? 0] ?? '';
  return new Rejection(
    'not_carried',
    `${column}: null, or a large value that was not touched? Debezium tells only with REPLICA IDENTITY FULL`,
    column,
  );
}
