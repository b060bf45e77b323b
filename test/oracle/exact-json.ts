/**
 * A JSON reader that keeps the digits of numbers. `JSON.parse` rounds 9007199254740993 to …992, so an oracle that
 * used it would repeat the fault that it has to detect. Written for clarity, not for speed.
 */

/** A number with its digits in the text. */
export class NumberLiteral {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** A JSON value; objects are Maps, so that no field name is special. */
export type ExactJson = null | boolean | string | NumberLiteral | ExactJson[] | Map<string, ExactJson>;

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Characters that need no escape in a string: no quote, no backslash, no control character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids just these
const plain = /[^"\\\u0000-\u001f]*/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads the whole text as one value. */
  document(): ExactJson {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at !== this.#text.length) this.#fail('text after the value');
    return value;
  }

  #fail(why: string): never {
    throw new Error(`not JSON: ${why} at ${this.#at}`);
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #skipSpace(): void {
    while (this.#peek() !== '' && ' \t\r\n'.includes(this.#peek())) this.#at += 1;
  }

  #expect(char: string): void {
    if (this.#peek() !== char) this.#fail(`expected ${char}`);
    this.#at += 1;
  }

  #value(): ExactJson {
    this.#skipSpace();
    const char = this.#peek();
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    if (char === '"') return this.#string();
    for (const [word, value] of [
      ['null', null],
      ['true', true],
      ['false', false],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(this.#at, this.#at + 100));
    if (!number) return this.#fail('no value');
    this.#at += number[0].length;
    return new NumberLiteral(number[0]);
  }

  #object(): Map<string, ExactJson> {
    const fields = new Map<string, ExactJson>();
    this.#expect('{');
    this.#skipSpace();
    if (this.#peek() === '}') {
      this.#at += 1;
      return fields;
    }
    for (;;) {
      this.#skipSpace();
      const name = this.#string();
      this.#skipSpace();
      this.#expect(':');
      fields.set(name, this.#value());
      this.#skipSpace();
      if (this.#peek() === '}') break;
      this.#expect(',');
    }
    this.#expect('}');
    return fields;
  }

  #array(): ExactJson[] {
    const items: ExactJson[] = [];
    this.#expect('[');
    this.#skipSpace();
    if (this.#peek() === ']') {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.#value());
      this.#skipSpace();
      if (this.#peek() === ']') break;
      this.#expect(',');
    }
    this.#expect(']');
    return items;
  }

  #string(): string {
    let text = '';
    this.#expect('"');
    for (;;) {
      plain.lastIndex = this.#at;
      const run = plain.exec(this.#text)?.[0] ?? '';
      text += run;
      this.#at += run.length;
      if (this.#peek() !== '\\') break;
      this.#at += 1;
      text += this.#escape();
    }
    this.#expect('"');
    return text;
  }

  #escape(): string {
    const char = this.#peek();
    this.#at += 1;
    if (char !== 'u') return escapes.get(char) ?? this.#fail('an unknown escape');
    const hex = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[\da-fA-F]{4}$/.test(hex)) this.#fail('a short \\u escape');
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
}

/** Reads a JSON text; throws if it is invalid. */
export const readExactJson = (text: string): ExactJson => new Reader(text).document();
