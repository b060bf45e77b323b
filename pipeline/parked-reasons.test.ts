/** Proves that the reasons of parked records are counted, ordered and bounded. */
import { expect, test } from 'vitest';
import { Rejection } from '../schemas/rejection.ts';
import type { Batch } from './batch.ts';
import { describeReasons, ParkedReasons } from './parked-reasons.ts';

const batch = (...rejections: Rejection[]): Batch<unknown> => ({
  claim: { topic: 't', partition: 0, epoch: 1n, index: 0, revoked: false, reached: {} as never },
  from: 0n,
  to: 1n,
  bytes: 0,
  read: rejections.length,
  records: [],
  filtered: [],
  parked: rejections.map((rejection) => ({ record: {} as never, stage: 'decode', rejection })),
  mark: null,
  reached: null,
});

test('reasons are listed with their fields, the most frequent first', () => {
  const reasons = new ParkedReasons();
  reasons.add([batch(new Rejection('missing_field', 'no id', 'id'), new Rejection('invalid_json', 'no JSON'))]);
  reasons.merge([
    ['invalid_timestamp (created_at)', 4],
    ['missing_field (id)', 1],
  ]);
  expect(describeReasons(reasons.counts)).toBe(
    'invalid_timestamp (created_at) ×4, missing_field (id) ×2, invalid_json ×1',
  );
  expect(reasons.total).toBe(7);
});

test('the text names five reasons and counts the others', () => {
  const counts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((reason, index) => [reason, 10 - index] as const);
  expect(describeReasons(counts)).toBe('a ×10, b ×9, c ×8, d ×7, e ×6 and 2 more reasons');
  expect(describeReasons(counts.slice(0, 6))).toMatch(/ and 1 more reason$/);
});

test('at most a hundred reasons are kept, and the records of the others are still counted', () => {
  const reasons = new ParkedReasons();
  for (let n = 0; n < 1_000; n += 1) reasons.add([batch(new Rejection('too_long', 'x', `f${n}`))]);
  expect(reasons.counts).toHaveLength(101);
  expect(reasons.total).toBe(1_000);
});
