/**
 * What is done to a table without a key, in order (rule 24). Without a key there are no guard rows, so a high-water mark shows
 * which events of the topic's only partition are new to the table: the position of its newest applied event.
 */
import type { RowEvent } from '../../../formats/debezium/row-event.ts';
import type { Replicated } from '../../../pipeline/change.ts';
import type { NumberedRecord } from './group-plan.ts';

/** A position, as integers that can be compared. */
type Place = readonly [generation: bigint, major: bigint, minor: bigint];

/**
 * `count` events at this position were applied. `seen` of them were read since the position was last read from its start:
 * fewer than `count` while applied events are redelivered.
 */
export type HighWaterMark = { readonly place: Place; readonly count: number; readonly seen: number };

/** What is done to the table, in order. */
export type Step =
  | { readonly kind: 'insert'; readonly first: number; last: number }
  | { readonly kind: 'change'; readonly ordinal: number; readonly batch: number; readonly inserts: boolean }
  /** Deletes all rows: for a TRUNCATE, or before the first row of a new snapshot, which counts itself. */
  | { readonly kind: 'empty'; readonly ordinal: number; readonly batch: number; readonly applied: 0 | 1 };

/** -1, 0 or 1: below, at or above the other position. */
function compare(a: Place, b: Place): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? 0n;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

const placeOf = ({ position: { generation, major, minor } }: Replicated): Place => [
  BigInt(generation),
  BigInt(major),
  BigInt(minor),
];

const isSnapshotRow = ({ operation, snapshot }: RowEvent): boolean =>
  operation === 'read' && snapshot !== 'incremental';

const isFirstOfSnapshot = ({ operation, snapshot }: RowEvent): boolean =>
  operation === 'read' && (snapshot === 'first' || snapshot === 'first_in_data_collection');

/** The rows of one snapshot all have one position, so a row at another position belongs to the next snapshot. */
const isLaterSnapshot = ([generation, major, minor]: Place, place: Place): boolean =>
  place[0] > generation || (major === 0n && place[2] !== minor);

/** Whether a record is the first of a new snapshot. It reads the whole table, so its rows replace all others. */
const startsSnapshot = (
  { event }: NumberedRecord['record'],
  order: number,
  mark: HighWaterMark,
  place: Place,
): boolean =>
  order >= 0 && (isFirstOfSnapshot(event) || (isSnapshotRow(event) && order > 0 && isLaterSnapshot(mark.place, place)));

/** The steps for the records that are new to the table, and the mark after them. */
export function stepsAfter(
  items: readonly NumberedRecord[],
  before: HighWaterMark | null,
): readonly [readonly Step[], HighWaterMark | null] {
  const steps: Step[] = [];
  let mark = before;
  for (const { ordinal, batch, record, excluded } of items) {
    const place = placeOf(record);
    const order = mark === null ? 1 : compare(place, mark.place);
    const replaces = mark !== null && startsSnapshot(record, order, mark, place);
    if (mark !== null && order < 0) {
      mark = { ...mark, seen: 0 };
      continue;
    }
    if (mark !== null && order === 0 && !replaces) {
      const seen = mark.seen + 1;
      const isKnown = seen <= mark.count;
      mark = { ...mark, seen, count: Math.max(seen, mark.count) };
      if (isKnown) continue;
    } else mark = { place, count: 1, seen: 1 };
    if (replaces) steps.push({ kind: 'empty', ordinal, batch, applied: 0 });
    // An excluded record moves the mark too, so that it is known when it is redelivered.
    if (!excluded) addStep(steps, ordinal, batch, record.event);
  }
  return [steps, mark];
}

function addStep(steps: Step[], ordinal: number, batch: number, { operation }: RowEvent): void {
  const previous = steps.at(-1);
  switch (operation) {
    case 'truncate':
      steps.push({ kind: 'empty', ordinal, batch, applied: 1 });
      break;
    case 'update':
    case 'delete':
      steps.push({ kind: 'change', ordinal, batch, inserts: operation === 'update' });
      break;
    default:
      if (previous?.kind === 'insert' && previous.last === ordinal - 1) previous.last = ordinal;
      else steps.push({ kind: 'insert', first: ordinal, last: ordinal });
  }
}
