/** Proves that a wait is reported after one second and then every ten, with its reason, until it ends. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sayWaiting, Waiting } from './waiting.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a wait is reported after one second with the last reason, and then every ten seconds', () => {
  const lines: string[] = [];
  const waiting = new Waiting('Kafka at k:9092', 30_000, (line) => lines.push(line));
  waiting.failed(new Error('connect ECONNREFUSED 127.0.0.1:9092'));
  vi.advanceTimersByTime(999);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(1);
  waiting.failed(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  vi.advanceTimersByTime(10_000);
  waiting.failed(new Error('timeout expired'));
  vi.advanceTimersByTime(10_000);
  waiting.end();
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([
    'waiting for Kafka at k:9092 (connection refused), up to 30 s',
    'waiting for Kafka at k:9092 (unknown host name), up to 30 s',
    'waiting for Kafka at k:9092 (no answer), up to 30 s',
  ]);
});

test('a wait is not reported if the work ends sooner, with or without an error', async () => {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  expect(await sayWaiting('x', 3_000, say, async () => 1)).toBe(1);
  await expect(sayWaiting('x', 3_000, say, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);
});
