/**
 * Reads JSON without rounding: numbers stay literals, because `JSON.parse` silently rounds 64-bit integers and long decimals
 * (rule 18). The reader is a cursor, so that a row is read column by column into its cells, and unused values are skipped.
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

/** Deepest nesting. The call stack allows somewhat more. */
const maxDepth = 256;

/** The kind of a value, by its first character. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'tree';

/** Reads one JSON text from start to end. */
export class JsonReader {
  #text = '';
  /** Index of the next backslash, so that it is not searched for every string: most texts have none. */
  #backslash = -1;
  /** Index of the next character. */
  at = 0;
  /** True once a string had a \u escape: only such strings can contain NUL or half a surrogate pair. The caller clears it. */
  suspect = false;

  /** Starts with another text. */
  reset(text: string, at = 0): this {
    this.#text = text;
    this.#backslash = -1;
    this.at = at;
    this.suspect = false;
    return this;
  }

  /** Moves back to an earlier index. To move forward, set `at`. */
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

  /** Reads `token` if it is next. Returns whether it was. */
  take(token: string): boolean {
    if (!this.#text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Skips white space and reads the character. Throws if another one is next. */
  #expect(code: number): void {
    this.skipSpace();
    if (this.#text.charCodeAt(this.at) !== code) this.fail(`'${String.fromCharCode(code)}'`);
    this.at += 1;
  }

  /** Enters an object. Returns false if it is empty; the cursor is then after it. */
  openObject(): boolean {
    return this.#open(openBrace, closeBrace);
  }

  /** Enters an array. Returns false if it is empty; the cursor is then after it. */
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

  /** Moves on from a member: returns true before the next member, false after the object. */
  nextMember(): boolean {
    return this.#next(closeBrace);
  }

  /** Moves on from an element: returns true before the next element, false after the array. */
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

  /** Reads the name of a member and the colon. */
  readName(): string {
    this.skipSpace();
    const name = this.readString();
    this.#expect(colon);
    return name;
  }

  /** Skips white space and returns the kind of the next value. */
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

  /** Reads a number and returns its literal. */
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

  /** Reads any value. */
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

  /** Reads an array or object. */
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

  /** Skips any value. In arrays and objects it only searches the end; their content is not checked. */
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

  /** Throws unless only white space follows. */
  end(): void {
    this.skipSpace();
    if (this.at < this.#text.length) this.fail('the end');
  }
}

/** Parses the whole text. Throws a `JsonSyntaxError`. */
export function parseJson(text: string): Json {
  const reader = new JsonReader().reset(text);
  const value = reader.readValue();
  reader.end();
  return value;
}
