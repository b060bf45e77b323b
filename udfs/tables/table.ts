/**
 * Read-only lookup tables that are too large for source code: a gzipped text of sorted lines, `key` or `key<TAB>value`, made by
 * `build.ts` beside this file and committed, so that results change only with the repository.
 *
 * A Map of 140,000 domains takes 20 MB and 60 ms. Here the text stays in its inflated bytes, and an array of 32-bit
 * numbers holds the position of each key: a hash table without objects, 4 to 8 bytes a key. A lookup takes about 0.1 µs.
 * Most keys that are looked up are in no table, and one or two numbers suffice to tell.
 */
import { accessSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A table in memory. */
export type Table = {
  /** The value of a key, '' where the line has none, null where the key is not listed. */
  readonly find: (key: string) => string | null;
  readonly has: (key: string) => boolean;
  /** All lines, for tables small enough to iterate. */
  readonly lines: () => readonly string[];
};

const newline = 10;
const tab = 9;

/** The lower bits of an entry: the position of its line, plus one, so that 0 means no entry. Tables hold up to 4 MiB. */
const placeBits = 22;
const placeMask = 2 ** placeBits - 1;

/** FNV-1a, byte by byte. */
const hashStart = 0x811c9dc5;
const hashed = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);
/** Only the higher bits depend on all bytes, so they are mixed into the lower ones. */
const mixed = (hash: number): number => hash ^ (hash >>> 15);

/** The other bits of an entry are bits of the hash. They tell nearly all other keys apart without reading them. */
const tagOf = (hash: number): number => hash & ~placeMask;

const utf8 = new TextEncoder();

/** Indexes UTF-8 lines, the empty one first, each ended by a newline. */
export function tableOf(bytes: Buffer): Table {
  if (bytes.length > placeMask) throw new Error(`a table has at most ${placeMask} bytes, and this one ${bytes.length}`);
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === newline) count += 1;
  // At most three quarters full.
  const entries = new Uint32Array(2 ** Math.ceil(Math.log2((count * 4) / 3 + 1)));
  const mask = entries.length - 1;

  /** Bytes of the longest key. */
  let longest = 0;
  for (let at = 1; at < bytes.length; ) {
    const start = at;
    let hash = hashStart;
    for (; bytes[at] !== newline && bytes[at] !== tab; at += 1) hash = hashed(hash, bytes[at] ?? 0);
    longest = Math.max(longest, at - start);
    hash = mixed(hash);
    let place = hash & mask;
    while (entries[place] !== 0) place = (place + 1) & mask;
    entries[place] = tagOf(hash) | (start + 1);
    while (bytes[at] !== newline) at += 1;
    at += 1;
  }

  /** The bytes of the key to find. */
  const wanted = new Uint8Array(longest * 3);

  /** The end of the key of a line; -1 if it is not the key to find. */
  const endOf = (start: number, length: number): number => {
    for (let at = 0; at < length; at += 1) if (bytes[start + at] !== wanted[at]) return -1;
    const next = bytes[start + length];
    return next === newline || next === tab ? start + length : -1;
  };

  const valueFrom = (start: number): string => {
    let end = start;
    while (bytes[end] !== newline) end += 1;
    return bytes.toString('latin1', start, end);
  };

  const find = (key: string): string | null => {
    if (key.length > longest) return null;
    let length = key.length;
    let hash = hashStart;
    for (let at = 0; at < length; at += 1) {
      const code = key.charCodeAt(at);
      if (code > 127) {
        length = utf8.encodeInto(key, wanted).written;
        hash = hashStart;
        for (let byte = 0; byte < length; byte += 1) hash = hashed(hash, wanted[byte] ?? 0);
        break;
      }
      wanted[at] = code;
      hash = hashed(hash, code);
    }
    hash = mixed(hash);
    const tag = tagOf(hash) >>> 0;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const entry = entries[place] ?? 0;
      if (entry === 0) return null;
      if ((entry & ~placeMask) >>> 0 !== tag) continue;
      const end = endOf((entry & placeMask) - 1, length);
      if (end === -1) continue;
      return bytes[end] === newline ? '' : valueFrom(end + 1);
    }
  };
  return {
    find,
    has: (key) => find(key) !== null,
    lines: () => bytes.toString('utf8').split('\n').slice(1, -1),
  };
}

/**
 * The table `<name>.txt.gz` beside this file. Throws at start-up if the checkout is incomplete. The first lookup inflates and indexes it,
 * which takes up to 0.3 s and which most commands never need.
 */
export function loadTable(name: string): Table {
  const file = new URL(`./${name}.txt.gz`, import.meta.url);
  accessSync(file);
  let table: Table | null = null;
  const loaded = (): Table => {
    table ??= tableOf(inflated(readFileSync(file)));
    return table;
  };
  return {
    find: (key) => (table ?? loaded()).find(key),
    has: (key) => (table ?? loaded()).has(key),
    lines: () => (table ?? loaded()).lines(),
  };
}

/** The last four bytes are the size of the content (RFC 1952 2.3.1), so it is inflated in one piece without copying. */
const inflated = (packed: Buffer): Buffer =>
  gunzipSync(packed, { chunkSize: Math.max(1024, packed.readUInt32LE(packed.length - 4) + 1) });
