/** Judges a replication slot: whether it still works, and how long its source can keep WAL for it. Pure, so that every case can be tested. */
import type { SlotFacts } from '../../engines/postgres/capture/slot.ts';
import { formatBytes, formatSeconds } from './format.ts';

/** The verdict on a slot. */
export type SlotHealth = {
  readonly sentence: string;
  /** A problem that needs attention; null if there is none. */
  readonly remark: string | null;
  /** Why the slot can send no more changes; absent if it can. */
  readonly broken?: string;
  /**
   * Seconds until the disk or the limit of the slot is full, at the present rate and without a reader. Null if unknown, or
   * below 1 GiB of WAL a day.
   */
  readonly secondsToFull: number | null;
};

/** Returns the verdict on a slot. */
export function judgeSlot(facts: SlotFacts): SlotHealth {
  const { slot, active, walStatus, behindBytes, retainedBytes } = facts;
  if (walStatus === 'lost') {
    const broken = `slot ${slot} is lost: its source has removed WAL that was not read; a new snapshot is needed`;
    return { sentence: broken, remark: null, broken, secondsToFull: null };
  }
  const { seconds, end } = roomOf(facts);
  const parts = [
    active ? 'active' : 'nobody reads it',
    `${formatBytes(behindBytes ?? 0)} behind`,
    `${formatBytes(retainedBytes ?? 0)} of WAL retained`,
  ];
  const sentence = [`slot ${slot}: ${parts.join(', ')}`, ...end].join('; ');
  return { sentence, remark: remarkOn(facts), secondsToFull: seconds };
}

/** 1 GiB a day. At a lower rate no estimate is given: a disk takes too long to fill. */
const minBytesPerSecond = 2 ** 30 / 86_400;

/** Returns the time until the limit of the slot or the disk is full, whichever is first. */
function roomOf(facts: SlotFacts): { seconds: number | null; end: string[] } {
  const { safeBytes, diskFreeBytes, diskUnknown, walBytesPerSecond: rate } = facts;
  const limits = [
    { free: safeBytes, text: 'until max_slot_wal_keep_size, where the slot is lost' },
    { free: diskFreeBytes, text: 'free on the disk' },
  ].flatMap(({ free, text }) => (free === null ? [] : [{ free: Math.max(0, free), text }]));
  const [least] = limits.sort((a, b) => a.free - b.free);
  const unknown = diskFreeBytes === null ? [`free disk unknown (${diskUnknown})`] : [];
  if (least === undefined) return { seconds: null, end: unknown };
  const room = `${formatBytes(least.free)} ${least.text}`;
  if (rate < minBytesPerSecond) return { seconds: null, end: [room, ...unknown] };
  const seconds = least.free / rate;
  const full = `full in ${formatSeconds(seconds)} at ${formatBytes(rate)}/s if nobody reads`;
  return { seconds, end: [`${room}, ${full}`, ...unknown] };
}

function remarkOn({ slot, active, walStatus }: SlotFacts): string | null {
  if (walStatus === 'unreserved')
    return `slot ${slot} will be lost at the next checkpoint of its source unless it is read now`;
  if (active) return null;
  return `nobody reads slot ${slot}, and its source keeps all WAL for it: is the connector paused or failed? \`npx sluice connector status\` says.`;
}
