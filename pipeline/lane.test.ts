/** Proves that a lane writes in order, one transaction at a time, and takes all waiting batches into the next. */
import fc from 'fast-check';
import { from, lastValueFrom, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { batch, claimOf } from '../test/batches.ts';
import type { Batch } from './batch.ts';
import { coalesceWhileBusy, inLanes } from './lane.ts';

type Numbers = Batch<number>;

/** Writes that the test ends. */
function writer() {
  const groups: { numbers: number[]; sizes: number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  let open = 0;
  const write = (group: readonly Numbers[]): Observable<number> =>
    new Observable((subscriber) => {
      open += 1;
      expect(open).toBe(1);
      groups.push({
        numbers: group.flatMap(({ records }) => records),
        sizes: group.map(({ records }) => records.length),
        finish: () => {
          subscriber.next(group.length);
          subscriber.complete();
        },
        fail: (error) => subscriber.error(error),
      });
      return () => {
        open -= 1;
      };
    });
  return { write, groups };
}

const turn = async (): Promise<void> => {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
};

const claim = claimOf();
const numbers = (first: number, count: number): Numbers =>
  batch(
    claim,
    first,
    Array.from({ length: count }, (_, i) => first + i),
  );

describe('a lane', () => {
  test('writes a batch at once when idle, and all waiting batches together when busy', async () => {
    const { write, groups } = writer();
    const source = new Subject<Numbers>();
    const results: number[] = [];
    source.pipe(coalesceWhileBusy(1000, write)).subscribe((result) => results.push(result));
    source.next(numbers(0, 1));
    await turn();
    expect(groups.map(({ numbers: all }) => all)).toEqual([[0]]);
    for (let i = 1; i <= 20; i += 1) source.next(numbers(i, 1));
    await turn();
    expect(groups).toHaveLength(1);
    groups[0]?.finish();
    await turn();
    expect(groups[1]?.numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    groups[1]?.finish();
    await turn();
    expect(results).toEqual([1, 20]);
    source.next(numbers(21, 1));
    await turn();
    expect(groups[2]?.numbers).toEqual([21]);
  });

  test('batches of one turn of the event loop share the first transaction', async () => {
    const { write, groups } = writer();
    const source = new Subject<Numbers>();
    source.pipe(coalesceWhileBusy(1000, write)).subscribe();
    source.next(numbers(0, 1));
    source.next(numbers(1, 1));
    await turn();
    expect(groups.map(({ numbers: all }) => all)).toEqual([[0, 1]]);
  });

  describe('at a pace', () => {
    const pace = { intervalMs: 20, enoughRecords: 5 };

    /** Returns a lane that has just started and ended its first write. */
    async function begun() {
      const { write, groups } = writer();
      const source = new Subject<Numbers>();
      let completed = false;
      const subscription = source
        .pipe(coalesceWhileBusy(1000, write, pace))
        .subscribe({ complete: () => (completed = true) });
      source.next(numbers(0, 1));
      await turn();
      expect(groups).toHaveLength(1);
      groups[0]?.finish();
      await turn();
      return { source, groups, subscription, completed: () => completed };
    }

    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
    afterEach(() => void vi.useRealTimers());

    test('waits for more records until its interval since the start of the last write has passed', async () => {
      const { source, groups } = await begun();
      vi.advanceTimersByTime(5);
      source.next(numbers(1, 1));
      await turn();
      vi.advanceTimersByTime(10);
      source.next(numbers(2, 1));
      await turn();
      vi.advanceTimersByTime(4);
      expect(groups).toHaveLength(1);
      vi.advanceTimersByTime(1);
      await turn();
      expect(groups[1]?.numbers).toEqual([1, 2]);
    });

    test('writes at once when enough records wait', async () => {
      const { source, groups } = await begun();
      source.next(numbers(1, 4));
      await turn();
      expect(groups).toHaveLength(1);
      source.next(numbers(5, 1));
      await turn();
      expect(groups[1]?.numbers).toEqual([1, 2, 3, 4, 5]);
      vi.advanceTimersByTime(100);
      await turn();
      expect(groups).toHaveLength(2);
    });

    test('writes at once when a full write of records waits', async () => {
      const { write, groups } = writer();
      const source = new Subject<Numbers>();
      source.pipe(coalesceWhileBusy(2, write, pace)).subscribe();
      for (let i = 0; i < 6; i += 1) source.next(numbers(i, 1));
      for (const written of [1, 2, 3]) {
        await turn();
        expect(groups).toHaveLength(written);
        groups[written - 1]?.finish();
      }
      expect(groups.map(({ sizes }) => sizes)).toEqual([
        [1, 1],
        [1, 1],
        [1, 1],
      ]);
    });

    test('ends with the error of the source and writes nothing more', async () => {
      const { write, groups } = writer();
      const source = new Subject<Numbers>();
      const errors: unknown[] = [];
      source.pipe(coalesceWhileBusy(1000, write, pace)).subscribe({ error: (error) => errors.push(error) });
      source.next(numbers(0, 1));
      await turn();
      groups[0]?.finish();
      await turn();
      source.next(numbers(1, 1));
      await turn();
      source.error(new Error('lost'));
      vi.advanceTimersByTime(100);
      await turn();
      expect(errors).toEqual([new Error('lost')]);
      expect(groups).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    });

    test('writes a batch at once after a pause', async () => {
      const { source, groups } = await begun();
      vi.advanceTimersByTime(20);
      source.next(numbers(1, 1));
      await turn();
      expect(groups).toHaveLength(2);
    });

    test('writes waiting batches at once when the source ends', async () => {
      const { source, groups, completed } = await begun();
      source.next(numbers(1, 1));
      await turn();
      source.complete();
      await turn();
      expect(groups[1]?.numbers).toEqual([1]);
      expect(completed()).toBe(false);
      groups[1]?.finish();
      await turn();
      expect(completed()).toBe(true);
    });

    test('writes nothing more after it is unsubscribed', async () => {
      const { source, groups, subscription } = await begun();
      source.next(numbers(1, 1));
      await turn();
      subscription.unsubscribe();
      vi.advanceTimersByTime(100);
      await turn();
      expect(groups).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  test.each([
    {
      most: 10,
      sizes: [4, 4, 4, 4],
      groups: [
        [4, 4],
        [4, 4],
      ],
    },
    { most: 10, sizes: [10, 1], groups: [[10], [1]] },
    { most: 10, sizes: [25, 3, 3, 3, 3], groups: [[25], [3, 3, 3], [3]] },
    { most: 1, sizes: [0, 0, 1, 0, 1], groups: [[0, 0, 1, 0], [1]] },
    { most: 5, sizes: [0, 0, 0], groups: [[0, 0, 0]] },
  ])('takes at most $most records at once of batches of $sizes', async ({ most, sizes, groups: expected }) => {
    const taken: number[][] = [];
    const write = (group: readonly Numbers[]) => {
      taken.push(group.map(({ records }) => records.length));
      return of(1);
    };
    await lastValueFrom(from(sizes.map((size) => numbers(0, size))).pipe(coalesceWhileBusy(most, write)));
    expect(taken).toEqual(expected);
  });

  test('completes when the last write has ended, and at once without a batch', async () => {
    const { write, groups } = writer();
    const source = new Subject<Numbers>();
    let completed = false;
    source.pipe(coalesceWhileBusy(10, write)).subscribe({ complete: () => (completed = true) });
    source.next(numbers(0, 1));
    source.next(numbers(1, 10));
    source.complete();
    for (const index of [0, 1]) {
      await turn();
      expect(completed).toBe(false);
      groups[index]?.finish();
    }
    await turn();
    expect(completed).toBe(true);
    expect(await lastValueFrom(from<Numbers[]>([]).pipe(coalesceWhileBusy(10, write), toArray()))).toEqual([]);
  });

  test('ends with the error of a write, and writes no waiting batch', async () => {
    const { write, groups } = writer();
    const source = new Subject<Numbers>();
    const errors: unknown[] = [];
    source.pipe(coalesceWhileBusy(1, write)).subscribe({ error: (error) => errors.push(error) });
    source.next(numbers(0, 1));
    await turn();
    source.next(numbers(1, 1));
    groups[0]?.fail(new Error('full stop'));
    await turn();
    expect(errors).toEqual([new Error('full stop')]);
    expect(groups).toHaveLength(1);
    expect(source.observed).toBe(false);
  });

  test('passes an error of the source on', async () => {
    const failing = throwError(() => new Error('lost')).pipe(coalesceWhileBusy(10, writer().write));
    await expect(lastValueFrom(failing)).rejects.toThrow('lost');
  });

  test('writes nothing more and unsubscribes from the source when it is unsubscribed during a write', async () => {
    const { write, groups } = writer();
    const source = new Subject<Numbers>();
    const subscription = source.pipe(coalesceWhileBusy(1, write)).subscribe();
    source.next(numbers(0, 1));
    source.next(numbers(1, 1));
    await turn();
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    groups[0]?.finish();
    await turn();
    expect(groups).toHaveLength(1);
  });
});

describe('lanes', () => {
  test('keep the order of each claim and never write two groups of one lane at once, with any timing', async () => {
    const arrivals = fc.array(fc.record({ partition: fc.nat(5), size: fc.nat(4) }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat(3)),
        async (batches, lanes, most, waits) => {
          const claims = Array.from({ length: 6 }, (_, partition) => claimOf(partition));
          const source = new Subject<Numbers>();
          const busy = new Set<number>();
          const written: Numbers[] = [];
          const done = lastValueFrom(
            source.pipe(
              inLanes(lanes, (lane) =>
                coalesceWhileBusy(most, (group) =>
                  from(
                    (async () => {
                      expect(busy.has(lane)).toBe(false);
                      busy.add(lane);
                      const wait: number = waits.next().value;
                      for (let i = 0; i < wait; i += 1) await Promise.resolve();
                      const records = group.reduce((sum, one) => sum + one.records.length, 0);
                      expect(group.length === 1 || records <= most).toBe(true);
                      expect(group.every((one) => one.claim.index % lanes === lane)).toBe(true);
                      written.push(...group);
                      busy.delete(lane);
                      return group.length;
                    })(),
                  ),
                ),
              ),
              toArray(),
            ),
          );
          const given: Numbers[] = [];
          for (const [i, { partition, size }] of batches.entries()) {
            const one = batch(
              claims[partition] ?? claim,
              i,
              Array.from({ length: size }, () => i),
            );
            given.push(one);
            source.next(one);
            const wait: number = waits.next().value;
            for (let turns = 0; turns < wait; turns += 1) await Promise.resolve();
          }
          source.complete();
          await done;
          expect(written).toHaveLength(given.length);
          for (const { partition } of claims) {
            const of = (all: Numbers[]) => all.filter((one) => one.claim.partition === partition);
            expect(of(written)).toEqual(of(given));
          }
        },
      ),
    );
  });

  test('are not delayed by a slow lane', async () => {
    const { write, groups } = writer();
    const source = new Subject<Numbers>();
    const results: string[] = [];
    source
      .pipe(inLanes(2, (lane) => (lane === 0 ? coalesceWhileBusy(9, write) : coalesceWhileBusy(9, () => of(1)))))
      .subscribe(() => results.push('written'));
    source.next(batch(claimOf(0), 0, [1]));
    source.next(batch(claimOf(1), 0, [1]));
    await turn();
    expect(groups).toHaveLength(1);
    expect(results).toEqual(['written']);
  });
});
