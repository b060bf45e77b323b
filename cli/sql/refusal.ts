/** Describes an error of the server about a statement: the message, its position in the script, and advice. */
import pg from 'pg';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { olderSchema, readApplied, refuseApplied } from '../../engines/postgres/schema/schema-state.ts';
import type { Statement } from '../../services/sql/statements.ts';
import { shorten } from '../output/table.ts';
import { visible } from './cell.ts';

/** Characters shown on each side of the position. */
const contextCharacters = 60;

/** Returns true for an error that the server reported, false for a lost connection. */
export const isRefusal = (error: unknown): error is pg.DatabaseError => error instanceof pg.DatabaseError;

/** Returns the message, the position in the script, and advice, as lines. */
export function describeRefusal(
  error: pg.DatabaseError,
  script: string,
  statement: Statement,
  writing: boolean,
): string[] {
  const { message, code = '', position, hint } = error;
  const found = position === undefined ? undefined : placeOf(script, statement, Number(position));
  const where = found === undefined ? '' : ` at line ${found.line}, column ${found.column}`;
  const headline = `sluice: ${shorten(visible(message), 500)}${where} [${code}]`;
  const advice = adviceFor(code, writing) ?? (hint === undefined ? undefined : visible(hint));
  return [headline, ...(found?.excerpt ?? []), ...(advice === undefined ? [] : [`  ${advice}`])];
}

function adviceFor(code: string, writing: boolean): string | undefined {
  if (code === '25006' && !writing) return '`--write` lets a statement change the database.';
  if (code === '25006') return 'The server is read-only, perhaps a standby; connect to the primary.';
  if (code === '25001' && !writing) return 'Without `--write` every statement runs in a read-only transaction.';
  if (code === '25001') return 'Run it alone: several statements run as one transaction.';
  if (code === '57014') return '`--timeout` sets how long a statement may take.';
  return undefined;
}

/** SQLSTATEs of a missing table, column or function. */
const missingObjectStates = new Set(['42P01', '42703', '42883']);

/** Returns advice if an object is missing and the schema of Sluice is not the one of this version. */
export async function schemaAdvice(database: Database, { code = '' }: pg.DatabaseError): Promise<string[]> {
  if (!missingObjectStates.has(code)) return [];
  // A separate session, because the one of the statement is in a failed transaction or busy. Errors are ignored here: the
  // error of the statement is already printed.
  const applied = (await withConnection(database, 'sql/schema', readApplied).catch(() => null)) ?? [];
  const reason = applied.length === 0 ? undefined : (refuseApplied(applied) ?? olderSchema(applied));
  return reason === undefined ? [] : [`  ${reason.message}`, `  ${reason.advice}`];
}

/** Converts the server's position (characters of the statement, from 1) to line and column of the script, with an excerpt. */
function placeOf(script: string, { text, start }: Statement, position: number) {
  const textBefore =
    script.slice(0, start) +
    Array.from(text)
      .slice(0, position - 1)
      .join('');
  const lineStart = textBefore.lastIndexOf('\n') + 1;
  const line = textBefore.split('\n').length;
  const left = Array.from(textBefore.slice(lineStart));
  const right = Array.from(script.slice(textBefore.length).split('\n')[0] ?? '');
  const shownLeft = visibleLine(left.slice(-contextCharacters));
  const shown = `${left.length > contextCharacters ? '…' : ''}${shownLeft}`;
  const rest = `${visibleLine(right.slice(0, contextCharacters))}${right.length > contextCharacters ? '…' : ''}`;
  return { line, column: left.length + 1, excerpt: [`  ${shown}${rest}`, `  ${' '.repeat(shown.length)}^`] };
}

const visibleLine = (characters: readonly string[]): string => visible(characters.join('').replaceAll('\t', ' '));
