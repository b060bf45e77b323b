/** What a replication slot means: how long its source can go on like this. Pure, so that every case can be tested. */
import type { SlotFacts } from '../adapters/postgres/slot.ts';
import { formatBytes, formatSeconds } from './format.ts';

/** The verdict over a slot. */
export type SlotHealth = {
  readonly sentence: string;
  /** What is worth a look at once; null when there is nothing. */
  readonly remark: string | null;
  /** Why nothing more will come through this slot; absent when it is whole. */
  readonly broken?: string;
  /** Seconds until the disk or the limit of the slot is full, at the present rate and if nobody reads; null when unknown or never. */
  readonly secondsToFull: number | null;
};

/** Judges. */
export function judgeSlot(facts: SlotFacts): SlotHealth {
  const { slot, active, walStatus, behindBytes, retainedBytes, walBytesPerSecond } = facts;
  if (walStatus === 'lost') {
    const broken = `slot ${slot} is lost: its source has removed WAL that was not read; a new snapshot is needed`;
    return { sentence: broken, remark: null, broken, secondsToFull: null };
  }
  const { seconds, end } = roomOf(facts);
  const parts = [
    `${formatBytes(behindBytes ?? 0)} behind`,
    `keeps ${formatBytes(retainedBytes ?? 0)} of WAL`,
    active ? 'is read' : 'nobody reads it',
    `the source writes ${formatBytes(walBytesPerSecond)}/s`,
    ...end,
  ];
  return { sentence: `slot ${slot}: ${parts.join(', ')}`, remark: remarkOn(facts), secondsToFull: seconds };
}

/** The limit of the slot and the disk fill side by side; what is full first counts. */
function roomOf(facts: SlotFacts): { seconds: number | null; end: string[] } {
  const { safeBytes, diskFreeBytes, diskUnknown, walBytesPerSecond: rate } = facts;
  const rooms = [
    { free: safeBytes, what: 'max_slot_wal_keep_size is reached and the slot lost' },
    { free: diskFreeBytes, what: 'the disk is full' },
  ].flatMap(({ free, what }) => (free === null ? [] : [{ free: Math.max(0, free), what }]));
  const [least] = rooms.sort((a, b) => a.free - b.free);
  const unknown = diskFreeBytes === null ? [`free disk unknown (${diskUnknown})`] : [];
  if (least === undefined) return { seconds: null, end: unknown };
  const room = `${formatBytes(least.free)} until ${least.what}`;
  if (rate === 0) return { seconds: null, end: [room, ...unknown] };
  const seconds = least.free / rate;
  return { seconds, end: [`${room}: in ${formatSeconds(seconds)} at this rate if nobody reads`, ...unknown] };
}

function remarkOn({ slot, active, walStatus }: SlotFacts): string | null {
  if (walStatus === 'unreserved')
    return `slot ${slot} will be lost at the next checkpoint of its source unless it is read now`;
  if (active) return null;
  return `nobody reads slot ${slot}, and its source keeps all WAL for it: is the connector paused or failed? \`npx sluice connector status\` says.`;
}
