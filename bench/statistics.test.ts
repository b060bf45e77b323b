import { expect, test } from 'vitest';
import { median, mergeCounts, percentile, ratios, spread } from './statistics.ts';

test('the median of an even number of values is the upper of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(3);
  expect(median([10, 9, 100])).toBe(10);
  expect(median([])).toBeNaN();
});

test('a percentile is the smallest value that at least this share of the values does not exceed, whatever their order', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => [100 - i, 1] as const);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 0.991)).toBe(100);
  expect(percentile(hundred, 1)).toBe(100);
  expect(percentile([], 0.5)).toBeNaN();
});

test('a value counts as often as it occurs, and never if it does not occur', () => {
  const counted = [
    [7, 0],
    [5, 998],
    [250, 2],
  ] as const;
  expect(percentile(counted, 0.99)).toBe(5);
  expect(percentile(counted, 0.999)).toBe(250);
  expect(percentile([[1, 0], ...counted], 0)).toBe(5);
});

test('counts of several processes are added up', () => {
  const merged = mergeCounts([
    [[1, 2]],
    [],
    [
      [1, 3],
      [4, 1],
    ],
  ]);
  expect(new Map(merged)).toEqual(
    new Map([
      [1, 5],
      [4, 1],
    ]),
  );
});

test('ratios are computed round by round, so that a slow phase of the machine is in both', () => {
  expect(ratios([50, 30], [100, 60])).toEqual([0.5, 0.5]);
  expect(() => ratios([1, 2], [1])).toThrow('2 rounds beside 1');
});

test('a spread shows the median, the minimum and the maximum; a single round shows only its value', () => {
  expect(spread([40_000, 45_200, 38_000])).toBe('40.0k [38.0k to 45.2k]');
  expect(spread([0.5], (value) => value.toFixed(2))).toBe('0.50');
});
