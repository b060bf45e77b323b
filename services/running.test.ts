/** Proves what a use case promises to whoever starts it: events from the first one on, clean stops, and waits that can be cut. */
import { expect, test } from 'vitest';
import { orCut, start } from './running.ts';

const forever = new Promise<never>(() => undefined);

test('a subscriber that comes right after the start gets the first event', async () => {
  const running = start(async ({ logger }) => logger.warn({ at: 1 }, 'said at once'));
  const got: unknown[] = [];
  running.events.subscribe((event) => void got.push(event));
  await running.done;
  expect(got).toEqual([{ type: 'notice', level: 'warn', fields: { at: 1 }, message: 'said at once' }]);
});

test('a stop with a reason cuts a wait for a server, and done rejects with that reason', async () => {
  const running = start(({ stop }) => orCut(stop, forever));
  const reason = new Error('stopped by Ctrl-C');
  running.stop(reason);
  await expect(running.done).rejects.toBe(reason);
});

test('a stop without a reason lets a wait end by itself', async () => {
  let answer: (text: string) => void = () => undefined;
  const running = start(({ stop }) => orCut(stop, new Promise<string>((resolve) => (answer = resolve))));
  running.stop();
  await new Promise((resolve) => setTimeout(resolve, 10));
  answer('an answer');
  expect(await running.done).toBe('an answer');
});

test('work that failed rejects with its own error, whatever stop comes later', async () => {
  const signals: AbortSignal[] = [];
  const running = start(({ stop }) => {
    signals.push(stop);
    return orCut(stop, Promise.reject(new Error('no server')));
  });
  await expect(running.done).rejects.toThrow('no server');
  const late = new Error('too late');
  running.stop(late);
  expect(signals[0]?.reason).toBe(late);
});
