/**
 * Splits one JSON array into the bytes of its elements. It reads only the structure: quotes, brackets and commas. It
 * does not check the content of elements, so a malformed element within a valid structure is returned unchanged.
 */
import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  isSpace,
  openBrace,
  openBracket,
  quote,
} from '../../formats/json/scan.ts';
import { type FileElement, MalformedFile, OpenElement, type Splitter } from './element.ts';

// What the next byte may be. Numbers, because one is compared per byte.
const beforeArray = 0;
const beforeFirst = 1;
const beforeNext = 2;
const inString = 3;
const inNested = 4;
const inScalar = 5;
const afterElement = 6;
const afterArray = 7;

const isCut =
  'If it is still being written, run the command again later: it continues after the records that were read. ' +
  'JSON lines can be read while they grow.';

const shown = (byte: number): string => (byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `byte ${byte}`);

/** Reads `[element, …]`. `offset` is the position of the first chunk in the file. */
export class ArraySplitter implements Splitter {
  readonly #open: OpenElement;
  #offset: number;
  #state = beforeArray;
  #depth = 0;
  #escaped = false;

  constructor(limit: number, offset: number) {
    this.#open = new OpenElement(limit);
    this.#offset = offset;
  }

  push(chunk: Buffer): FileElement[] {
    const done: FileElement[] = [];
    const length = chunk.length;
    let i = 0;
    while (i < length) {
      const state = this.#state;
      if (state === inString) {
        i = this.#skipString(chunk, i);
        if (this.#state === afterElement) done.push(this.#open.finish(chunk, i));
      } else if (state === inNested) {
        i = this.#skipNested(chunk, i);
        if (this.#state === afterElement) done.push(this.#open.finish(chunk, i));
      } else if (state === inScalar) {
        while (i < length && chunk[i] !== comma && chunk[i] !== closeBracket && !isSpace(chunk[i])) i += 1;
        if (i === length) break;
        done.push(this.#open.finish(chunk, i));
        this.#state = afterElement;
      } else {
        if (!isSpace(chunk[i])) this.#between(chunk[i] ?? 0, i);
        i += 1;
      }
    }
    if (this.#state === inString || this.#state === inNested || this.#state === inScalar) this.#open.hold(chunk);
    this.#offset += length;
    return done;
  }

  end(): { readonly done: FileElement[] } {
    if (this.#state === afterArray) return { done: [] };
    if (this.#state === inString || this.#state === inNested) {
      throw new MalformedFile('the file ends inside an element of its array', this.#open.start, isCut);
    }
    throw new MalformedFile("the file ends before the ']' of its array", this.#offset, isCut);
  }

  /** Handles a byte between the elements, other than white space. */
  #between(byte: number, index: number): void {
    const state = this.#state;
    const at = this.#offset + index;
    if (state === beforeArray) {
      if (byte !== openBracket) throw new MalformedFile(`expected '[', found ${shown(byte)}`, at);
      this.#state = beforeFirst;
    } else if (state === afterArray) {
      throw new MalformedFile(`the array has ended, yet ${shown(byte)} follows`, at);
    } else if (byte === closeBracket && state !== beforeNext) this.#state = afterArray;
    else if (state === afterElement) {
      if (byte !== comma) throw new MalformedFile(`expected ',' or ']' after an element, found ${shown(byte)}`, at);
      this.#state = beforeNext;
    } else if (byte === comma || byte === closeBracket || byte === closeBrace) {
      throw new MalformedFile(`expected an element, found ${shown(byte)}`, at);
    } else this.#begin(byte, index);
  }

  #begin(byte: number, index: number): void {
    this.#open.begin(index, this.#offset + index);
    const nested = byte === openBrace || byte === openBracket;
    this.#depth = nested ? 1 : 0;
    this.#state = nested ? inNested : byte === quote ? inString : inScalar;
  }

  /** From inside a string to behind its closing quote, or to the end of the chunk. */
  #skipString(chunk: Buffer, from: number): number {
    let i = from;
    if (this.#escaped) {
      this.#escaped = false;
      i += 1;
    }
    while (i < chunk.length) {
      const byte = chunk[i];
      if (byte === quote) {
        this.#state = this.#depth === 0 ? afterElement : inNested;
        return i + 1;
      }
      i += byte === backslash ? 2 : 1;
    }
    this.#escaped = i > chunk.length;
    return chunk.length;
  }

  /** From inside an object or array to the next string in it, to behind its end, or to the end of the chunk. */
  #skipNested(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte === quote) {
        this.#state = inString;
        return i + 1;
      }
      if (byte === openBrace || byte === openBracket) this.#depth += 1;
      else if (byte === closeBrace || byte === closeBracket) {
        this.#depth -= 1;
        if (this.#depth === 0) {
          this.#state = afterElement;
          return i + 1;
        }
      }
    }
    return chunk.length;
  }
}
