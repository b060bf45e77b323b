/** Describes an error of the server about a statement: the message, its position in the script, and advice. */

import type { Statement, StatementRefusal } from '../../engines/sql-session.ts';
import type { PipelineError } from '../../pipeline/errors.ts';
import { shorten } from '../output/table.ts';
import { visible } from './cell.ts';

/** Characters shown on each side of the position. */
const contextCharacters = 60;

/** Returns the message, the position in the script, and advice, as lines. `fault` is that of Sluice's tables. */
export function describeRefusal(
  { message, code, position, advice }: StatementRefusal,
  {
    script,
    statement,
    fault,
  }: { readonly script: string; readonly statement: Statement; readonly fault: PipelineError | undefined },
): string[] {
  const found = position === undefined ? undefined : placeOf(script, statement, position);
  const where = found === undefined ? '' : ` at line ${found.line}, column ${found.column}`;
  const headline = `sluice: ${shorten(visible(message), 500)}${where} [${code}]`;
  const lines = [headline, ...(found?.excerpt ?? []), ...(advice === undefined ? [] : [`  ${visible(advice)}`])];
  return fault === undefined ? lines : [...lines, `  ${fault.message}`, `  ${fault.advice}`];
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
