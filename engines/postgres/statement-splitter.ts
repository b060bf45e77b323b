/**
 * Splits a script that arrives in pieces into its statements. A semicolon inside quotes, comments, brackets or the body of a
 * function does not end a statement. If a split is missed, the server refuses the text; it never runs two statements as one.
 */

import {
  dollarTag,
  endAfter,
  endOfComment,
  endOfString,
  indexOfPattern,
  lineEnd,
  match,
  openDollarTag,
  unfinished,
  word,
} from './statement-tokens.ts';

/** One statement of a script, or one command of psql. */
export type ScriptPart = {
  readonly kind: 'statement' | 'psql-command';
  /** Without the semicolon, and with the comments before it. */
  readonly text: string;
  /** Offset of `text` in the script. */
  readonly start: number;
  /** Offset in `text` of the first word, behind the comments. */
  readonly contentStart: number;
  /** Line of the first word, from 1. */
  readonly line: number;
};

export type SplitterOptions = {
  /** Whether a backslash where a statement could begin starts a command of psql, which ends with its line. */
  readonly psqlCommands?: boolean;
  /** Line of the first character, from 1. */
  readonly line?: number;
  /** See the property. */
  readonly backslashEscapes?: boolean;
};

const routine = /^create (or replace )?(function|procedure)\b/;

/** Pulls statements out of pieces of a script. Takes time linear in the length of the script, whatever its pieces are. */
export class StatementSplitter {
  /** Whether a backslash escapes in every string, as with `standard_conforming_strings = off`. */
  backslashEscapes: boolean;
  readonly #psqlCommands: boolean;
  #text = '';
  /** Where `#text` begins in the script. */
  #offset = 0;
  /** Where the current statement begins in `#text`. */
  #from = 0;
  /** Where the next token begins in `#text`. */
  #at = 0;
  /** Line at `#from`. */
  #line: number;
  #pieces: string[] = [];
  #pending = 0;
  /** Whether `#text` has no further complete statement. */
  #needsMore = false;

  #words: string[] = [];
  #isRoutine = false;
  #contentAt = unfinished;
  #brackets = 0;
  #bodyDepth = 0;

  constructor({ psqlCommands = false, line = 1, backslashEscapes = false }: SplitterOptions = {}) {
    this.#psqlCommands = psqlCommands;
    this.#line = line;
    this.backslashEscapes = backslashEscapes;
  }

  /** Line of the first character that belongs to no statement yet. */
  get line(): number {
    return this.#line;
  }

  /** Characters held, because they belong to no complete statement yet. */
  get held(): number {
    return this.#text.length - this.#from + this.#pending;
  }

  /** Line of the first word of the unfinished statement, undefined if there is none. */
  get unfinishedLine(): number | undefined {
    return this.#contentAt === unfinished ? undefined : this.#lineAt(this.#contentAt);
  }

  push(piece: string): void {
    this.#pieces.push(piece);
    this.#pending += piece.length;
  }

  /**
   * Returns the next statement, undefined if it has not arrived yet. Statements of only white space and comments are left
   * out.
   *
   * @param isLast whether no further piece follows. The rest is then a statement without semicolon.
   */
  next(isLast: boolean): ScriptPart | undefined {
    // Joining copies the statement, and its last token is scanned again. So small pieces of a long statement are collected.
    if (isLast || this.#pending * 2 >= this.#text.length - this.#from) this.#join();
    else if (this.#needsMore) return undefined;
    const part = this.#scan(isLast);
    this.#needsMore = part === undefined;
    return part;
  }

  /** Returns and forgets all text behind the last statement. */
  takeRest(): string {
    this.#join();
    const rest = this.#text.slice(this.#from);
    this.#text = '';
    this.#from = this.#at = 0;
    return rest;
  }

  #scan(isLast: boolean): ScriptPart | undefined {
    while (this.#at < this.#text.length) {
      const char = this.#text.charCodeAt(this.#at);
      if (char === semicolon && this.#brackets === 0 && this.#bodyDepth === 0) {
        const part = this.#finish('statement', this.#at, this.#at + 1);
        if (part !== undefined) return part;
        continue;
      }
      if (char === backslash && this.#psqlCommands && this.#contentAt === unfinished) {
        const end = indexOfPattern(lineEnd, this.#text, this.#at);
        if (end === unfinished && !isLast) return undefined;
        this.#contentAt = this.#at;
        const stop = end === unfinished ? this.#text.length : end;
        return this.#finish('psql-command', stop, stop);
      }
      const end = this.#tokenEnd(char, isLast);
      if (end === unfinished) return undefined;
      this.#at = end;
    }
    return isLast ? this.#finish('statement', this.#at, this.#at) : undefined;
  }

  #join(): void {
    if (this.#pending === 0) return;
    this.#text = this.#text.slice(this.#from) + this.#pieces.join('');
    this.#offset += this.#from;
    this.#at -= this.#from;
    if (this.#contentAt !== unfinished) this.#contentAt -= this.#from;
    this.#from = 0;
    this.#pieces = [];
    this.#pending = 0;
  }

  /** Ends the current statement at `end`. The next one begins at `next`. */
  #finish(kind: ScriptPart['kind'], end: number, next: number): ScriptPart | undefined {
    const content = this.#contentAt;
    let part: ScriptPart | undefined;
    if (content !== unfinished) {
      const raw = this.#text.slice(this.#from, end);
      const indent = raw.length - raw.trimStart().length;
      const start = this.#offset + this.#from + indent;
      const contentStart = content - this.#from - indent;
      part = { kind, text: raw.trim(), start, contentStart, line: this.#lineAt(content) };
    }
    this.#line = this.#lineAt(next);
    this.#from = this.#at = next;
    this.#words = [];
    this.#isRoutine = false;
    this.#contentAt = unfinished;
    this.#brackets = 0;
    this.#bodyDepth = 0;
    return part;
  }

  #lineAt(index: number): number {
    let line = this.#line;
    for (let at = this.#text.indexOf('\n', this.#from); at !== -1 && at < index; at = this.#text.indexOf('\n', at + 1))
      line += 1;
    return line;
  }

  /** Takes note of the token at `#at` and returns its end. A token that never ends extends to the end of the script. */
  #tokenEnd(char: number, isLast: boolean): number {
    const text = this.#text;
    const at = this.#at;
    const close = (end: number) => (end === unfinished && isLast ? text.length : end);
    if (char <= space) return at + 1;
    const isAtEnd = at + 1 === text.length && !isLast;
    if (char === dash || char === slash) {
      if (isAtEnd) return unfinished;
      if (text.startsWith('--', at)) return close(indexOfPattern(lineEnd, text, at));
      if (text.startsWith('/*', at)) return close(endOfComment(text, at));
    }
    if (char === singleQuote) {
      this.#note(at);
      return close(endOfString(text, at + 1, this.backslashEscapes));
    }
    if (char === doubleQuote) {
      this.#note(at);
      return close(endAfter(text, '"', at + 1));
    }
    if (char === dollar) {
      this.#note(at);
      const tag = match(dollarTag, text, at);
      if (tag !== undefined) return close(endAfter(text, tag, at + tag.length));
      return match(openDollarTag, text, at) !== undefined && !isLast ? unfinished : at + 1;
    }
    const found = match(word, text, at);
    if (found !== undefined) {
      const end = at + found.length;
      if (end === text.length && !isLast) return unfinished;
      this.#note(at);
      if ((found === 'e' || found === 'E') && text.charCodeAt(end) === singleQuote)
        return close(endOfString(text, end + 1, true));
      this.#noteWord(found);
      return end;
    }
    this.#note(at);
    if (char === openBracket) this.#brackets += 1;
    if (char === closeBracket) this.#brackets = Math.max(0, this.#brackets - 1);
    return at + 1;
  }

  #note(at: number): void {
    if (this.#contentAt === unfinished) this.#contentAt = at;
  }

  /** The body of a function in plain SQL: BEGIN ATOMIC ... END, with CASE ... END inside. */
  #noteWord(found: string): void {
    if (this.#words.length < 4) {
      this.#words.push(found.toLowerCase());
      this.#isRoutine = routine.test(this.#words.join(' '));
    }
    if (!this.#isRoutine) return;
    const lower = found.toLowerCase();
    if (lower === 'begin' || (lower === 'case' && this.#bodyDepth > 0)) this.#bodyDepth += 1;
    else if (lower === 'end' && this.#bodyDepth > 0) this.#bodyDepth -= 1;
  }
}

const space = 0x20;
const doubleQuote = 0x22;
const dollar = 0x24;
const singleQuote = 0x27;
const openBracket = 0x28;
const closeBracket = 0x29;
const dash = 0x2d;
const slash = 0x2f;
const semicolon = 0x3b;
const backslash = 0x5c;
