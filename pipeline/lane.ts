/**
 * Lanes: parallel ordered writers. Batches that arrive during a lane's transaction are queued, and the next transaction writes
 * all of them: one batch at a low rate, thousands of rows under load. The credit window bounds the queue.
 */
import { groupBy, mergeMap, Observable, type OperatorFunction } from 'rxjs';
import type { Batch } from './batch.ts';

/** Returns an operator that spreads batches over `count` lanes by claim, so that a partition always has the same lane. */
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

/** How often a lane writes at a low rate. */
export type Pace = {
  /** Shortest time between the starts of two writes. */
  readonly intervalMs: number;
  /** The next write starts at once when this many records are queued. */
  readonly enoughRecords: number;
};

/**
 * Pace for low rates. Without it each record gets its own transaction: 1,000 events/s took 1.4 cores, almost entirely to begin
 * and commit transactions. A record that arrives after an idle interval is still written at once.
 */
export const trickle: Pace = { intervalMs: 20, enoughRecords: 500 };

const unpaced: Pace = { intervalMs: 0, enoughRecords: 0 };

/**
 * Returns an operator that queues batches while a write is in flight, and passes them to `write` in order: at most
 * `maxRecords` per call, unless a single batch is larger. An error ends the stream, so retry inside `write`.
 */
export function coalesceWhileBusy<A, B>(
  maxRecords: number,
  write: (group: readonly Batch<A>[]) => Observable<B>,
  { intervalMs, enoughRecords }: Pace = unpaced,
): OperatorFunction<Batch<A>, B> {
  return (source) =>
    new Observable<B>((subscriber) => {
      let waiting: Batch<A>[] = [];
      let recordsWaiting = 0;
      let isBusy = false;
      let isCompleted = false;
      let startedAt = Number.NEGATIVE_INFINITY;
      let pause: NodeJS.Timeout | undefined;
      subscriber.add(() => clearTimeout(pause));

      const takeGroup = (): readonly Batch<A>[] => {
        let count = 0;
        let records = 0;
        for (const batch of waiting) {
          if (count > 0 && records + batch.records.length > maxRecords) break;
          count += 1;
          records += batch.records.length;
        }
        const group = waiting.slice(0, count);
        waiting = waiting.slice(count);
        recordsWaiting -= records;
        return group;
      };
      /** Returns the rest of the pause in ms. */
      const pauseLeftMs = (): number =>
        isCompleted || recordsWaiting >= Math.min(enoughRecords, maxRecords)
          ? 0
          : Math.ceil(startedAt + intervalMs - performance.now());
      const next = (): void => {
        clearTimeout(pause);
        pause = undefined;
        if (subscriber.closed) return;
        if (waiting.length === 0) {
          isBusy = false;
          if (isCompleted) subscriber.complete();
          return;
        }
        isBusy = true;
        const leftMs = pauseLeftMs();
        if (leftMs > 0) {
          pause = setTimeout(next, leftMs);
          return;
        }
        startedAt = performance.now();
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
            if (pause !== undefined && pauseLeftMs() <= 0) next();
            if (isBusy) return;
            isBusy = true;
            // Batches that arrive in the same turn of the event loop share the first transaction.
            queueMicrotask(next);
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            isCompleted = true;
            if (pause !== undefined) next();
            else if (!isBusy) subscriber.complete();
          },
        }),
      );
    });
}
