/** What the server says against a statement: one line, then the place, then what to do. */
import pg from 'pg';
import { shorten } from '../table.ts';
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
