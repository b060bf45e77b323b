/**
 * A fast reader for the JSON of most producers: a flat object of known fields, each at most once, whose values are strings
 * without escapes, integers or null. It reads the bytes directly: it builds no intermediate object, and numbers keep their
 * digits. Each non-ASCII string is decoded separately, so that one accent does not double memory and time for all strings.
 *
 * For any other input, such as invalid JSON or UTF-8, it returns undefined, and the caller uses `JSON.parse`. A property test
 * proves that its results never differ from those of `JSON.parse`.
 */
import { isUtf8 } from 'node:buffer';
import { backslash, closeBrace, colon, comma, isDigit, minus, openBrace, quote, zero } from './scan.ts';

const space = 32;
const firstNonAscii = 128;

const nullBytes = Buffer.from('null');

/** Most digits that always fit 64 bits. */
const maxSafeDigits = 18;

/** A field, and whether its value may be a number. */
export type PlainField = { readonly name: string; readonly number: boolean };

/** Kinds of values: null, ASCII strings and numbers, other strings. */
const nullKind = 0;
const asciiKind = 1;
const nonAsciiKind = 2;

/** Reads objects with the given fields, at most 31. */
export class PlainJson {
  readonly #names: readonly Buffer[];
  readonly #numbers: readonly boolean[];
  readonly #slots: ReadonlyMap<string, number>;
  /** The expected field at each place: that of the last object, because producers keep the order of fields. */
  readonly #order: number[];
  /** Kind, start and end of each field's value in the current object. */
  readonly #kinds: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(fields: readonly PlainField[]) {
    this.#names = fields.map(({ name }) => Buffer.from(`"${name}"`));
    this.#numbers = fields.map(({ number }) => number);
    this.#slots = new Map(fields.map(({ name }, slot) => [name, slot]));
    this.#order = fields.map((_, slot) => slot);
    this.#kinds = new Uint8Array(fields.length);
    this.#starts = new Int32Array(fields.length);
    this.#ends = new Int32Array(fields.length);
  }

  /** Returns the values in the order of the fields, null for a missing one. Undefined if the input needs `JSON.parse`. */
  read(json: Buffer): (string | null)[] | undefined {
    if (!this.#find(json)) return undefined;
    const kinds = this.#kinds;
    if (kinds.includes(nonAsciiKind) && !isUtf8(json)) return undefined;
    // latin1 has one character per byte, so ASCII values can be sliced at their byte offsets.
    const text = json.toString('latin1');
    const values: (string | null)[] = [];
    for (let slot = 0; slot < kinds.length; slot += 1) {
      const start = this.#starts[slot] ?? 0;
      const end = this.#ends[slot] ?? 0;
      if (kinds[slot] === nullKind) values.push(null);
      else values.push(kinds[slot] === asciiKind ? text.slice(start, end) : json.toString('utf8', start, end));
    }
    return values;
  }

  /** Finds the range of each value. Returns false if the input needs `JSON.parse`. */
  #find(json: Buffer): boolean {
    this.#kinds.fill(nullKind);
    const last = json.length - 1;
    if (json[0] !== openBrace || json[last] !== closeBrace) return false;
    let seen = 0;
    let at = 1;
    for (let place = 0; ; place += 1) {
      const slot = this.#slotAt(json, at, place);
      if (slot === -1 || (seen & (1 << slot)) !== 0) return false;
      seen |= 1 << slot;
      at += this.#names[slot]?.length ?? 0;
      if (json[at] !== colon) return false;
      at = this.#valueAt(json, json[at + 1] === space ? at + 2 : at + 1, slot);
      if (at === -1) return false;
      if (at === last) return true;
      if (json[at] !== comma) return false;
      at += json[at + 1] === space ? 2 : 1;
    }
  }

  #slotAt(json: Buffer, at: number, place: number): number {
    const expected = this.#order[place] ?? -1;
    const name = this.#names[expected];
    if (name !== undefined && startsWith(json, name, at)) return expected;
    if (json[at] !== quote) return -1;
    const slot = this.#slots.get(json.toString('latin1', at + 1, json.indexOf(quote, at + 1))) ?? -1;
    if (slot !== -1 && place < this.#order.length) this.#order[place] = slot;
    return slot;
  }

  /** Returns the index after the value at `start`; -1 if the input needs `JSON.parse`. */
  #valueAt(json: Buffer, start: number, slot: number): number {
    if (json[start] === quote) return this.#textAt(json, start + 1, slot);
    if (startsWith(json, nullBytes, start)) return start + nullBytes.length;
    return this.#numbers[slot] ? this.#digitsAt(json, start, slot) : -1;
  }

  #textAt(json: Buffer, start: number, slot: number): number {
    const { length } = json;
    let bits = 0;
    for (let end = start; end < length; end += 1) {
      const byte = json[end] ?? 0;
      if (byte === quote) {
        this.#note(slot, bits < firstNonAscii ? asciiKind : nonAsciiKind, start, end);
        return end + 1;
      }
      // Control characters are invalid in a JSON string; a backslash starts an escape.
      if (byte < space || byte === backslash) return -1;
      bits |= byte;
    }
    return -1;
  }

  #digitsAt(json: Buffer, start: number, slot: number): number {
    const first = json[start] === minus ? start + 1 : start;
    let end = first;
    while (isDigit(json[end] ?? 0)) end += 1;
    const count = end - first;
    // 007 is invalid JSON, and JSON.parse and SQL treat -0 differently.
    if (count === 0 || count > maxSafeDigits) return -1;
    if (json[first] === zero && (count > 1 || first > start)) return -1;
    this.#note(slot, asciiKind, start, end);
    return end;
  }

  #note(slot: number, kind: number, start: number, end: number): void {
    this.#kinds[slot] = kind;
    this.#starts[slot] = start;
    this.#ends[slot] = end;
  }
}

function startsWith(json: Buffer, part: Buffer, at: number): boolean {
  const { length } = part;
  if (at + length > json.length) return false;
  for (let i = 0; i < length; i += 1) if (json[at + i] !== part[i]) return false;
  return true;
}
