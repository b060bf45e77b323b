/** Proves that the periodic line has rates since the last line and totals since the start. */
import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

const committed = (read: number) => ({
  counts: { read, applied: read, superseded: 0, filtered: 0, parked: 0 },
  batches: [],
});

test('a line has the rate since the last line, the totals since the start, and the transaction sizes', () => {
  let now = 1_000;
  const progress = new Progress({ now: () => now });
  expect(progress.line()).toBeUndefined();
  for (const read of [10, 30]) progress.add(committed(read));
  now += 2_000;
  expect(progress.line()).toEqual({
    perSecond: 20,
    ...committed(40).counts,
    transactions: 2,
    meanRecords: 20,
    mostRecords: 30,
  });
  expect(progress.line()).toBeUndefined();
  now += 8_000;
  progress.add(committed(8));
  expect(progress.line()).toEqual({
    perSecond: 1,
    ...committed(48).counts,
    transactions: 1,
    meanRecords: 8,
    mostRecords: 8,
  });
  expect(progress.counts).toEqual(committed(48).counts);
});

test('a line in the same millisecond as the last one does not divide by zero', () => {
  const progress = new Progress({ now: () => 5 });
  progress.add(committed(3));
  expect(progress.line()).toMatchObject({ perSecond: 3 });
});

test('a line names irregularities only if there are any', () => {
  const progress = new Progress({ now: () => 5 });
  progress.noticed.unknownFields.note('nickname', 2);
  progress.add(committed(1));
  const line = progress.line();
  expect(line).toMatchObject({ unknownFields: 2, unknownNames: { nickname: 2 } });
  expect(line).not.toHaveProperty('truncated');
});
