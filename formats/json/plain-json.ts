/**
 * A quick way through the JSON that most producers write: one flat object of known fields, each once, whose values are
 * texts without escapes, whole numbers and nulls. It reads the bytes as they came: no object is made in between, numbers
 * stay the digits that were written, and a text beyond ASCII is decoded alone, so that one accent does not double the
 * memory and the time of all others. Whatever is not of this kind, wrong JSON and wrong UTF-8 too, is left to
 * `JSON.parse`: this reader only says that it cannot tell, and never answers otherwise than the long way would (a property
 * test compares both).
 */
import { isUtf8 } from 'node:buffer';
import { backslash, closeBrace, colon, comma, isDigit, minus, openBrace, quote, zero } from './scan.ts';

const space = 32;
const firstBeyondAscii = 128;

const nullBytes = Buffer.from('null');

/** Digits that fit 64 bits whatever they are. */
const safeDigits = 18;

/** A field, and whether a number may stand there. */
export type PlainField = { readonly name: string; readonly number: boolean };

/** What was found of a field. */
const isNull = 0;
const isText = 1;
const isBeyondAscii = 2;

/** Reads events with these fields, at most 31. */
export class PlainJson {
  readonly #names: readonly Buffer[];
  readonly #numbers: readonly boolean[];
  readonly #slots: ReadonlyMap<string, number>;
  /** The field that was met at each place of the last event: producers keep to one order. */
  readonly #order: number[];
  /** What the event being read has for each field, and where it begins and ends. */
  readonly #found: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(fields: readonly PlainField[]) {
    this.#names = fields.map(({ name }) => Buffer.from(`"${name}"`));
    this.#numbers = fields.map(({ number }) => number);
    this.#slots = new Map(fields.map(({ name }, slot) => [name, slot]));
    this.#order = fields.map((_, slot) => slot);
    this.#found = new Uint8Array(fields.length);
    this.#starts = new Int32Array(fields.length);
    this.#ends = new Int32Array(fields.length);
  }

  /** The values in the order of the fields, null for what is not there; undefined when the bytes are not plain. */
  read(json: Buffer): (string | null)[] | undefined {
    if (!this.#find(json)) return undefined;
    const found = this.#found;
    if (found.includes(isBeyondAscii) && !isUtf8(json)) return undefined;
    // A character for each byte, so that what is ASCII can be cut out of it where it stands.
    const text = json.toString('latin1');
    const values: (string | null)[] = [];
    for (let slot = 0; slot < found.length; slot += 1) {
      const start = this.#starts[slot] ?? 0;
      const end = this.#ends[slot] ?? 0;
      if (found[slot] === isNull) values.push(null);
      else values.push(found[slot] === isText ? text.slice(start, end) : json.toString('utf8', start, end));
    }
    return values;
  }

  /** Finds where each value stands. False when the bytes are not plain. */
  #find(json: Buffer): boolean {
    this.#found.fill(isNull);
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

  /** Index behind the value that begins here; -1 when it is not plain. */
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
        this.#note(slot, bits < firstBeyondAscii ? isText : isBeyondAscii, start, end);
        return end + 1;
      }
      // Controls stand in no text of JSON; a backslash means an escape.
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
    // Neither 007 nor -0 is a whole number as JSON and SQL mean it alike.
    if (count === 0 || count > safeDigits) return -1;
    if (json[first] === zero && (count > 1 || first > start)) return -1;
    this.#note(slot, isText, start, end);
    return end;
  }

  #note(slot: number, found: number, start: number, end: number): void {
    this.#found[slot] = found;
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
