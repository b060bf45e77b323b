/** The text that LOAD DATA reads: tabs between cells, line feeds between rows, backslash as escape, `\N` for null. */
import { Readable } from 'node:stream';
import type { LoadedRow } from '../../load.ts';

const special = /[\\\t\n]/;
const escapes: { readonly [char: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n' };

/** One cell. */
export const loadCell = (cell: string | null): string => {
  if (cell === null) return '\\N';
  return special.test(cell) ? cell.replace(/[\\\t\n]/g, (char) => escapes[char] ?? char) : cell;
};

const packetBytes = 256 * 1024;

/** The bytes of a text in parts. The driver sends each buffer as one packet, and the server limits packets. */
export function* packetsOf(text: string): Generator<Buffer> {
  const bytes = Buffer.from(text, 'utf8');
  for (let start = 0; start < bytes.length; start += packetBytes) yield bytes.subarray(start, start + packetBytes);
}

/** Rows as a stream of bytes. Its reader sets the pace. */
export function loadStream(batches: AsyncIterable<readonly LoadedRow[]>): Readable {
  return Readable.from(bytesOf(batches), { objectMode: true, highWaterMark: 1 });
}

async function* bytesOf(batches: AsyncIterable<readonly LoadedRow[]>): AsyncGenerator<Buffer> {
  for await (const rows of batches) {
    if (rows.length > 0) yield* packetsOf(`${rows.map((row) => row.map(loadCell).join('\t')).join('\n')}\n`);
  }
}
