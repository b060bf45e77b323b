/**
 * For arrays of most types Debezium writes null, not its placeholder, when an update did not touch a large value, unless it
 * was told to fail then (`event.converting.failure.handling.mode`). Such a null says nothing: taking it for a value would
 * wipe out what the row holds. It is a real null when the whole old row is sent (REPLICA IDENTITY FULL).
 */
import { Rejection } from '../../schemas/rejection.ts';
import { type Row, type RowEvent, unchanged } from './row-event.ts';

/** What to take such a null for. `unchanged` loses a change to null, `null` a value that was not touched. */
export type UnclearNull = 'park' | 'null' | 'unchanged';

/**
 * True when the event has the whole old row, which only REPLICA IDENTITY FULL sends with an update that keeps its key.
 * Other identities send an old row only when they changed, without columns of the key that are not theirs.
 */
const isFull = (before: Row | null, key: Row | null): boolean =>
  before !== null &&
  (key === null ||
    key.shape.columns.every((name, i) => before.cells[before.shape.columns.indexOf(name)] === key.cells[i]));

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
    `${column}: null, or a large value that was not touched? Connectors made by \`npx sluice connector create\` tell; ` +
      'of another, ALTER TABLE … REPLICA IDENTITY FULL at the source',
    column,
  );
}
