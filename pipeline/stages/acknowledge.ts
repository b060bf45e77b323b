/**
 * acknowledge: reports the fate of each batch to the source. Every batch returns its credit. A durable batch also advances the
 * position, and a fenced one revokes its claim. The position never advances before the records are durable.
 */
import { map, type OperatorFunction } from 'rxjs';
import type { Batch, RecordCounts } from '../batch.ts';
import type { Source } from '../ports.ts';
import type { GroupResult } from './write.ts';

/** One committed transaction. */
export type Committed = {
  /** The record counts of the transaction. */
  readonly counts: RecordCounts;
  /** Its batches, and the durable first parts of postponed batches. */
  readonly batches: readonly Batch<unknown>[];
};

/** Returns an operator that reports the fate of every batch to the source exactly once. */
export function acknowledge(source: Source): OperatorFunction<GroupResult<unknown>, Committed> {
  return map(({ committed, begun, fenced, postponed, held, dropped, counts }) => {
    for (const batch of committed) source.release(batch, 'durable');
    for (const batch of fenced) {
      source.onFenced(batch.claim);
      source.release(batch, 'dropped');
    }
    for (const batch of postponed) {
      source.postpone(batch.claim, held.has(batch.claim));
      source.release(batch, 'dropped');
    }
    for (const batch of dropped) source.release(batch, 'dropped');
    return { counts, batches: [...committed, ...begun] };
  });
}
