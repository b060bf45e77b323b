/** Proves that held credit never exceeds the window, and that credit is granted in order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Window } from './window.ts';

const never = new AbortController().signal;

/** Returns whether a promise has already resolved. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  return done;
}

describe('the credit window', () => {
  test('admits up to its size, and more only after a release', async () => {
    const window = new Window(100);
    expect(window.tryReserve(60)).toBe(true);
    expect(window.tryReserve(40)).toBe(true);
    expect(window.tryReserve(1)).toBe(false);
    const waiting = window.reserve(50, never);
    expect(await settled(waiting)).toBe(false);
    window.release(40);
    expect(await settled(waiting)).toBe(false);
    window.release(60);
    expect(await waiting).toBe(true);
    expect(window.held).toBe(50);
  });

  test('admits a batch that is larger than the window only while no other credit is held', async () => {
    const window = new Window(10);
    expect(window.tryReserve(1000)).toBe(true);
    const next = window.reserve(1, never);
    expect(await settled(next)).toBe(false);
    window.release(1000);
    expect(await next).toBe(true);
    expect(window.tryReserve(1000)).toBe(false);
  });

  test('serves requests in order, even if a later one would fit', async () => {
    const window = new Window(10);
    window.tryReserve(8);
    const order: string[] = [];
    const large = window.reserve(9, never).then(() => order.push('large'));
    const small = window.reserve(1, never).then(() => order.push('small'));
    expect(window.tryReserve(1)).toBe(false);
    window.release(8);
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
  });

  test('drops an aborted request, and admits the requests after it', async () => {
    const window = new Window(10);
    window.tryReserve(8);
    const giveUp = new AbortController();
    const large = window.reserve(9, giveUp.signal);
    const small = window.reserve(2, never);
    giveUp.abort();
    expect(await large).toBe(false);
    expect(await small).toBe(true);
    expect(window.held).toBe(10);
    expect(await window.reserve(1, giveUp.signal)).toBe(false);
    expect(window.held).toBe(10);
  });

  test('ignores an abort after the credit was granted', async () => {
    const window = new Window(10);
    window.tryReserve(10);
    const controller = new AbortController();
    const waiting = window.reserve(5, controller.signal);
    window.release(10);
    controller.abort();
    expect(await waiting).toBe(true);
    expect(window.held).toBe(5);
  });

  test.each([0, -1, Number.NaN])('cannot have a size of %s bytes', (size) => {
    expect(() => new Window(size)).toThrow(RangeError);
  });

  test('throws when more credit is released than was granted', () => {
    const window = new Window(10);
    window.tryReserve(3);
    expect(() => window.release(4)).toThrow(RangeError);
    expect(window.held).toBe(3);
  });

  test('keeps its limit, the order of requests and the sum of bytes for any sequence of requests, releases and aborts', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), bytes: fc.integer({ min: 0, max: 150 }) }),
      fc.record({ kind: fc.constant('try' as const), bytes: fc.integer({ min: 0, max: 150 }) }),
      fc.record({ kind: fc.constant('release' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('abort' as const), which: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const size = 100;
        const window = new Window(size);
        const held: number[] = [];
        const waiting: { number: number; bytes: number; controller: AbortController }[] = [];
        let admitted = -1;
        let count = 0;
        for (const one of steps) {
          if (one.kind === 'take') {
            const entry = { number: count, bytes: one.bytes, controller: new AbortController() };
            count += 1;
            waiting.push(entry);
            void window.reserve(one.bytes, entry.controller.signal).then((given) => {
              waiting.splice(waiting.indexOf(entry), 1);
              if (!given) return;
              expect(entry.number).toBeGreaterThan(admitted);
              admitted = entry.number;
              held.push(entry.bytes);
            });
          } else if (one.kind === 'try') {
            if (window.tryReserve(one.bytes)) held.push(one.bytes);
          } else if (one.kind === 'release') {
            const [bytes] = held.splice(one.which % Math.max(1, held.length), 1);
            if (bytes !== undefined) window.release(bytes);
          } else waiting[one.which % Math.max(1, waiting.length)]?.controller.abort();
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
          const sum = held.reduce((a, b) => a + b, 0);
          expect(window.held).toBe(sum);
          expect(sum <= size || held.filter((bytes) => bytes > 0).length === 1).toBe(true);
          const [first] = waiting;
          // No request waits if there is room for it.
          if (first) expect(sum > 0 && sum + first.bytes > size).toBe(true);
        }
      }),
    );
  });
});
