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

/** Yields blocks of whole lines; a line may span several received blocks. */
async function* wholeLines(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const block of blocks) {
    const end = block.lastIndexOf(lineFeed);
    if (end < 0) {
      parts.push(block);
      continue;
    }
    yield Buffer.concat([...parts, block.subarray(0, end + 1)]);
    parts = end + 1 < block.length ? [block.subarray(end + 1)] : [];
  }
}

/** Yields the rows of each received block. */
export async function* copyRows(
  blocks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  for await (const lines of wholeLines(blocks))
    yield lines
      .toString('utf8', 0, lines.length - 1)
      .split('\n')
      .map(parseCopyLine);
}

/** Yields the lines of each received block as bytes, each with its line feed. */
export async function* copyLines(blocks: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  for await (const block of wholeLines(blocks)) {
    const lines: Buffer[] = [];
    for (let start = 0; start < block.length; ) {
      const end = block.indexOf(lineFeed, start) + 1;
      lines.push(block.subarray(start, end));
      start = end;
    }
    yield lines;
  }
}

/** Number of lines that end in a block. */
export function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(lineFeed); at >= 0; at = block.indexOf(lineFeed, at + 1)) lines += 1;
  return lines;
}
