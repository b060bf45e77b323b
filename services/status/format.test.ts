/** Proves the units and the rounding of durations and sizes. */
import { expect, test } from 'vitest';
import { formatBytes, formatSeconds } from './format.ts';

test.each([
  [0, '0 s'],
  [1.4, '1 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7_199, '120 min'],
  [7_200, '2 h'],
  [172_799, '48 h'],
  [172_800, '2 days'],
])('%d seconds are formatted as %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [20 * 2 ** 30, '20 GiB'],
  [3 * 2 ** 60, '3072 PiB'],
])('%d bytes are formatted as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
