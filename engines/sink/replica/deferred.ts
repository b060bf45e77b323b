/** Deferred rows on any engine (rule 22): which of two rows that need the same unique value is kept back. */
import type { Position } from '../../../pipeline/change.ts';

/** Which of the rows that collide is deferred: the incoming one, or those in the table. */
export type RowToDefer = 'incoming' | 'standing';

const isAfter = (a: Position, b: Position): boolean => {
  if (a.generation !== b.generation) return a.generation > b.generation;
  const [one, other] = [BigInt(a.major), BigInt(b.major)];
  return one === other ? BigInt(a.minor) > BigInt(b.minor) : one > other;
};

/**
 * Decides by the stored positions of the rows in the way which row is deferred:
 * - the incoming row, where all of them got their values later: by a later event, or by a snapshot that began after the incoming
 *   event, which a slot older than the snapshot replays;
 * - the rows in the table, where all of them are from before the snapshot of the incoming one.
 *
 * Undefined if neither holds, or where a position is unknown (null).
 */
export function rowToDefer(incoming: Position, blocking: readonly (Position | null)[]): RowToDefer | undefined {
  const isFormer = (one: Position | null) => one !== null && one.generation < incoming.generation;
  const isLater = (one: Position | null) =>
    one !== null &&
    (isAfter(one, incoming) ||
      (one.generation === incoming.generation && one.major === '0' && BigInt(one.minor) > BigInt(incoming.minor)));
  if (blocking.length === 0) return undefined;
  if (blocking.every(isFormer)) return 'standing';
  return blocking.every((one) => isLater(one) || isFormer(one)) ? 'incoming' : undefined;
}
