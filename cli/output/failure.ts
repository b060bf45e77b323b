/** Reports the failure that ends a command, for people or as a line of a JSON log. */
import { DumpError } from '../../engines/postgres/load/dump/dump-error.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { failureOf as describeFailure, type Failure } from '../../services/failure.ts';
import { PrerequisiteError } from '../../stack/prerequisite-error.ts';
import { exitCodes } from './exit-codes.ts';

type Details = NonNullable<Failure['details']>;

/** Commands and options that help with an error. The core and the use cases, which raise it, do not know them. */
const hints: Readonly<Record<string, string | ((details: Details) => string)>> = {
  breaker: '--breaker off continues regardless.',
  rule_table_missing: '`npx sluice replicate --check` shows the plan for each table.',
  own_function: ({ wrong }) =>
    wrong === 'folder'
      ? 'Does --functions (SLUICE_FUNCTIONS) name the right folder?'
      : 'Look at the result: npx sluice enrich data/sample_events.json',
  target_is_source: 'Check --target-db and --source-db.',
  missing_topic: ({ source, why }) => {
    const wait = 'Without --until-caught-up `npx sluice replicate` waits for topics.';
    if (why === 'no table')
      return `The source ${source} has no table. Create some, such as the sample: psql "$SOURCE_DB_URL" -f data/sample_source.sql; then \`npx sluice connector create --tables 'public.*'\`. ${wait}`;
    if (why === 'not captured')
      return `No table of the source is captured: \`npx sluice connector create --tables 'public.*'\` does that. ${wait}`;
    if (why === 'not known')
      return `Is --topics right, and does the connector work (\`npx sluice connector status\`)? A table without rows has no topic before its first change. ${wait}`;
    if (why === 'none matches')
      return 'Is --topics right? `npx sluice connector create` captures tables; their first change creates a topic.';
    if (why === 'not there')
      return 'Is --topic right? `npx sluice run --create-topic` creates it, `npx sluice simulate` also fills it.';
    return '';
  },
  rows_held_back: ({ afterResnapshot }) =>
    afterResnapshot === 'keep' ? '--after-resnapshot delete removes rows that a second snapshot did not contain.' : '',
  constraints_broken:
    'Were records parked (npx sluice status), or is the source still ahead? Once they are applied, run it again.',
  connector_stalled: ({ why }) => (why === 'does not capture' ? '`npx sluice connector status` shows its health.' : ''),
  connector_not_running: ({ name }) => `\`npx sluice connector resume --name ${name}\` or \`restart\` first.`,
  slot_taken: ({ connectUrl }) =>
    connectUrl === undefined ? '' : `\`npx sluice connector list\` shows the connectors (${connectUrl}).`,
  tables_missing: ({ why }) =>
    why === 'not captured' ? '`npx sluice connector create` with all tables in --tables captures them first.' : '',
  replica_incomplete: '`npx sluice connector status` names every table and what to do.',
};

/** Adds the commands and options that help to the advice of a failure. */
export function withHint(failure: Failure): Failure {
  const hint = hints[failure.code];
  const text = typeof hint === 'function' ? hint(failure.details ?? {}) : hint;
  return { ...failure, advice: [failure.advice, text].filter(Boolean).join(' ') };
}

/** Describes an error to the user of the command. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PrerequisiteError || error instanceof DumpError)
    return { code: 'unknown', message: messageOf(error), advice: error.fix, kind: 'failure' };
  return withHint(describeFailure(error));
}

/** Prints the message and the advice on two lines, or both as one JSON object like the lines of the log. */
export function printFailure(
  { code, message, advice, kind }: Failure,
  format: 'pretty' | 'json' | undefined,
  printError: (line: string) => void,
): void {
  if (format === 'json') {
    printError(
      JSON.stringify({
        level: 'fatal',
        time: new Date().toISOString(),
        code,
        exit: exitCodes[kind],
        msg: message,
        advice,
      }),
    );
    return;
  }
  printError(`sluice: ${message}${code === 'unknown' ? '' : ` [${code}]`}`);
  if (advice) printError(`  ${advice}`);
}
