/**
 * A quick way through the JSON that most producers write: one flat object of known fields, each once, whose values are
 * texts without escapes, whole numbers and nulls. It makes no object in between, and numbers stay the digits that were
 * written. Whatever is not of this kind, wrong JSON too, is left to `JSON.parse`: this reader only says that it cannot
 * tell, and never answers otherwise than the long way would (a property test compares both).
 */

/** Controls stand in no text of JSON; a backslash means an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const notPlain = /[\\\0-\x1f]/;

const quote = 34;
const comma = 44;
const minus = 45;
const zero = 48;
const nine = 57;
const colon = 58;
const space = 32;
const closeBrace = 125;

/** Digits that fit 64 bits whatever they are. */
const safeDigits = 18;

/** A field, and whether a number may stand there. */
export type PlainField = { readonly name: string; readonly number: boolean };

/** Reads events with these fields, at most 31. */
export class PlainJson {
  readonly #names: readonly string[];
  readonly #numbers: readonly boolean[];
  readonly #slots: ReadonlyMap<string, number>;
  /** The field that was met at each place of the last event: producers keep to one order. */
  readonly #order: number[];
  /** Index behind the value that was read last. */
  #end = 0;

  constructor(fields: readonly PlainField[]) {
    this.#names = fields.map(({ name }) => `"${name}"`);
    this.#numbers = fields.map(({ number }) => number);
    this.#slots = new Map(fields.map(({ name }, slot) => [name, slot]));
    this.#order = fields.map((_, slot) => slot);
  }

  /** The values in the order of the fields, null for what is not there; undefined when the text is not plain. */
  read(text: string): (string | null)[] | undefined {
    if (notPlain.test(text) || !text.startsWith('{"')) return undefined;
    const values: (string | null)[] = new Array(this.#names.length).fill(null);
    let seen = 0;
    let at = 1;
    for (let place = 0; ; place += 1) {
      const slot = this.#slotAt(text, at, place);
      if (slot === -1 || (seen & (1 << slot)) !== 0) return undefined;
      seen |= 1 << slot;
      at += this.#names[slot]?.length ?? 0;
      if (text.charCodeAt(at) !== colon) return undefined;
      at += text.charCodeAt(at + 1) === space ? 2 : 1;
      const value = this.#valueAt(text, at, slot);
      if (value === undefined) return undefined;
      values[slot] = value;
      at = this.#end;
      const code = text.charCodeAt(at);
      if (code === closeBrace) return at === text.length - 1 ? values : undefined;
      if (code !== comma) return undefined;
      at += text.charCodeAt(at + 1) === space ? 2 : 1;
    }
  }

  #slotAt(text: string, at: number, place: number): number {
    const expected = this.#order[place] ?? -1;
    if (expected !== -1 && text.startsWith(this.#names[expected] ?? '', at)) return expected;
    if (text.charCodeAt(at) !== quote) return -1;
    const slot = this.#slots.get(text.slice(at + 1, text.indexOf('"', at + 1))) ?? -1;
    if (slot !== -1 && place < this.#order.length) this.#order[place] = slot;
    return slot;
  }

  #valueAt(text: string, at: number, slot: number): string | null | undefined {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = text.indexOf('"', at + 1);
      if (end === -1) return undefined;
      this.#end = end + 1;
      return text.slice(at + 1, end);
    }
    if (text.startsWith('null', at)) {
      this.#end = at + 4;
      return null;
    }
    return this.#numbers[slot] ? this.#digitsAt(text, at) : undefined;
  }

  #digitsAt(text: string, at: number): string | undefined {
    const first = text.charCodeAt(at) === minus ? at + 1 : at;
    let end = first;
    for (let code = text.charCodeAt(end); code >= zero && code <= nine; code = text.charCodeAt(end)) end += 1;
    const count = end - first;
    // Neither 007 nor -0 is a whole number as JSON and SQL mean it alike.
    if (count === 0 || count > safeDigits) return undefined;
    if (text.charCodeAt(first) === zero && (count > 1 || first > at)) return undefined;
    this.#end = end;
    return text.slice(at, end);
  }
}
