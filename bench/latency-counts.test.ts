import { expect, test } from 'vitest';
import { LatencyCounts } from './latency-counts.ts';

test('the warm-up is measured by the timestamps of the records, not by their commits', () => {
  const counts = new LatencyCounts(1000);
  counts.add(5000, 5900);
  counts.add(5999, 9000);
  counts.add(6000, 6012);
  counts.add(6001, 6013);
  counts.add(6500, 6501);
  expect(counts.entries()).toEqual([
    [1, 1],
    [12, 2],
  ]);
});

test('a negative latency counts as zero, and a very long one as two minutes', () => {
  const counts = new LatencyCounts(0);
  counts.add(5000, 4990);
  counts.add(5000, 5000 + 3_600_000);
  expect(counts.entries()).toEqual([
    [0, 1],
    [120_000, 1],
  ]);
});
