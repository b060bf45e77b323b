/** Generates the tables of errors in the docs from the error tables of the code. `npm run docs` writes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { byKafkaType } from '../../adapters/kafka/client/errors.ts';
import { byErrno } from '../../engines/mysql/errors.ts';
import { bySqlState } from '../../engines/postgres/errors.ts';
import { type ErrorCode, errorCodes, outcomeOf } from '../../pipeline/error-codes.ts';
import type { Rule } from '../../pipeline/errors.ts';
import { bySystemCode } from '../../pipeline/system-errors.ts';
import { exitCodes } from '../output/exit-codes.ts';

/** The documentation page of all error codes. */
export const errorsPage = 'docs/reference/error-codes.md';

const start = '<!-- errors: made by `npm run docs` -->';
const end = '<!-- /errors -->';

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');

const ownErrors = (): string =>
  table(
    ['code', 'exit', 'meaning', 'what to do'],
    (Object.keys(errorCodes) as ErrorCode[]).sort().map((code) => {
      const { meaning, advice } = errorCodes[code];
      const { reaction, kind } = outcomeOf(code);
      return [`\`${code}\``, reaction === 'retry' ? 'retried' : String(exitCodes[kind]), meaning, advice];
    }),
  );

const reactions = { park: 'the record is parked', retry: 'retried', stop: 'the run ends' } as const;

const serverErrors = (rules: { readonly [code: string]: Rule }): string =>
  table(
    ['code', 'what Sluice does', 'what to do'],
    Object.entries(rules)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([code, [reaction, advice]]) => [`\`${code}\``, reactions[reaction], advice]),
  );

const sections = (): string =>
  [
    `## Errors of Sluice\n\n${ownErrors()}`,
    `## Errors of PostgreSQL\n\nBy SQLSTATE; two characters stand for the whole class.\n\n${serverErrors(bySqlState)}`,
    `## Errors of MySQL and MariaDB\n\nBy error number.\n\n${serverErrors(byErrno)}`,
    `## Errors of Kafka\n\n${serverErrors(byKafkaType)}`,
    `## Errors of the operating system\n\n${serverErrors(bySystemCode)}`,
  ].join('\n\n');

/** Returns the page with current tables between its marks. Throws when the marks are missing. */
export function withErrors(text: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${errorsPage} lacks ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${sections()}\n\n${text.slice(to)}`;
}

if (process.argv[1] === import.meta.filename) {
  const path = new URL(`../../${errorsPage}`, import.meta.url);
  writeFileSync(path, withErrors(readFileSync(path, 'utf8')));
}
