/**
 * JSON read without losing a digit: numbers stay the literals that were written, because `JSON.parse` rounds 64-bit
 * integers and long decimals without a word (rule 18). The reader is a cursor, so that a row can be read column by
 * column straight into its cells, and what nobody asks for is skipped, not built.
 */

/** A number as it is written. */
export class JsonNumber {
  readonly literal: string;
  constructor(literal: string) {
    this.literal = literal;
  }
}

/** An object; a Map, because `__proto__` is a possible column name. Of a repeated key the last counts. */
export type JsonObject = ReadonlyMap<string, Json>;
/** An array or object. */
export type JsonTree = readonly Json[] | JsonObject;
/** Any value, numbers as they are written. */
export type Json = string | boolean | null | JsonNumber | JsonTree;

/** The text is no JSON. Thrown by the reader, caught where a message is decoded. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** Deepest nesting that is read; the call stack ends somewhere behind it. */
const maxDepth = 256;

const quote = 34;
const comma = 44;
const minus = 45;
const zero = 48;
const nine = 57;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** What a value is, told by its first character. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'tree';

/** Reads one JSON text from front to back. */
export class JsonReader {
  #text = '';
  /** Where the next backslash stands at or behind the last one looked for; most texts have none. */
  #backslash = -1;
  /** Index of the next character. */
  at = 0;
  /** True once a string had a \u escape: only these can carry NUL or half a surrogate pair. Cleared by the user. */
  suspect = false;

  /** Starts over with another text. */
  reset(text: string, at = 0): this {
    this.#text = text;
    this.#backslash = -1;
    this.at = at;
    this.suspect = false;
    return this;
  }

  /** Back to a place that was passed; forward, `at` may be set. */
  back(at: number): void {
    this.at = at;
    this.#backslash = -1;
  }

  get text(): string {
    return this.#text;
  }

  fail(expected: string): never {
    throw new JsonSyntaxError(
      this.at >= this.#text.length ? 'it ends too early' : `expected ${expected} at position ${this.at}`,
    );
  }

  skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at += 1;
    }
  }

  /** True, and behind it, when `token` stands here as it is. */
  take(token: string): boolean {
    if (!this.#text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Behind the character, white space before it skipped. */
  #expect(code: number): void {
    this.skipSpace();
    if (this.#text.charCodeAt(this.at) !== code) this.fail(`'${String.fromCharCode(code)}'`);
    this.at += 1;
  }

  /** Into an object; false when it is empty, and then behind it. */
  openObject(): boolean {
    return this.#open(openBrace, closeBrace);
  }

  /** Into an array; false when it is empty, and then behind it. */
  openArray(): boolean {
    return this.#open(openBracket, closeBracket);
  }

  #open(opening: number, closing: number): boolean {
    this.#expect(opening);
    if (this.#text.charCodeAt(this.at) === quote) return true;
    this.skipSpace();
    if (this.#text.charCodeAt(this.at) !== closing) return true;
    this.at += 1;
    return false;
  }

  /** After a member of an object: true before the next one, false behind the object. */
  nextMember(): boolean {
    return this.#next(closeBrace);
  }

  /** After an element of an array: true before the next one, false behind the array. */
  nextElement(): boolean {
    return this.#next(closeBracket);
  }

  #next(closing: number): boolean {
    let code = this.#text.charCodeAt(this.at);
    if (code !== comma && code !== closing) {
      this.skipSpace();
      code = this.#text.charCodeAt(this.at);
    }
    if (code !== comma && code !== closing) this.fail(`',' or '${String.fromCharCode(closing)}'`);
    this.at += 1;
    return code === comma;
  }

  /** A member's name, and the colon behind it. */
  readName(): string {
    this.skipSpace();
    const name = this.readString();
    this.#expect(colon);
    return name;
  }

  /** What stands here, white space before it skipped. */
  kind(): JsonKind {
    let code = this.#text.charCodeAt(this.at);
    if (code === 32 || code === 10 || code === 13 || code === 9) {
      this.skipSpace();
      code = this.#text.charCodeAt(this.at);
    }
    if (code === quote) return 'string';
    if ((code >= zero && code <= nine) || code === minus) return 'number';
    if (code === 110) return 'null';
    if (code === 116 || code === 102) return 'boolean';
    if (code === openBrace || code === openBracket) return 'tree';
    return this.fail('a value');
  }

  readString(): string {
    const text = this.#text;
    if (text.charCodeAt(this.at) !== quote) this.fail('a string');
    const start = this.at + 1;
    const end = text.indexOf('"', start);
    if (end < 0) {
      this.at = text.length;
      this.fail('the end of a string');
    }
    if (this.#backslash < start) {
      const next = text.indexOf('\\', start);
      this.#backslash = next < 0 ? text.length : next;
    }
    if (end > this.#backslash) return this.#readEscaped(start);
    this.at = end + 1;
    return text.slice(start, end);
  }

  #readEscaped(start: number): string {
    const end = this.#endOfString(start);
    const literal = this.#text.slice(start - 1, end);
    if (literal.includes('\\u')) this.suspect = true;
    try {
      const value = JSON.parse(literal) as string;
      this.at = end;
      return value;
    } catch {
      return this.fail('a string');
    }
  }

  /** Index behind the string whose first character is at `start`. */
  #endOfString(start: number): number {
    const text = this.#text;
    let end = text.indexOf('"', start);
    while (end >= 0) {
      let slashes = 0;
      while (end - slashes > start && text.charCodeAt(end - 1 - slashes) === 92) slashes += 1;
      if (slashes % 2 === 0) return end + 1;
      end = text.indexOf('"', end + 1);
    }
    this.at = text.length;
    return this.fail('the end of a string');
  }

  #digits(): void {
    const start = this.at;
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (!(code >= zero && code <= nine)) break;
      this.at += 1;
    }
    if (this.at === start) this.fail('a digit');
  }

  /** The number that stands here, as it is written. */
  readNumber(): string {
    const start = this.at;
    const text = this.#text;
    if (text.charCodeAt(this.at) === minus) this.at += 1;
    if (text.charCodeAt(this.at) === zero) this.at += 1;
    else this.#digits();
    let code = text.charCodeAt(this.at);
    if (code === 46) {
      this.at += 1;
      this.#digits();
      code = text.charCodeAt(this.at);
    }
    if (code === 101 || code === 69) {
      this.at += 1;
      const sign = text.charCodeAt(this.at);
      if (sign === minus || sign === 43) this.at += 1;
      this.#digits();
    }
    return text.slice(start, this.at);
  }

  readBoolean(): boolean {
    if (this.take('true')) return true;
    return this.take('false') ? false : this.fail('true or false');
  }

  readNull(): null {
    return this.take('null') ? null : this.fail('null');
  }

  /** Any value. */
  readValue(depth = 0): Json {
    switch (this.kind()) {
      case 'string':
        return this.readString();
      case 'number':
        return new JsonNumber(this.readNumber());
      case 'boolean':
        return this.readBoolean();
      case 'null':
        return this.readNull();
      case 'tree':
        return this.readTree(depth);
    }
  }

  /** The array or object that stands here. */
  readTree(depth = 0): JsonTree {
    if (depth === maxDepth) throw new JsonSyntaxError(`nested more than ${maxDepth} deep`);
    if (this.#text.charCodeAt(this.at) === openBracket) {
      const elements: Json[] = [];
      if (this.openArray()) {
        do elements.push(this.readValue(depth + 1));
        while (this.nextElement());
      }
      return elements;
    }
    const members = new Map<string, Json>();
    if (this.openObject()) {
      do members.set(this.readName(), this.readValue(depth + 1));
      while (this.nextMember());
    }
    return members;
  }

  /** Behind any value. The inside of arrays and objects is looked at no closer than it takes to find the end. */
  skipValue(): void {
    switch (this.kind()) {
      case 'string':
        this.at = this.#endOfString(this.at + 1);
        return;
      case 'number':
        this.readNumber();
        return;
      case 'boolean':
        this.readBoolean();
        return;
      case 'null':
        this.readNull();
        return;
      case 'tree':
        this.#skipTree();
    }
  }

  #skipTree(): void {
    let depth = 0;
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code === quote) {
        this.at = this.#endOfString(this.at + 1);
        continue;
      }
      if (Number.isNaN(code)) this.fail('the end of a value');
      this.at += 1;
      if (code === openBrace || code === openBracket) depth += 1;
      else if (code === closeBrace || code === closeBracket) {
        depth -= 1;
        if (depth === 0) return;
      }
    }
  }

  /** Throws unless nothing but white space follows. */
  end(): void {
    this.skipSpace();
    if (this.at < this.#text.length) this.fail('the end');
  }
}

/** The whole text as a value. Throws a JsonSyntaxError. */
export function parseJson(text: string): Json {
  const reader = new JsonReader().reset(text);
  const value = reader.readValue();
  reader.end();
  return value;
}

/** True for objects. */
export const isObject = (value: Json | undefined): value is JsonObject => value instanceof Map;
