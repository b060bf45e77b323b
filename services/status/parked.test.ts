/** Proves when a pipeline counts as parking most records, and how its dead letters are described. */
import { describe, expect, test } from 'vitest';
import type { DeadLetterSummary, ParkedShare } from '../../engines/bookkeeping.ts';
import { describeDeadLetters, mostlyParked } from './parked.ts';

const share = (recent: number, of: number, more: Partial<ParkedShare> = {}): ParkedShare => ({
  topic: 't',
  partition: 0,
  recent,
  of,
  most: false,
  committedAt: 1,
  ...more,
});

describe('most records count as parked', () => {
  test.each<[string, ParkedShare[], string]>([
    ['if all are', [share(2, 2)], '2 of the last 2 records of t are dead letters'],
    [
      'over the partitions of a topic',
      [share(400, 500), share(200, 500, { partition: 1 })],
      '600 of the last 1000 records of t are dead letters',
    ],
    [
      'in one of many topics',
      [share(0, 1000, { topic: 'a' }), share(3, 4, { topic: 'b' })],
      '3 of the last 4 records of b are dead letters',
    ],
    [
      'in one partition with enough records',
      [share(0, 250), share(126, 250, { partition: 3 }), share(0, 250, { partition: 2 })],
      '126 of the last 250 records of t, partition 3, are dead letters',
    ],
    [
      'of all records ever read, if gaps between offsets hide it among the last ones',
      [share(500, 1000, { most: true })],
      'most of all records of t, partition 0, are dead letters',
    ],
    [
      'in the last file read',
      [share(0, 1000, { topic: 'file:/a', committedAt: 1 }), share(9, 10, { topic: 'file:/b', committedAt: 2 })],
      '9 of the last 10 records of file:/b are dead letters',
    ],
  ])('%s', (_, shares, said) => {
    expect(mostlyParked(shares)).toBe(said);
  });
});

describe('most records do not count as parked', () => {
  test.each<[string, ParkedShare[]]>([
    ['without partitions', []],
    ['if nothing was read', [share(0, 0)]],
    ['at exactly half', [share(500, 1000)]],
    ['in a partition with few records', [share(0, 250), share(1, 1, { partition: 1 })]],
    [
      'in an earlier file, if the last one is good',
      [share(9, 10, { topic: 'stdin:1' }), share(0, 3, { topic: 'stdin:2', committedAt: 2 })],
    ],
  ])('%s', (_, shares) => {
    expect(mostlyParked(shares)).toBeUndefined();
  });
});

const summary = (more: Partial<DeadLetterSummary>): DeadLetterSummary => ({
  records: 0,
  offsets: 0,
  more: false,
  reasons: [],
  ...more,
});
const reason = (code: string, field: string | null, records: number) => ({
  code,
  field,
  records,
  offsets: 2 * records,
  example: '',
});

test.each([
  [summary({}), null],
  [
    summary({ records: 1, offsets: 1, reasons: [reason('invalid_json', null, 1)] }),
    '1 record is parked: invalid_json ×1',
  ],
  [
    summary({ records: 12, offsets: 24, reasons: [reason('missing_field', 'id', 8), reason('invalid_json', null, 4)] }),
    '12 records are parked, at 24 offsets: missing_field (id) ×8, invalid_json ×4',
  ],
  [
    summary({ records: 9, offsets: 9, more: true, reasons: [reason('a', null, 9)] }),
    'at least 9 records are parked: a ×9',
  ],
])('each dead letter is counted once, however often it was parked (case %#)', (given, said) => {
  expect(describeDeadLetters(given)).toBe(said);
});
