/** What a run says of itself while it works, and at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, withConnection } from '../engines/postgres/connection/connection.ts';
import { messageOf, PipelineError } from '../pipeline/errors.ts';
import { describeReasons, type ParkedReasons } from '../pipeline/parked-reasons.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Progress } from '../pipeline/progress.ts';
import { type DeadLetterQuery, deadLetterCommand } from './dead-letter-query.ts';

/** Milliseconds between two lines about throughput. */
const lineInterval = 10_000;

/** Milliseconds that the lag may take; a line is written without it then. */
const lagLimit = 3_000;

/** What a run reports, and where its dead letters are. */
export type Reported = {
  readonly logger: Logger;
  readonly progress: Progress;
  readonly database: Database;
  readonly deadLetters: DeadLetterQuery;
  /** How far it is behind, or how much of a file is read: fields of the periodic line. */
  readonly lag?: () => Promise<object>;
};

/** Runs with a line every 10 s and one at the end. Says what was parked, and answers how many records that were. */
export async function reporting(reported: Reported, work: () => Promise<void>): Promise<number> {
  const { logger, progress, database, deadLetters } = reported;
  const since = startOf(database, deadLetters.pipeline);
  let parkedBefore = 0;
  const say = (lag: object, ends = false) => {
    const line = progress.line();
    if (!line) return;
    const { total, counts } = progress.reasons;
    // At the end a line of its own tells what was parked.
    if (total === parkedBefore || ends) logger.info({ ...line, ...lag }, 'written');
    else
      logger.warn(
        { ...line, ...lag },
        `written, ${total - parkedBefore} parked; since the start ${describeReasons(counts)}`,
      );
    parkedBefore = total;
  };
  const timer = setInterval(() => void lagOf(reported).then(say), lineInterval);
  try {
    await work();
    clearInterval(timer);
    say({}, true);
    logger.info({ ...progress.counts }, 'done');
  } finally {
    clearInterval(timer);
    say({}, true);
    tellUnknownFields(logger, progress);
    tellParked(logger, progress.reasons, deadLetters, await since);
  }
  return progress.reasons.total;
}

/** Names the fields that no column takes. */
function tellUnknownFields(logger: Logger, { noticed: { unknownFields } }: Progress): void {
  if (unknownFields.total === 0) return;
  logger.warn(
    { unknownFields: Object.fromEntries(unknownFields.names) },
    `fields that no column takes were left out: ${unknownFields.describe()}; docs/start/your-own-data.md maps other names`,
  );
}

/** Warns of what was parked since a moment of the database's clock: how much, why, and the command that shows it. */
export function tellParked(
  logger: Logger,
  { total, counts }: Pick<ParkedReasons, 'total' | 'counts'>,
  deadLetters: DeadLetterQuery,
  since: string | undefined,
): void {
  if (total === 0) return;
  const records = total === 1 ? '1 record' : `${total} records`;
  logger.warn(
    { parked: total },
    `${records} parked: ${describeReasons(counts)}; ${deadLetterCommand(deadLetters, since)}`,
  );
}

/** Throws `records_parked`, exit 3, when there were any. */
export function requireNoneParked(parked: number): void {
  if (parked === 0) return;
  throw new PipelineError('records_parked', `${parked} ${parked === 1 ? 'record was' : 'records were'} parked`, {
    advice: '--fail-on-parked makes that a failure. All of them are in sluice.dead_letter; everything else is durable.',
  });
}

/** Now, by the clock that dates dead letters. Undefined when the database does not answer: nothing waits for this. */
export const startOf = (database: Database, pipeline: string): Promise<string | undefined> =>
  withConnection(database, `${pipeline}/clock`, async (client) => {
    const now = `to_char(date_trunc('milliseconds', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    return (await client.query<{ now: string }>(`select ${now} as now`)).rows[0]?.now;
  }).catch(() => undefined);

async function lagOf({ lag, logger }: Reported): Promise<object> {
  if (lag === undefined) return {};
  try {
    return (await Promise.race([lag(), sleep(lagLimit, undefined, { ref: false })])) ?? {};
  } catch (error) {
    logger.debug({ error: messageOf(error) }, 'Kafka did not say how far behind this process is');
    return {};
  }
}
