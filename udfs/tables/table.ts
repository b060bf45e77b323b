/**
 * Read-only lookup tables too large for source code: a gzipped text of sorted lines, `key` or `key<TAB>value`, made by
 * `build.ts` beside this file and committed, so that results change only with the repository.
 *
 * A Map of 140,000 domains takes 20 MB and 60 ms. Here the text stays one string, one byte a character, and only the first
 * key of every 256 bytes is indexed, by its first six bytes as a number: loading is little more than inflating the file, there
 * is next to nothing for the garbage collector to walk, and a lookup is a dozen comparisons of numbers and one search in 256
 * bytes, about a third of a microsecond.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A table in memory. */
export type Table = {
  /** The value of a key, '' where the line has none, null where the key is not listed. */
  readonly find: (key: string) => string | null;
  readonly has: (key: string) => boolean;
  /** All lines, for tables small enough to walk. */
  readonly lines: () => readonly string[];
};

/** Characters between two indexed keys. */
const stride = 256;

const beyondAscii = /[^\0-\x7f]/;

/**
 * Keys beyond ASCII are compared by their bytes: as a string of bytes the text takes half the memory, and one Japanese
 * name does not make the whole of it two bytes a character.
 */
function bytesOf(key: string): string {
  return beyondAscii.test(key) ? Buffer.from(key, 'utf8').toString('latin1') : key;
}

/** The first six bytes as one number, which is exact and in the order of the bytes. */
function prefixOf(bytes: string): number {
  let prefix = 0;
  for (let at = 0; at < 6; at += 1) prefix = prefix * 256 + (at < bytes.length ? bytes.charCodeAt(at) : 0);
  return prefix;
}

/** Indexes UTF-8 lines: an empty one first, then sorted by their bytes, each ended by a newline. */
export function tableOf(utf8: Buffer): Table {
  const text = utf8.toString('latin1');
  /** Offset of the newline before each indexed line, and the line's key. */
  const starts: number[] = [];
  const heads: string[] = [];
  for (let at = 0; at !== -1 && at < text.length - 1; at = text.indexOf('\n', at + stride)) {
    const line = text.slice(at + 1, text.indexOf('\n', at + 1));
    const tab = line.indexOf('\t');
    starts.push(at);
    heads.push(tab === -1 ? line : line.slice(0, tab));
  }

  const prefixes = Float64Array.from(heads, prefixOf);

  /** The value of a key, found between the last head that is not behind it and the next one. */
  const find = (key: string): string | null => {
    const wanted = bytesOf(key);
    const prefix = prefixOf(wanted);
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const head = prefixes[middle] ?? 0;
      if (head < prefix || (head === prefix && (heads[middle] ?? '') <= wanted)) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    const block = text.slice(starts[low - 1], (starts[low] ?? text.length - 1) + 1);
    // Shorter keys come first, so of all lines that start with the key the first is the one, if any is.
    const at = block.indexOf(`\n${wanted}`);
    if (at === -1) return null;
    const end = at + 1 + wanted.length;
    if (block[end] === '\n') return '';
    return block[end] === '\t' ? block.slice(end + 1, block.indexOf('\n', end)) : null;
  };
  return {
    find,
    has: (key) => find(key) !== null,
    lines: () => Buffer.from(text, 'latin1').toString('utf8').split('\n').slice(1, -1),
  };
}

/** Loads `<name>.txt.gz` beside this file. Throws at start-up if the checkout is incomplete. */
export function loadTable(name: string): Table {
  const packed = readFileSync(new URL(`./${name}.txt.gz`, import.meta.url));
  // The last four bytes are the size of the content (RFC 1952 2.3.1): inflated in one piece, nothing is copied together.
  const size = packed.readUInt32LE(packed.length - 4);
  return tableOf(gunzipSync(packed, { chunkSize: Math.max(1024, size + 1) }));
}
