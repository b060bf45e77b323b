/**
 * Unclear nulls. When an update did not change a large array, Debezium writes null instead of its placeholder for most types. It can be
 * configured to fail instead (`event.converting.failure.handling.mode`). Writing such a null would destroy the stored value. It is a real
 * null if the event has the whole old row (REPLICA IDENTITY FULL).
 */
import { Rejection } from '../../schemas/rejection.ts';
import { type Row, type RowEvent, unchanged } from './row-event.ts';

/** What to do with such a null. `unchanged` loses a change to null, `null` loses a value that was not changed. */
export type UnclearNull = 'park' | 'null' | 'unchanged';

/**
 * Whether the event has the whole old row. Only REPLICA IDENTITY FULL sends it with an update that keeps its key.
 * Other identities send an old row only when they changed, and without the key columns that are not theirs.
 */
const isFull = (before: Row | null, key: Row | null): boolean =>
  before !== null &&
  (key === null ||
    key.shape.columns.every((name, i) => before.cells[before.shape.columns.indexOf(name)] === key.cells[i]));

const none: readonly number[] = [];

/** The columns of the row with a null that may stand for an unchanged value. */
export const unclearNulls = ({ shape, cells }: Row): readonly number[] =>
  shape.unclearNulls.length === 0 ? none : shape.unclearNulls.filter((i) => cells[i] === null);

/** The event with its unclear nulls resolved, or a rejection. */
export function resolveUnclearNulls(event: RowEvent, as: UnclearNull): RowEvent | Rejection {
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
    `${column}: a null, or a large value that was not changed? Connectors created by \`npx sluice connector create\` mark it; ` +
      'for another connector run ALTER TABLE … REPLICA IDENTITY FULL at the source',
    column,
  );
}
