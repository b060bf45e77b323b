/** `sluice sql`: runs statements on the chosen database. Without `--write` each statement runs in a read-only transaction. */
import { text as textOf } from 'node:stream/consumers';
import type { Outcome, SqlSession, Statement } from '../engines/sql-session.ts';
import { openSqlSession, statementsFor } from '../services/sql/open-session.ts';
import { UsageError } from './options/option.ts';
import type { Values } from './options/options.ts';
import { type ExitCode, exitCodes } from './output/exit-codes.ts';
import { orStopped, stoppedBy } from './program/stop-signal.ts';
import { type Context, verb } from './program/verb.ts';
import { describeChosenDatabase, postgresOptions } from './servers/servers.ts';
import { chooseAnyDatabase } from './servers/target-server.ts';
import { visible } from './sql/cell.ts';
import { Output } from './sql/output.ts';
import { csvPrinter, jsonPrinter, type Printer, tablePrinter } from './sql/printers.ts';
import { describeRefusal } from './sql/refusal.ts';

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
        'database to query: postgresql://user:password@host:port/database, mysql://… or mariadb://…, or file:PATH of a file with this URL; without it POSTGRES_*, then the running local stack',
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
    const chosen = chooseAnyDatabase(values, context);
    const statements = statementsFor(chosen.database, script);
    if (statements.length === 0) throw new UsageError('there is no statement to run');
    context.printError(`${describeChosenDatabase(chosen)}${values.write ? ', writing' : ', read-only'}`);
    const options = {
      write: values.write,
      timeoutMs: values.timeout * 1000,
      notice: (text: string) => context.printError(visible(text)),
    };
    const session = await orStopped(context.stop, openSqlSession(chosen.database, options, context.printError));
    const interrupt = () => void session.cancel().catch(() => session.destroy());
    context.stop.addEventListener('abort', interrupt, { once: true });
    try {
      return await runAll({ script, statements, session, values, context });
    } finally {
      context.stop.removeEventListener('abort', interrupt);
      await session.close();
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
  readonly session: SqlSession;
  readonly values: SqlValues;
  readonly context: Context;
};

async function runAll({ script, statements, session, values, context }: Work): Promise<ExitCode> {
  const { write } = values;
  const output = new Output(
    process.stdout,
    (go) => session.flow(go),
    // With --write the statement continues; a query without a reader is ended.
    () => !write && session.destroy(),
  );
  const isOneTransaction = write && statements.length > 1;
  if (isOneTransaction) await session.begin();
  let results = 0;
  for (const [index, statement] of statements.entries()) {
    try {
      if (!write) await session.begin();
      const printer = makePrinter(output, values, results > 0);
      const started = performance.now();
      const outcome = await session.execute(statement.text, printer);
      const durationMs = performance.now() - started;
      // MySQL takes the end of an interrupted SLEEP for its result. A change that committed by itself is reported.
      const stopped = stoppedBy(context.stop);
      if (stopped !== undefined && (!write || isOneTransaction)) throw stopped;
      const last = index === statements.length - 1;
      if (!write || (isOneTransaction && last)) await session.commit();
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
      const refusal = session.refusalOf(error);
      if (refusal === undefined) throw error;
      const fault = await session.schemaFault(error);
      for (const line of describeRefusal(refusal, { script, statement, fault })) context.printError(line);
      if (isOneTransaction) context.printError(`  ${session.rolledBack}`);
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
