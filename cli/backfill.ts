/**
 * `sluice backfill`: recomputes columns of existing rows while pipelines run. A row that a pipeline changes meanwhile keeps
 * the value of the pipeline.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { reachDatabase } from '../engines/postgres/connection/reach.ts';
import { FillStatements } from '../engines/postgres/load/backfill.ts';
import { columnTypes, prepareOwnColumns } from '../engines/postgres/schema/own-columns.ts';
import { readApplied, requireCurrentSchema } from '../engines/postgres/schema/schema-state.ts';
import { PipelineError } from '../pipeline/errors.ts';
import { enrichedTable } from '../schemas/migrations.ts';
import type { Column } from '../schemas/table-shape.ts';
import { enrichedColumns, usersEnriched } from '../schemas/users-enriched.ts';
import { Backfill, type BackfillCounts } from '../services/backfill.ts';
import { loadOwnFunctions } from '../services/enrich/own-functions.ts';
import { enrichmentsFor } from '../udfs/registry.ts';
import { UsageError } from './options/option.ts';
import type { Values } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import { commandLog } from './output/log-events.ts';
import { createLogger } from './output/logger.ts';
import { type Context, verb } from './program/verb.ts';
import { chooseDatabase, describeChosenDatabase, postgresOptions } from './servers/servers.ts';

const names = [
  ...postgresOptions,
  'columns',
  'after',
  'dryRun',
  'rate',
  'functions',
  'mailboxRules',
  'logLevel',
  'logFormat',
] as const;

/** Interval of the progress lines in the log. */
const progressIntervalMs = 10_000;

export const backfill = verb({
  name: 'backfill',
  summary: 'compute columns of users_enriched for existing rows; pipelines may run meanwhile',
  onStop: 'drains',
  options: names,
  overrides: {
    rate: { description: 'most rows per second; unlimited by default' },
    dryRun: { description: 'count the rows that would change and show examples, but change nothing' },
  },
  examples: [
    'npx sluice backfill --column phone_e164 --dry-run',
    'npx sluice backfill --column is_shared_mailbox,email_category',
    'npx sluice backfill --column full_name --rate 2000 --after 125000',
    '',
    'Use the same --mailbox-rules and --functions as `run`.',
  ],
  async run(values, context) {
    const logger = createLogger(values);
    const own = await loadOwnFunctions(values.functions);
    const columns = chosenColumns(values.columns, [...enrichedColumns, ...own.map(({ definition }) => definition)]);
    const chosen = chooseDatabase(values, context);
    context.printError(describeChosenDatabase(chosen));
    const tellColumns = commandLog(logger, { pipeline: 'backfill' });
    const client = await reachDatabase(chosen.database, 'backfill', context.printError);
    try {
      await requireTable(client);
      if (!values.dryRun) tellColumns({ type: 'ownColumns', ...(await prepareOwnColumns(client, own)), removed: [] });
      const types = await columnTypes(client);
      const missing = new Set(columns.map(({ name }) => name).filter((name) => !types.has(name)));
      const { columns: position } = usersEnriched.guard;
      if (!position) throw new Error(`${enrichedTable} has no position columns`);
      const work = new Backfill({
        client,
        columns,
        position,
        enrichments: [...enrichmentsFor(values.mailboxRules), ...own],
        statements: new FillStatements(columns, position, missing),
        after: values.after ?? null,
        dryRun: values.dryRun,
      });
      return await perform(work, values, context, logger);
    } finally {
      await client.end().catch(() => undefined);
    }
  },
});

function chosenColumns(asked: readonly string[] | undefined, known: readonly Column[]): readonly Column[] {
  const list = known.map(({ name }) => name).join(', ');
  if (asked === undefined) throw new UsageError(`--column names what to compute: ${list}`);
  return asked.map((name) => {
    const column = known.find((one) => one.name === name);
    if (!column) throw new UsageError(`--column: ${name} is not a computed column; there are ${list}`);
    return column;
  });
}

async function requireTable(client: pg.Client): Promise<void> {
  await requireCurrentSchema(client);
  const types = (await readApplied(client)) === null ? new Map() : await columnTypes(client);
  if (types.size > 0) return;
  throw new PipelineError('missing_table', `the database has no table ${enrichedTable}`, {
    advice: 'Is it the right database? `npx sluice run` creates the table.',
  });
}

/** Processes batches until the last row or a stop, then prints the counts and failures. */
async function perform(
  work: Backfill,
  { rate, dryRun, columns = [], functions, mailboxRules }: Values<(typeof names)[number]>,
  { stop, print, printError }: Context,
  logger: ReturnType<typeof createLogger>,
) {
  const startedAtMs = performance.now();
  let lastLineAtMs = startedAtMs;
  // The rest must be computed with the same settings.
  const sameSettings = `${functions === undefined ? '' : ` --functions '${functions}'`}${mailboxRules === 'off' ? ' --mailbox-rules off' : ''}`;
  const resume = () =>
    `npx sluice backfill --column ${columns.join(',')}${sameSettings}${work.last === null ? '' : ` --after ${work.last}`}`;
  try {
    while (!stop.aborted && (await work.next())) {
      if (performance.now() - lastLineAtMs >= progressIntervalMs) {
        lastLineAtMs = performance.now();
        logger.info({ ...work.counts, last: work.last }, 'backfill');
      }
      const waitMs = rate === undefined ? 0 : startedAtMs + (work.counts.read / rate) * 1000 - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  } catch (error) {
    printError(`${summary(work.counts, dryRun)}; to go on: ${resume()}`);
    throw error;
  }
  for (const { id, before, after } of work.examples) print(`id ${id}: ${change(columns, before, after)}`);
  print(summary(work.counts, dryRun));
  for (const line of work.failures()) printError(line);
  if (!work.done) {
    printError(`stopped; to go on: ${resume()}`);
    stop.throwIfAborted();
  }
  return work.counts.failed > 0 ? exitCodes.failure : exitCodes.done;
}

const change = (columns: readonly string[], before: readonly (string | null)[], after: readonly (string | null)[]) =>
  columns
    .flatMap((name, at) => (before[at] === after[at] ? [] : [`${name} ${before[at] ?? '∅'} → ${after[at] ?? '∅'}`]))
    .join(', ');

function summary({ read, changed, unchanged, newer, failed, tooLong }: BackfillCounts, dryRun: boolean): string {
  const rest = [
    newer > 0 ? `${newer} were changed meanwhile by a newer event` : '',
    failed > 0 ? `${failed} failed and are unchanged` : '',
    tooLong > 0 ? `${tooLong} computed texts did not fit and became NULL` : '',
  ].filter((text) => text !== '');
  const verb = dryRun ? 'would change' : 'changed';
  return [`${read} rows read: ${changed} ${verb}, ${unchanged} are already correct`, ...rest].join(', ');
}
