/**
 * JSON read without losing a digit: numbers stay the literals that were written, because `JSON.parse` rounds 64-bit
 * integers and long decimals without a word (rule 18). The reader is a cursor, so that a row can be read column by
 * column straight into its cells, and what nobody asks for is skipped, not built.
 */
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  endOfNumber,
  endOfString,
  endOfTree,
  failAt,
  isDigit,
  isSpace,
  JsonSyntaxError,
  minus,
  openBrace,
  openBracket,
  quote,
} from './scan.ts';
import { type Json, JsonNumber, type JsonTree } from './value.ts';

/** Deepest nesting that is read; the call stack ends somewhere behind it. */
const maxDepth = 256;

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
    return failAt(this.#text, this.at, expected);
  }

  skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.at))) this.at += 1;
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
    const code = this.#text.charCodeAt(this.at);
    if (code === quote) return 'string';
    if (isDigit(code) || code === minus) return 'number';
    if (code === 110) return 'null';
    if (code === 116 || code === 102) return 'boolean';
    if (code === openBrace || code === openBracket) return 'tree';
    if (!isSpace(code)) return this.fail('a value');
    this.skipSpace();
    return this.kind();
  }

  readString(): string {
    const text = this.#text;
    if (text.charCodeAt(this.at) !== quote) this.fail('a string');
    const start = this.at + 1;
    const end = text.indexOf('"', start);
    if (end < 0) return failAt(text, text.length, 'the end of a string');
    if (this.#backslash < start) {
      const next = text.indexOf('\\', start);
      this.#backslash = next < 0 ? text.length : next;
    }
    if (end > this.#backslash) return this.#readEscaped(start);
    this.at = end + 1;
    return text.slice(start, end);
  }

  #readEscaped(start: number): string {
    const end = endOfString(this.#text, start - 1);
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

  /** The number that stands here, as it is written. */
  readNumber(): string {
    const start = this.at;
    this.at = endOfNumber(this.#text, start);
    return this.#text.slice(start, this.at);
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
        this.at = endOfString(this.#text, this.at);
        return;
      case 'number':
        this.at = endOfNumber(this.#text, this.at);
        return;
      case 'boolean':
        this.readBoolean();
        return;
      case 'null':
        this.readNull();
        return;
      case 'tree':
        this.at = endOfTree(this.#text, this.at);
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
