/**
 * Lanes: ordered writers side by side. While a lane's transaction runs, arriving batches wait; the next transaction
 * takes all of them: one batch when idle, thousands of rows under load. What waits is bounded, because the credit window is.
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

/** How often a lane writes when little comes. */
export type Pace = {
  /** Milliseconds from the beginning of a write to that of the next one. */
  readonly apart: number;
  /** Records for which it does not wait any longer. */
  readonly enough: number;
};

/**
 * Without it a trickle is written record by record, as fast as PostgreSQL can: 1,000 events/s took 1.4 cores, nearly all
 * of it for the beginning and the end of transactions. What comes after a rest is written at once all the same.
 */
export const trickle: Pace = { apart: 20, enough: 500 };

const unpaced: Pace = { apart: 0, enough: 0 };

/**
 * Gives everything that waits to `write`, one call at a time, in order; at most `mostRecords` at once unless a single
 * batch is larger. An error of `write` ends the stream: whoever can be tried again is to be retried inside of it.
 */
export function coalesceWhileBusy<A, B>(
  mostRecords: number,
  write: (group: readonly Batch<A>[]) => Observable<B>,
  { apart, enough }: Pace = unpaced,
): OperatorFunction<Batch<A>, B> {
  return (source) =>
    new Observable<B>((subscriber) => {
      let waiting: Batch<A>[] = [];
      let recordsWaiting = 0;
      let busy = false;
      let completed = false;
      let begun = Number.NEGATIVE_INFINITY;
      let pause: NodeJS.Timeout | undefined;
      subscriber.add(() => clearTimeout(pause));

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
        recordsWaiting -= records;
        return group;
      };
      /** Milliseconds that are left of the pause. */
      const tooEarly = (): number =>
        completed || recordsWaiting >= Math.min(enough, mostRecords) ? 0 : Math.ceil(begun + apart - performance.now());
      const next = (): void => {
        clearTimeout(pause);
        pause = undefined;
        if (subscriber.closed) return;
        if (waiting.length === 0) {
          busy = false;
          if (completed) subscriber.complete();
          return;
        }
        busy = true;
        const early = tooEarly();
        if (early > 0) {
          pause = setTimeout(next, early);
          return;
        }
        begun = performance.now();
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
            recordsWaiting += batch.records.length;
            if (pause !== undefined && tooEarly() <= 0) next();
            if (busy) return;
            busy = true;
            // Batches that arrive in the same turn of the event loop share the first transaction.
            queueMicrotask(next);
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            completed = true;
            if (pause !== undefined) next();
            else if (!busy) subscriber.complete();
          },
        }),
      );
    });
}
