/**
 * `sluice sql`: runs statements on the chosen database. Without `--write` each statement runs in a read-only transaction
 * that already has a snapshot: PostgreSQL refuses every change in it, and refuses to make it writable.
 */
import { text as textOf } from 'node:stream/consumers';
import type pg from 'pg';
import { type Database, withConnection } from '../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../engines/postgres/connection/reach.ts';
import { execute, type Outcome } from '../services/sql/execute.ts';
import { type Statement, splitStatements } from '../services/sql/statements.ts';
import { UsageError } from './options/option.ts';
import type { Values } from './options/options.ts';
import { type ExitCode, exitCodes } from './output/exit-codes.ts';
import { orStopped, stoppedBy } from './program/stop-signal.ts';
import { type Context, verb } from './program/verb.ts';
import { chooseDatabase, describeChosenDatabase, postgresOptions } from './servers/servers.ts';
import { visible } from './sql/cell.ts';
import { Output } from './sql/output.ts';
import { csvPrinter, jsonPrinter, type Printer, tablePrinter } from './sql/printers.ts';
import { describeRefusal, isRefusal, schemaAdvice } from './sql/refusal.ts';

const names = [...postgresOptions, 'write', 'json', 'csv', 'maxRows', 'timeout'] as const;

type SqlValues = Values<(typeof names)[number]>;

export const sql = verb({
  name: 'sql',
  summary: 'run a statement on the database, read-only unless --write',
  args: [{ name: '[statement]', description: 'SQL, several by semicolon; - or nothing reads standard input' }],
  options: names,
  overrides: {
    target: {
      description:
        'database to query: postgresql://user:password@host:port/database, or file:PATH of a file with this URL; without it POSTGRES_*, then the running local stack',
    },
  },
  onStop: 'drains',
  stoppedAdvice: 'The statement was cancelled.',
  examples: [
    'npx sluice sql "SELECT * FROM user_analytics ORDER BY user_count DESC LIMIT 5"',
    'npx sluice sql --csv "SELECT * FROM users_enriched" > users.csv',
    'npx sluice sql --write < changes.sql',
    '',
    'A table shows NULL as ∅. In CSV a NULL is empty, and an empty text is "".',
    'JSON is one array per result; bigint and numeric are strings.',
    'With --write several statements run as one transaction.',
  ],
  async run(values, context) {
    if (values.json && values.csv) throw new UsageError('use either --json or --csv');
    const script = await readScript(context.args[0]);
    const statements = splitStatements(script);
    if (statements.length === 0) throw new UsageError('there is no statement to run');
    const chosen = chooseDatabase(values, context);
    context.printError(`${describeChosenDatabase(chosen)}${values.write ? ', writing' : ', read-only'}`);
    // `--timeout` limits the statement. Reading its result has no limit.
    const timeouts = { ...chosen.database.timeouts, answer: 0 };
    const reached = reachDatabase({ ...chosen.database, timeouts }, 'sql', context.printError);
    const client = await orStopped(context.stop, reached);
    client.on('notice', ({ severity, message }) =>
      context.printError(visible(`${severity ?? 'NOTICE'}: ${message ?? ''}`)),
    );
    const interrupt = () => void cancel(chosen.database, client).catch(() => hangUp(client));
    context.stop.addEventListener('abort', interrupt, { once: true });
    try {
      await client.query(`set statement_timeout = '${values.timeout}s'; set bytea_output = 'hex'`);
      return await runAll({ script, statements, client, database: chosen.database, values, context });
    } finally {
      context.stop.removeEventListener('abort', interrupt);
      await client.end().catch(() => undefined);
    }
  },
});

async function readScript(argument: string | undefined): Promise<string> {
  if (argument !== undefined && argument !== '-') return argument;
  if (argument === undefined && process.stdin.isTTY) {
    throw new UsageError('expected a statement, such as npx sluice sql "SELECT count(*) FROM users_enriched"');
  }
  return textOf(process.stdin);
}

type Work = {
  readonly script: string;
  readonly statements: readonly Statement[];
  readonly client: pg.Client;
  readonly database: Database;
  readonly values: SqlValues;
  readonly context: Context;
};

async function runAll({ script, statements, client, database, values, context }: Work): Promise<ExitCode> {
  const { write } = values;
  const { stream } = client.connection;
  const output = new Output(
    process.stdout,
    (go) => (go ? stream.resume() : stream.pause()),
    // With --write the statement continues; a query without a reader is ended.
    () => !write && hangUp(client),
  );
  const isOneTransaction = write && statements.length > 1;
  if (isOneTransaction) await client.query('begin');
  let results = 0;
  for (const [index, statement] of statements.entries()) {
    try {
      if (!write) await client.query('begin transaction read only; select 1');
      const printer = makePrinter(output, values, results > 0);
      const started = performance.now();
      const outcome = await execute(client, statement.text, printer);
      const durationMs = performance.now() - started;
      // The statement may have ended the transaction itself. An explicit COMMIT reports a failed commit.
      const last = index === statements.length - 1;
      if (client.getTransactionStatus() !== 'I' && (!write || (isOneTransaction && last))) await client.query('commit');
      if (outcome.returnsRows) {
        printer.end();
        results += 1;
      }
      output.flush();
      context.printError(describeOutcome(outcome, printer.shown(), durationMs));
    } catch (error) {
      output.flush();
      if (output.closed && !write) return exitCodes.done;
      const stopped = stoppedBy(context.stop);
      if (stopped !== undefined) throw stopped;
      if (!isRefusal(error)) throw error;
      for (const line of describeRefusal(error, script, statement, write)) context.printError(line);
      for (const line of await schemaAdvice(database, error)) context.printError(line);
      if (isOneTransaction) context.printError('  Nothing was changed: several statements run as one transaction.');
      return exitCodes.failure;
    }
  }
  return exitCodes.done;
}

function makePrinter(output: Output, { json, csv, write, maxRows }: SqlValues, follows: boolean): Printer {
  if (json) return jsonPrinter(output);
  if (csv) return csvPrinter(output, follows);
  // With --write every row is computed, because a function in a SELECT may write.
  const columns = process.stdout.isTTY ? process.stdout.columns : null;
  return tablePrinter(output, { maxRows, stopEarly: !write, columns, follows });
}

function describeOutcome({ command, rows, returnsRows }: Outcome, shown: number, durationMs: number): string {
  const time = durationMs < 10_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
  const counted = (n: number) => `${n} ${n === 1 ? 'row' : 'rows'}`;
  if (!returnsRows) return `${command ?? 'done'}${rows === null ? '' : `: ${counted(rows)}`}, ${time}`;
  if (command === null)
    return `the first ${counted(shown)}, there are more; --max-rows, --csv or --json show them, ${time}`;
  const left = rows !== null && rows > shown ? `, the first ${shown} are shown` : '';
  const verbing = command === 'SELECT' ? '' : `${command}: `;
  return `${verbing}${counted(rows ?? shown)}${left}, ${time}`;
}

const cancel = (database: Database, client: pg.Client): Promise<unknown> =>
  withConnection(database, 'sql/cancel', (other) =>
    other.query('select pg_cancel_backend($1)', [(client as pg.Client & { processID: number }).processID]),
  );

function hangUp(client: pg.Client): void {
  client.connection.stream.destroy();
}
