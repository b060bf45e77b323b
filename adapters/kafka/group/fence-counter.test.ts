/** Proves that fences in a row are counted for each partition, and that the count starts again after a quiet minute. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FenceCounter } from './fence-counter.ts';

const first = { topic: 't', partition: 0 };
const second = { topic: 't', partition: 1 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('fences of a partition are counted apart from those of others', () => {
  const fences = new FenceCounter();
  expect([fences.count(first), fences.count(first), fences.count(second), fences.count(first)]).toEqual([1, 2, 1, 3]);
});

test('the count starts again when a partition was not fenced for a minute', () => {
  const fences = new FenceCounter();
  fences.count(first);
  vi.advanceTimersByTime(59_000);
  expect(fences.count(first)).toBe(2);
  vi.advanceTimersByTime(60_000);
  expect(fences.count(first)).toBe(1);
});

test('partitions that are no longer owned are forgotten', () => {
  const fences = new FenceCounter();
  fences.count(first);
  fences.count(second);
  fences.keepOnly([second]);
  expect([fences.count(first), fences.count(second)]).toEqual([1, 2]);
});
