/**
 * Where a captured change stands at its source, and how far it brings its partition (rules 9 and 11).
 */
import type { RowEvent } from '../formats/debezium/row-event.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { SourceProgress } from './batch.ts';
import type { Position } from './change.ts';

/** A change's position, and how far its partition has come with it. */
export type Placed = { readonly position: Position; readonly reached: SourceProgress };

/**
 * Gives a change its position after what its partition has reached. A snapshot that begins after streamed events, or after
 * another snapshot, reads the source again, so its rows win over everything before it: it opens a generation. All rows of
 * one snapshot have the position at which it began, and major 0. An incremental snapshot runs beside the stream.
 *
 * Debezium writes a changed key as a delete and a create at one position, and the target may take both for the same key
 * (1.0 and 1.00). So every minor is doubled, and a create stands behind a delete.
 *
 * @param offset the record's offset, which orders events without a position; null where it may not.
 */
export function placed(event: RowEvent, reached: SourceProgress, offset: string | null): Placed | Rejection {
  const { position, operation, snapshot, sourceTime } = event;
  if (position === null) {
    if (offset !== null) return { position: { generation: 0, major: offset, minor: '0' }, reached };
    return new Rejection('no_position', 'the event carries no place in the log of its source, so nothing orders it');
  }
  const fromSnapshot = position.major === '0';
  const whole = fromSnapshot && snapshot !== 'incremental';
  const isAnother = reached.snapshot !== null && reached.snapshot !== position.minor;
  const anew = whole && (reached.streamed || isAnother);
  const generation = anew ? reached.generation + 1 : reached.generation;
  const streamed = anew ? false : reached.streamed || !fromSnapshot;
  const minor = String(BigInt(position.minor) * 2n + (operation === 'create' ? 1n : 0n));
  return {
    position: { generation, major: position.major, minor },
    // Rows of a snapshot have the time of the snapshot, which is later than that of changes still to be streamed.
    reached: {
      generation,
      streamed,
      snapshot: whole ? position.minor : reached.snapshot,
      committed: fromSnapshot ? reached.committed : (sourceTime ?? reached.committed),
    },
  };
}
