/**
 * Where a captured change stands at its source, and how far it brings its partition (rules 9 and 11).
 */
import type { RowEvent } from '../formats/debezium/row-event.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { SourceProgress } from './batch.ts';
import type { Position } from './change.ts';

/** A change's place among the others, and what its partition has reached with it. */
export type Placed = { readonly position: Position; readonly reached: SourceProgress };

/**
 * Places a change behind what its partition has reached. A snapshot that begins after streamed events, or after another
 * snapshot, reads the source anew, so its rows win over everything before: it opens a generation. Rows of one snapshot
 * all bear the LSN at which it began. An incremental one runs beside the stream.
 *
 * A changed key is written as a delete and a create at one place of the log, and both may be the same key to the target
 * (1.0 and 1.00): so a place counts twice, and a create stands behind a delete.
 *
 * @param offset its place in Kafka, where that may order events that tell of no other; null where it may not.
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
    // A snapshot's rows bear its own time, which is later than that of changes still to be streamed.
    reached: {
      generation,
      streamed,
      snapshot: whole ? position.minor : reached.snapshot,
      committed: fromSnapshot ? reached.committed : (sourceTime ?? reached.committed),
    },
  };
}
