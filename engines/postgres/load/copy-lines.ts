/** Parses the rows that COPY … TO STDOUT sends in its text format. */

const letters: { readonly [letter: string]: string } = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const unescaped = (cell: string): string | null =>
  cell === '\\N' ? null : cell.replace(/\\(.)/gs, (_, char: string) => letters[char] ?? char);

/** Parses one line without its line feed. Within a cell, COPY writes tabs and line feeds as escapes. */
export function parseCopyLine(line: string): readonly (string | null)[] {
  const cells = line.split('\t');
  // Most lines have no backslash.
  return line.includes('\\') ? cells.map((cell) => (cell.includes('\\') ? unescaped(cell) : cell)) : cells;
}

const lineFeed = 10;

/** Yields the rows of each received block; a row may span several blocks. */
export async function* copyRows(
  blocks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  let parts: Buffer[] = [];
  for await (const block of blocks) {
    const end = block.lastIndexOf(lineFeed);
    if (end < 0) {
      parts.push(block);
      continue;
    }
    const whole = Buffer.concat([...parts, block.subarray(0, end)]).toString('utf8');
    parts = end + 1 < block.length ? [block.subarray(end + 1)] : [];
    yield whole.split('\n').map(parseCopyLine);
  }
}
