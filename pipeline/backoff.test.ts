/** Proves that delays double, stay within ten seconds, and have jitter. */
import { expect, test } from 'vitest';
import { backoff } from './backoff.ts';

test.each([
  [1, 50, 100],
  [2, 100, 200],
  [3, 200, 400],
  [7, 3_200, 6_400],
  [8, 5_000, 10_000],
  [1_000, 5_000, 10_000],
  [Number.MAX_SAFE_INTEGER, 5_000, 10_000],
])('attempt %i is followed by a delay of %i to %i ms', (attempt, least, most) => {
  expect(backoff(attempt, () => 0)).toBe(least);
  expect(backoff(attempt, () => 1)).toBe(most);
  expect(backoff(attempt)).toBeGreaterThanOrEqual(least);
  expect(backoff(attempt)).toBeLessThanOrEqual(most);
});
