/**
 * Shows a result as a table. A table wider than the terminal is shown row by row, one line per column. Long values wrap, so
 * no value is cut.
 */

import type { Column, ColumnKind, Row } from '../../engines/sql-session.ts';
import { shorten, table, width } from '../output/table.ts';
import { showCell } from './cell.ts';

/** Right-aligned columns. */
const numbers: ReadonlySet<ColumnKind> = new Set(['integer', 'float', 'exact']);

/** Least columns for values beside the names. */
const minValueColumns = 12;
const gap = 2;

/** Returns the lines of a result. `columns` is the width of the terminal, null without a terminal. */
export function view(head: readonly Column[], rows: readonly Row[], columns: number | null): string[] {
  const names = head.map(({ name }) => showCell(name));
  const cells = rows.map((row) => row.map(showCell));
  const right = head.map(({ kind }) => numbers.has(kind));
  if (columns === null || widthOf(names, cells) <= columns) return table(names, cells, right);
  return rowByRow(names, cells, columns);
}

/** Returns the width of the table. */
function widthOf(names: readonly string[], rows: readonly (readonly string[])[]): number {
  const widths = names.map((name, i) => Math.max(width(name), ...rows.map((row) => width(row[i] ?? ''))));
  return widths.reduce((sum, one) => sum + one + gap, -gap);
}

function rowByRow(names: readonly string[], rows: readonly (readonly string[])[], columns: number): string[] {
  const left = Math.min(Math.max(...names.map(width)), Math.floor(columns / 2));
  const room = Math.max(minValueColumns, columns - left - gap);
  return rows.flatMap((row, index) => [
    `── row ${index + 1} ${'─'.repeat(Math.max(0, Math.min(columns, 60) - 8 - String(index + 1).length))}`,
    ...names.flatMap((name, i) => {
      const label = shorten(name, left);
      const [first = '', ...more] = wrap(row[i] ?? '', room);
      return [
        `${label}${' '.repeat(left - width(label) + gap)}${first}`,
        ...more.map((line) => ' '.repeat(left + gap) + line),
      ].map((line) => line.trimEnd());
    }),
  ]);
}

/** Splits a text into lines of at most `columns` columns. */
function wrap(text: string, columns: number): string[] {
  if (text.length <= columns && width(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const char of text) {
    const more = width(char);
    if (used + more > columns) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += char;
    used += more;
  }
  return [...lines, line];
}
