/** What the server says against a statement: one line, then the place, then what to do. */
import pg from 'pg';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { olderSchema, readApplied, refuseApplied } from '../../engines/postgres/schema/schema-state.ts';
import { shorten } from '../output/table.ts';
import { visible } from './cell.ts';
import type { Statement } from './statements.ts';

/** Columns of the line shown on each side of the place. */
const around = 60;

/** True for an error of the server about what it was told; false for a lost connection. */
export const isRefusal = (error: unknown): error is pg.DatabaseError => error instanceof pg.DatabaseError;

/** Lines for a person. */
export function describeRefusal(
  error: pg.DatabaseError,
  script: string,
  statement: Statement,
  writing: boolean,
): string[] {
  const { message, code = '', position, hint } = error;
  const place = position === undefined ? undefined : placeOf(script, statement, Number(position));
  const where = place === undefined ? '' : ` at line ${place.line}, column ${place.column}`;
  const said = `sluice: ${shorten(visible(message), 500)}${where} [${code}]`;
  const advice = adviceFor(code, writing) ?? (hint === undefined ? undefined : visible(hint));
  return [said, ...(place?.picture ?? []), ...(advice === undefined ? [] : [`  ${advice}`])];
}

function adviceFor(code: string, writing: boolean): string | undefined {
  if (code === '25006' && !writing) return '`--write` lets a statement change the database.';
  if (code === '25006') return 'The server is read-only, a standby perhaps; connect to the primary.';
  if (code === '25001' && !writing) return 'Without `--write` every statement runs in a read-only transaction.';
  if (code === '25001') return 'Give it alone: several statements are one transaction.';
  if (code === '57014') return '`--timeout` sets how long a statement may take.';
  return undefined;
}

/** SQLSTATEs of a table, column or function that is not there. */
const notThere = new Set(['42P01', '42703', '42883']);

/** Lines for a statement that misses an object, where the schema of Sluice is another than this version's. */
export async function schemaAdvice(database: Database, { code = '' }: pg.DatabaseError): Promise<string[]> {
  if (!notThere.has(code)) return [];
  // On a session of its own: that of the statement is in a failed transaction, or still busy. The statement's error has been
  // told; where this cannot be read there is no more to say.
  const applied = (await withConnection(database, 'sql/schema', readApplied).catch(() => null)) ?? [];
  const reason = applied.length === 0 ? undefined : (refuseApplied(applied) ?? olderSchema(applied));
  return reason === undefined ? [] : [`  ${reason.message}`, `  ${reason.advice}`];
}

/** Where a position of the server (characters of the statement, from 1) stands in the script, with a picture of it. */
function placeOf(script: string, { text, start }: Statement, position: number) {
  const before =
    script.slice(0, start) +
    Array.from(text)
      .slice(0, position - 1)
      .join('');
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const left = Array.from(before.slice(lineStart));
  const right = Array.from(script.slice(before.length).split('\n')[0] ?? '');
  const shownLeft = visibleLine(left.slice(-around));
  const shown = `${left.length > around ? '…' : ''}${shownLeft}`;
  const rest = `${visibleLine(right.slice(0, around))}${right.length > around ? '…' : ''}`;
  return { line, column: left.length + 1, picture: [`  ${shown}${rest}`, `  ${' '.repeat(shown.length)}^`] };
}

const visibleLine = (characters: readonly string[]): string => visible(characters.join('').replaceAll('\t', ' '));
