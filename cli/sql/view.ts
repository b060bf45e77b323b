/**
 * A result as a table. On a terminal it fits: long cells are shortened, and what has too many columns for that is shown
 * row by row, one line a column. Elsewhere every cell is whole.
 */
import { table, width } from '../table.ts';
import { shorten, showCell } from './cell.ts';
import type { Column, Row } from './execute.ts';

/** Types whose values stand to the right: integers, floats, numeric, money, oid. */
const numeric = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

/** Narrower cells than this say too little. */
const narrowest = 12;
const gap = 2;

/** Lines of the result. `columns` is the width of the terminal, null where there is none. */
export function view(head: readonly Column[], rows: readonly Row[], columns: number | null): string[] {
  const names = head.map(({ name }) => showCell(name));
  const cells = rows.map((row) => row.map(showCell));
  const right = head.map(({ type }) => numeric.has(type));
  if (columns === null) return table(names, cells, right);
  const widths = names.map((name, i) => Math.max(width(name), ...cells.map((row) => width(row[i] ?? ''))));
  const most = fitting(widths, columns);
  if (most === null) return oneByOne(names, cells, columns);
  const short = (text: string) => shorten(text, most);
  return table(
    names.map(short),
    cells.map((row) => row.map(short)),
    right,
  );
}

/** The widest that cells may be so that all of them fit; null when that would be too narrow. */
function fitting(widths: readonly number[], columns: number): number | null {
  const total = (most: number) =>
    widths.reduce((sum, one) => sum + Math.min(one, most), 0) + gap * Math.max(0, widths.length - 1);
  let most = Math.max(narrowest, ...widths);
  while (most > narrowest && total(most) > columns) most -= 1;
  return total(most) > columns ? null : most;
}

function oneByOne(names: readonly string[], rows: readonly (readonly string[])[], columns: number): string[] {
  const left = Math.min(Math.max(...names.map(width)), Math.floor(columns / 2));
  return rows.flatMap((row, index) => [
    `── row ${index + 1} ${'─'.repeat(Math.max(0, Math.min(columns, 60) - 8 - String(index + 1).length))}`,
    ...names.map((name, i) => {
      const label = shorten(name, left);
      const padding = ' '.repeat(left - width(label) + gap);
      return `${label}${padding}${shorten(row[i] ?? '', Math.max(narrowest, columns - left - gap))}`;
    }),
  ]);
}
