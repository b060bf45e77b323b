/** Proves that a caller gets all events of a use case, can stop it cleanly, and can abort its waits. */
import { expect, test } from 'vitest';
import { start, unlessStopped } from './running.ts';

const forever = new Promise<never>(() => undefined);

test('a subscriber that subscribes right after the start gets the first event', async () => {
  const running = start(async ({ logger }) => logger.warn({ at: 1 }, 'said at once'));
  const got: unknown[] = [];
  running.events.subscribe((event) => void got.push(event));
  await running.done;
  expect(got).toEqual([{ type: 'notice', level: 'warn', fields: { at: 1 }, message: 'said at once' }]);
});

test('a stop with a reason aborts a wait for a server, and done rejects with that reason', async () => {
  const running = start(({ stop }) => unlessStopped(stop, forever));
  const reason = new Error('stopped by Ctrl-C');
  running.stop(reason);
  await expect(running.done).rejects.toBe(reason);
});

test('a stop without a reason lets a wait finish', async () => {
  let answer: (text: string) => void = () => undefined;
  const running = start(({ stop }) => unlessStopped(stop, new Promise<string>((resolve) => (answer = resolve))));
  running.stop();
  await new Promise((resolve) => setTimeout(resolve, 10));
  answer('an answer');
  expect(await running.done).toBe('an answer');
});

test('failed work rejects with its own error, even if it is stopped later', async () => {
  const signals: AbortSignal[] = [];
  const running = start(({ stop }) => {
    signals.push(stop);
    return unlessStopped(stop, Promise.reject(new Error('no server')));
  });
  await expect(running.done).rejects.toThrow('no server');
  const late = new Error('too late');
  running.stop(late);
  expect(signals[0]?.reason).toBe(late);
});
