/** Plain text tables for terminals. */

/** Width of a text on a terminal: wide East Asian characters take two columns, combining marks none. */
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

/** Lines of a table with a rule below its head. Numbers stand to the right, or the columns that `right` names. */
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
