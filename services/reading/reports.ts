/** What a run tells of itself while it works, and at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Progress } from '../../pipeline/progress.ts';
import { noticesTo, type ServiceEvent } from '../events.ts';

/** Milliseconds between two `progress` events. */
const intervalMs = 10_000;

/** Milliseconds that the lag may take; `progress` comes without it then. */
const lagLimitMs = 3_000;

/** What a run reports, and to whom. */
export type Reported = {
  readonly events: Events<ServiceEvent>;
  readonly progress: Progress;
  readonly database: Database;
  readonly pipeline: string;
  /** How far it is behind, or how much of a file is read: figures of the `progress` event. */
  readonly lag?: () => Promise<object>;
};

/** Works with a `progress` event every 10 s and one at the end. Tells what was parked, and answers how many records that were. */
export async function reporting(reported: Reported, work: () => Promise<void>): Promise<number> {
  const { events, progress, database, pipeline } = reported;
  const since = startOf(database, pipeline);
  let parkedBefore = 0;
  const tell = (lag: object, isLast = false) => {
    const line = progress.line();
    if (!line) return;
    const { total, counts } = progress.reasons;
    // At the end an event of its own tells what was parked.
    const parked = isLast ? 0 : total - parkedBefore;
    events.emit({ type: 'progress', figures: { ...line, ...lag }, parked, reasons: counts });
    parkedBefore = total;
  };
  const timer = setInterval(() => void lagOf(reported).then(tell), intervalMs);
  try {
    await work();
    clearInterval(timer);
    tell({}, true);
    events.emit({ type: 'stopped', counts: progress.counts });
  } finally {
    clearInterval(timer);
    tell({}, true);
    tellUnknownFields(events, progress);
    const { total, counts } = progress.reasons;
    const at = await since;
    if (total > 0) events.emit({ type: 'recordsParked', records: total, reasons: counts, since: at });
  }
  return progress.reasons.total;
}

function tellUnknownFields(events: Events<ServiceEvent>, { noticed: { unknownFields } }: Progress): void {
  if (unknownFields.total === 0) return;
  const names = Object.fromEntries(unknownFields.names);
  events.emit({ type: 'fieldsLeftOut', names, described: unknownFields.describe() });
}

/** Now, by the clock that dates dead letters. Undefined when the database does not answer: nothing waits for this. */
export const startOf = (database: Database, pipeline: string): Promise<string | undefined> =>
  withConnection(database, `${pipeline}/clock`, async (client) => {
    const now = `to_char(date_trunc('milliseconds', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    return (await client.query<{ now: string }>(`select ${now} as now`)).rows[0]?.now;
  }).catch(() => undefined);

async function lagOf({ lag, events }: Reported): Promise<object> {
  if (lag === undefined) return {};
  try {
    return (await Promise.race([lag(), sleep(lagLimitMs, undefined, { ref: false })])) ?? {};
  } catch (error) {
    noticesTo(events).debug({ error: messageOf(error) }, 'Kafka did not say how far behind this process is');
    return {};
  }
}
