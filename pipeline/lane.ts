/**
 * Lanes: ordered writers side by side. While a lane's transaction runs, arriving batches wait; the next transaction
 * takes all of them. That is group commit without timers: one batch when idle, thousands of rows under load.
 * What waits is bounded, because the credit window is.
 */
import { groupBy, mergeMap, Observable, type OperatorFunction } from 'rxjs';
import type { Batch } from './batch.ts';

/** Spreads batches over `count` lanes by claim, so that a partition always has the same writer. */
export function inLanes<A, B>(
  count: number,
  write: (lane: number) => OperatorFunction<Batch<A>, B>,
): OperatorFunction<Batch<A>, B> {
  return (source) =>
    source.pipe(
      groupBy((batch) => batch.claim.index % count),
      mergeMap((lane) => lane.pipe(write(lane.key))),
    );
}

/**
 * Gives everything that waits to `write`, one call at a time, in order; at most `mostRecords` at once unless a single
 * batch is larger. An error of `write` ends the stream: whoever can be tried again is to be retried inside of it.
 */
export function coalesceWhileBusy<A, B>(
  mostRecords: number,
  write: (group: readonly Batch<A>[]) => Observable<B>,
): OperatorFunction<Batch<A>, B> {
  return (source) =>
    new Observable<B>((subscriber) => {
      let waiting: Batch<A>[] = [];
      let busy = false;
      let completed = false;

      const takeGroup = (): readonly Batch<A>[] => {
        let count = 0;
        let records = 0;
        for (const batch of waiting) {
          if (count > 0 && records + batch.records.length > mostRecords) break;
          count += 1;
          records += batch.records.length;
        }
        const group = waiting.slice(0, count);
        waiting = waiting.slice(count);
        return group;
      };
      const next = (): void => {
        if (subscriber.closed) return;
        if (waiting.length === 0) {
          busy = false;
          if (completed) subscriber.complete();
          return;
        }
        busy = true;
        subscriber.add(
          write(takeGroup()).subscribe({
            next: (result) => subscriber.next(result),
            error: (error) => subscriber.error(error),
            complete: () => queueMicrotask(next),
          }),
        );
      };
      subscriber.add(
        source.subscribe({
          next: (batch) => {
            waiting.push(batch);
            if (busy) return;
            busy = true;
            // Batches that arrive in the same turn of the event loop share the first transaction.
            queueMicrotask(next);
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            completed = true;
            if (!busy) subscriber.complete();
          },
        }),
      );
    });
}
