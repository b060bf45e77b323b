/** Emits the progress of a run, and its result at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Progress } from '../../pipeline/progress.ts';
import { noticesTo, type ServiceEvent } from '../events.ts';
import { type TargetDatabase, withBookkeeping } from '../target.ts';

/** Time between two `progress` events. */
const intervalMs = 10_000;

/** Longest wait for the lag; a `progress` event is then emitted without it. */
const lagLimitMs = 3_000;

/** The run, and the stream of its events. */
export type Reported = {
  readonly events: Events<ServiceEvent>;
  readonly progress: Progress;
  readonly database: TargetDatabase;
  readonly pipeline: string;
  /** Returns the lag, or the share of a file that is read, as figures of the `progress` event. */
  readonly lag?: () => Promise<object>;
};

/**
 * Runs `work` with a `progress` event every 10 s and one at the end. Then emits the parked records and returns their number.
 */
export async function reporting(reported: Reported, work: () => Promise<void>): Promise<number> {
  const { events, progress, database, pipeline } = reported;
  const since = startOf(database, pipeline);
  let parkedBefore = 0;
  const emitProgress = (lag: object, isLast = false) => {
    const line = progress.line();
    if (!line) return;
    const { total, counts } = progress.reasons;
    // At the end `recordsParked` reports the parked records.
    const parked = isLast ? 0 : total - parkedBefore;
    events.emit({ type: 'progress', figures: { ...line, ...lag }, parked, reasons: counts });
    parkedBefore = total;
  };
  const timer = setInterval(() => void lagOf(reported).then(emitProgress), intervalMs);
  try {
    await work();
    clearInterval(timer);
    emitProgress({}, true);
    events.emit({ type: 'stopped', counts: progress.counts });
  } finally {
    clearInterval(timer);
    emitProgress({}, true);
    emitFieldsLeftOut(events, progress);
    const { total, counts } = progress.reasons;
    const at = await since;
    if (total > 0) events.emit({ type: 'recordsParked', records: total, reasons: counts, since: at });
  }
  return progress.reasons.total;
}

function emitFieldsLeftOut(events: Events<ServiceEvent>, { noticed: { unknownFields } }: Progress): void {
  if (unknownFields.total === 0) return;
  const names = Object.fromEntries(unknownFields.names);
  events.emit({ type: 'fieldsLeftOut', names, described: unknownFields.describe() });
}

/**
 * Returns the present time by the database's clock, which also dates dead letters. Undefined if the database does not answer.
 */
export const startOf = (database: TargetDatabase, pipeline: string): Promise<string | undefined> =>
  withBookkeeping(database, `${pipeline}/clock`, async (bookkeeping) => (await bookkeeping.now()).toISOString()).catch(
    () => undefined,
  );

async function lagOf({ lag, events }: Reported): Promise<object> {
  if (lag === undefined) return {};
  try {
    return (await Promise.race([lag(), sleep(lagLimitMs, undefined, { ref: false })])) ?? {};
  } catch (error) {
    noticesTo(events).debug({ error: messageOf(error) }, 'could not measure the lag of this process');
    return {};
  }
}
