/** Counts the reasons of parked records, so that a run can report them in one line. */

import type { Rejection } from '../schemas/rejection.ts';
import type { Batch } from './batch.ts';

/** Most distinct reasons. Field names come from events, so their number needs a bound. */
const maxReasons = 100;

/** The name under which all other reasons are counted. */
const otherReasons = 'other reasons';

/** A reason and its number of records. Plain data: it can be sent to another process. */
export type ReasonCount = readonly [reason: string, count: number];

/** Returns a reason such as `missing_field (id)`: the code, and the field if there is one. */
export const reasonOf = ({ code, field }: Pick<Rejection, 'code' | 'field'>): string =>
  field === undefined ? code : `${code} (${field})`;

/** Returns a text such as `invalid_timestamp ×4, missing_field (id) ×2 and 3 more reasons`, the most frequent first. */
export function describeReasons(counts: readonly ReasonCount[], most = 5): string {
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const shown = sorted.slice(0, most).map(([reason, count]) => `${reason} ×${count}`);
  const left = sorted.length - shown.length;
  return `${shown.join(', ')}${left === 0 ? '' : ` and ${left} more ${left === 1 ? 'reason' : 'reasons'}`}`;
}

/** The reasons of all records parked so far. */
export class ParkedReasons {
  readonly #counts = new Map<string, number>();

  /** Adds the parked records of durable batches. */
  add(batches: readonly Batch<unknown>[]): void {
    for (const { parked } of batches) for (const { rejection } of parked) this.#count(reasonOf(rejection), 1);
  }

  /** Adds the counts of another process. */
  merge(counts: readonly ReasonCount[]): void {
    for (const [reason, count] of counts) this.#count(reason, count);
  }

  get counts(): readonly ReasonCount[] {
    return [...this.#counts];
  }

  /** Number of parked records, over all reasons. */
  get total(): number {
    return this.counts.reduce((sum, [, count]) => sum + count, 0);
  }

  #count(reason: string, count: number): void {
    const isListed = this.#counts.has(reason) || this.#counts.size < maxReasons;
    const key = isListed ? reason : otherReasons;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }
}
