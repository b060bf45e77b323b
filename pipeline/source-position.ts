/** Computes the position of a captured change, and the source progress of its partition (rules 9 and 11). */
import type { RowEvent } from '../formats/debezium/row-event.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { SourceProgress } from './batch.ts';
import type { Position } from './change.ts';

/** The position of a change, and the source progress of its partition after it. */
export type Positioned = { readonly position: Position; readonly reached: SourceProgress };

/** The greatest number that targets can store. A source comes nowhere near it, but a damaged message may. */
const greatest = 2n ** 63n - 1n;

const fits = (decimal: string): boolean => decimal.length < 19 || BigInt(decimal) <= greatest;

const beyondEverySource = new Rejection(
  'no_position',
  'the position of the event is beyond every position of a source',
);

/**
 * Computes the position of a change. A snapshot that begins after streamed events or after another snapshot opens a new
 * generation: it reads the source again, so its rows supersede everything before it. All rows of a snapshot have the
 * position at which it began, and major 0. An incremental snapshot runs beside the stream and opens no generation.
 *
 * Debezium writes a changed key as a delete and a create at one position, and the target may treat both keys as equal
 * (1.0 and 1.00). Therefore each minor is doubled, and a create is ordered after a delete.
 *
 * @param offset orders events without a position; null if such events are rejected.
 */
export function positionEvent(event: RowEvent, reached: SourceProgress, offset: string | null): Positioned | Rejection {
  const { position, operation, snapshot, sourceTime } = event;
  if (position === null) {
    // A partition whose events have positions keeps to them: an offset could not be compared with these.
    const hasPositions = reached.streamed || reached.snapshot !== null;
    if (offset !== null && !hasPositions) return { position: { generation: 0, major: offset, minor: '0' }, reached };
    return new Rejection('no_position', 'the event carries no position of its source, so it cannot be ordered');
  }
  const fromSnapshot = position.major === '0';
  const isFullSnapshot = fromSnapshot && snapshot !== 'incremental';
  const isAnother = reached.snapshot !== null && reached.snapshot !== position.minor;
  const opensGeneration = isFullSnapshot && (reached.streamed || isAnother);
  const generation = opensGeneration ? reached.generation + 1 : reached.generation;
  const streamed = opensGeneration ? false : reached.streamed || !fromSnapshot;
  const minor = String(BigInt(position.minor) * 2n + (operation === 'create' ? 1n : 0n));
  if (!fits(position.major) || !fits(minor)) return beyondEverySource;
  return {
    position: { generation, major: position.major, minor },
    // Rows of a snapshot carry its time, which is later than the commit time of changes that are still to be streamed.
    reached: {
      generation,
      streamed,
      snapshot: isFullSnapshot ? position.minor : reached.snapshot,
      committed: fromSnapshot ? reached.committed : (sourceTime ?? reached.committed),
    },
  };
}
