/** Proves that a slot is told for what it is: how long its source can go on, and what is not known is not invented. */
import { expect, test } from 'vitest';
import type { SlotFacts } from '../adapters/postgres/slot.ts';
import { judgeSlot } from './slot.ts';

const GiB = 2 ** 30;
const facts = (more: Partial<SlotFacts> = {}): SlotFacts => ({
  slot: 's',
  active: true,
  walStatus: 'reserved',
  behindBytes: 2 ** 20,
  retainedBytes: 3 * 2 ** 20,
  safeBytes: null,
  walBytesPerSecond: 2 ** 20,
  diskFreeBytes: 20 * GiB,
  diskUnknown: null,
  ...more,
});
const known = 'slot s: 1.0 MiB behind, keeps 3.0 MiB of WAL';

test.each<[string, Partial<SlotFacts>, number | null, string]>([
  [
    'the disk alone',
    {},
    20_480,
    `${known}, is read, the source writes 1.0 MiB/s, 20 GiB until the disk is full: in 6 h at this rate if nobody reads`,
  ],
  [
    'a limit below the disk',
    { safeBytes: GiB },
    1_024,
    `${known}, is read, the source writes 1.0 MiB/s, 1.0 GiB until max_slot_wal_keep_size is reached and the slot lost: in 17 min at this rate if nobody reads`,
  ],
  [
    'a limit beyond the disk',
    { safeBytes: 30 * GiB },
    20_480,
    `${known}, is read, the source writes 1.0 MiB/s, 20 GiB until the disk is full: in 6 h at this rate if nobody reads`,
  ],
  [
    'no WAL at the moment',
    { walBytesPerSecond: 0 },
    null,
    `${known}, is read, the source writes 0 B/s, 20 GiB until the disk is full`,
  ],
  [
    'a disk that nobody tells of',
    { diskFreeBytes: null, diskUnknown: 'not asked' },
    null,
    `${known}, is read, the source writes 1.0 MiB/s, free disk unknown (not asked)`,
  ],
  [
    'a limit, and a disk that nobody tells of',
    { diskFreeBytes: null, diskUnknown: 'not asked', safeBytes: GiB },
    1_024,
    `${known}, is read, the source writes 1.0 MiB/s, 1.0 GiB until max_slot_wal_keep_size is reached and the slot lost: in 17 min at this rate if nobody reads, free disk unknown (not asked)`,
  ],
  [
    'a limit that is passed',
    { safeBytes: -5 },
    0,
    `${known}, is read, the source writes 1.0 MiB/s, 0 B until max_slot_wal_keep_size is reached and the slot lost: in 0 s at this rate if nobody reads`,
  ],
])('%s', (_, more, secondsToFull, sentence) => {
  expect(judgeSlot(facts(more))).toEqual({ sentence, secondsToFull, remark: null });
});

test('a slot without a reader, one about to be lost and one that is lost say so', () => {
  expect(judgeSlot(facts({ active: false })).remark).toMatch(/nobody reads slot s.*connector status/);
  expect(judgeSlot(facts({ walStatus: 'unreserved' })).remark).toMatch(/will be lost/);
  const lost = judgeSlot(facts({ walStatus: 'lost', retainedBytes: null }));
  expect(lost.broken).toMatch(/slot s is lost.*new snapshot/);
});
