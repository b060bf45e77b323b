/** Counts why records were parked, so that a run can say it in one line. */

import type { Rejection } from '../schemas/rejection.ts';
import type { Batch } from './batch.ts';

/** Reasons told apart; fields come from events, so their number needs a bound. */
const mostReasons = 100;

/** What all further reasons count as. */
const other = 'other reasons';

/** A reason and how often it was given. Can be sent to another process. */
export type ReasonCount = readonly [reason: string, count: number];

/** `missing_field (id)`: the code, with the field at fault where there is one. */
export const reasonOf = ({ code, field }: Pick<Rejection, 'code' | 'field'>): string =>
  field === undefined ? code : `${code} (${field})`;

/** `invalid_timestamp ×4, missing_field (id) ×2 and 3 more reasons`: the most frequent first. */
export function describeReasons(counts: readonly ReasonCount[], most = 5): string {
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const shown = sorted.slice(0, most).map(([reason, count]) => `${reason} ×${count}`);
  const left = sorted.length - shown.length;
  return `${shown.join(', ')}${left === 0 ? '' : ` and ${left} more ${left === 1 ? 'reason' : 'reasons'}`}`;
}

/** The reasons of everything parked so far. */
export class ParkedReasons {
  readonly #counts = new Map<string, number>();

  /** The parked records of durable batches. */
  add(batches: readonly Batch<unknown>[]): void {
    for (const { parked } of batches) for (const { rejection } of parked) this.#count(reasonOf(rejection), 1);
  }

  /** What another process has counted. */
  merge(counts: readonly ReasonCount[]): void {
    for (const [reason, count] of counts) this.#count(reason, count);
  }

  get counts(): readonly ReasonCount[] {
    return [...this.#counts];
  }

  /** Parked records of all reasons. */
  get total(): number {
    return this.counts.reduce((sum, [, count]) => sum + count, 0);
  }

  #count(reason: string, count: number): void {
    const known = this.#counts.has(reason) || this.#counts.size < mostReasons;
    const key = known ? reason : other;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }
}
