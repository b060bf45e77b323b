/**
 * Read-only lookup tables too large for source code: a gzipped text of sorted lines, `key` or `key<TAB>value`, made by
 * `build.ts` beside this file and committed, so that results change only with the repository.
 *
 * A Map of 140,000 domains takes 20 MB and 60 ms. Here the text stays one string, one byte a character, and only the first
 * key of every kilobyte is indexed: loading is little more than inflating the file, there is nothing for the garbage
 * collector to walk, and a lookup is a dozen comparisons and one search in a kilobyte, about half a microsecond. Most keys
 * that are asked for are not listed, so a set of hashes, eight bytes a line or less, turns those away before.
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
const stride = 1024;

const beyondAscii = /[^\0-\x7f]/;

/**
 * Keys beyond ASCII are compared by their bytes: as a string of bytes the text takes half the memory, and one Japanese
 * name does not make the whole of it two bytes a character.
 */
function bytesOf(key: string): string {
  return beyondAscii.test(key) ? Buffer.from(key, 'utf8').toString('latin1') : key;
}

/** FNV-1a of a key, which ends where the text does or at a tab or newline; never 0. */
function hash(text: string, from = 0): number {
  let value = 0x811c9dc5;
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 9 || code === 10) break;
    value = Math.imul(value ^ code, 0x01000193);
  }
  return value === 0 ? 1 : value;
}

/** The hashes of the keys of all lines: a table with open addressing, at most half full; 0 is an empty place. */
function hashesOf(text: string): { readonly has: (value: number) => boolean } {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  const mask = (1 << (32 - Math.clz32(2 * lines))) - 1;
  const places = new Int32Array(mask + 1);
  /** The place of the value, or the empty one where it belongs. */
  const placeOf = (value: number): number => {
    // The low bits of FNV alone are poor.
    let place = (value ^ (value >>> 15)) & mask;
    while (places[place] !== 0 && places[place] !== value) place = (place + 1) & mask;
    return place;
  };
  for (let start = text.indexOf('\n') + 1; start > 0 && start < text.length; start = text.indexOf('\n', start) + 1) {
    const value = hash(text, start);
    places[placeOf(value)] = value;
  }
  return { has: (value) => places[placeOf(value)] === value };
}

/** Indexes UTF-8 lines: an empty one first, then sorted by their bytes, each ended by a newline. */
export function tableOf(utf8: Buffer): Table {
  const text = utf8.toString('latin1');
  const hashes = hashesOf(text);
  /** Offset of the newline before each indexed line, and the line's key. */
  const starts: number[] = [];
  const heads: string[] = [];
  for (let at = 0; at !== -1 && at < text.length - 1; at = text.indexOf('\n', at + stride)) {
    const line = text.slice(at + 1, text.indexOf('\n', at + 1));
    const tab = line.indexOf('\t');
    starts.push(at);
    heads.push(tab === -1 ? line : line.slice(0, tab));
  }

  /** The value of a key, found between the last head that is not behind it and the next one. */
  const find = (key: string): string | null => {
    const wanted = bytesOf(key);
    if (!hashes.has(hash(wanted))) return null;
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((heads[middle] ?? '') <= wanted) low = middle + 1;
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
