/** Plain text tables for terminals. */

/** Returns the columns of the terminal on standard output; null for a pipe or a file. */
export const terminalWidth = (): number | null => (process.stdout.isTTY ? process.stdout.columns : null);

/** Returns the columns of a text on a terminal: wide East Asian characters take two, combining marks none. */
export function width(text: string): number {
  let columns = 0;
  for (const char of text.replace(/\p{Mark}/gu, ''))
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u.test(
        char,
      )
        ? 2
        : 1;
  return columns;
}

/** Returns the lines of a table with a header. `right` marks right-aligned columns, by default the numeric ones. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | bigint | null)[])[],
  right?: readonly boolean[],
): string[] {
  const texts = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const widths = head.map((name, i) => Math.max(width(name), ...texts.map((row) => width(row[i] ?? ''))));
  const toRight =
    right ??
    head.map(
      (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || typeof row[i] === 'bigint'),
    );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const gap = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(cell)));
        return toRight[i] ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((columns) => '─'.repeat(columns)).join('  '), ...texts.map(line)];
}

/** Shortens a text to a number of terminal columns; `…` marks the omission. */
export function shorten(text: string, columns: number): string {
  if (text.length <= columns && width(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const char of text) {
    used += width(char);
    if (used > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Returns a table of at most `columns` columns. The widest cells are shortened first, but no column below its header. */
export function fittedTable(
  head: readonly string[],
  rows: readonly (readonly (string | number | bigint | null)[])[],
  columns: number,
): string[] {
  const minWidths = head.map(width);
  const widths = head.map((name, i) => Math.max(width(name), ...rows.map((row) => width(String(row[i] ?? '')))));
  const total = () => widths.reduce((sum, one) => sum + one + 2, -2);
  while (total() > columns) {
    const room = widths.map((one, i) => (one > (minWidths[i] ?? 0) ? one : 0));
    const widest = room.indexOf(Math.max(...room));
    if ((room[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const cut = rows.map((row) =>
    row.map((cell, i) => (typeof cell === 'string' ? shorten(cell, widths[i] ?? cell.length) : cell)),
  );
  return table(head, cut);
}
