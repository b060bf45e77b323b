/** Proves that the verdict says how long the source can keep WAL for a slot, and names what is unknown. */
import { expect, test } from 'vitest';
import type { SlotFacts } from '../../engines/postgres/capture/slot.ts';
import { judgeSlot } from './slot-health.ts';

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
const known = 'slot s: active, 1.0 MiB behind, 3.0 MiB of WAL retained';

test.each<[string, Partial<SlotFacts>, number | null, string]>([
  ['the disk alone', {}, 20_480, `${known}; 20 GiB free on the disk, full in 6 h at 1.0 MiB/s if nobody reads`],
  [
    'a limit below the disk',
    { safeBytes: GiB },
    1_024,
    `${known}; 1.0 GiB until max_slot_wal_keep_size, where the slot is lost, full in 17 min at 1.0 MiB/s if nobody reads`,
  ],
  [
    'a limit beyond the disk',
    { safeBytes: 30 * GiB },
    20_480,
    `${known}; 20 GiB free on the disk, full in 6 h at 1.0 MiB/s if nobody reads`,
  ],
  ['no WAL at the moment', { walBytesPerSecond: 0 }, null, `${known}; 20 GiB free on the disk`],
  ['less than a GiB of WAL a day', { walBytesPerSecond: 12_000 }, null, `${known}; 20 GiB free on the disk`],
  [
    'an unknown disk',
    { diskFreeBytes: null, diskUnknown: 'not asked' },
    null,
    `${known}; free disk unknown (not asked)`,
  ],
  [
    'a limit and an unknown disk',
    { diskFreeBytes: null, diskUnknown: 'not asked', safeBytes: GiB },
    1_024,
    `${known}; 1.0 GiB until max_slot_wal_keep_size, where the slot is lost, full in 17 min at 1.0 MiB/s if nobody reads; free disk unknown (not asked)`,
  ],
  [
    'an exceeded limit',
    { safeBytes: -5 },
    0,
    `${known}; 0 B until max_slot_wal_keep_size, where the slot is lost, full in 0 s at 1.0 MiB/s if nobody reads`,
  ],
])('the room of a slot is described: %s', (_, more, secondsToFull, sentence) => {
  expect(judgeSlot(facts(more))).toEqual({ sentence, secondsToFull, remark: null });
});

test('a slot is reported if it has no reader, is about to be lost, or is lost', () => {
  expect(judgeSlot(facts({ active: false })).remark).toMatch(/nobody reads slot s.*connector status/);
  expect(judgeSlot(facts({ walStatus: 'unreserved' })).remark).toMatch(/will be lost/);
  const lost = judgeSlot(facts({ walStatus: 'lost', retainedBytes: null }));
  expect(lost.broken).toMatch(/slot s is lost.*new snapshot/);
});
