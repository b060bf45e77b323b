/**
 * acknowledge: a durable batch returns its credit and moves the source's position; the partition of a fenced batch is
 * given up. Progress follows durability, never the other way round.
 */
import { map, type OperatorFunction } from 'rxjs';
import type { Batch, RecordCounts } from '../batch.ts';
import type { Source } from '../ports.ts';
import type { GroupResult } from './write.ts';

/** One transaction, as the outside sees it. */
export type Committed = {
  /** What became of its records. */
  readonly counts: RecordCounts;
  /** The batches that are durable by it, and durable first parts of postponed ones. */
  readonly batches: readonly Batch<unknown>[];
};

/** Tells the source the fate of every batch, once each. */
export function acknowledge(source: Source): OperatorFunction<GroupResult<unknown>, Committed> {
  return map(({ committed, begun, fenced, postponed, held, dropped, counts }) => {
    for (const batch of committed) source.release(batch, 'durable');
    for (const batch of fenced) {
      source.lose(batch.claim);
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
