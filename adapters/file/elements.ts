/**
 * Splits a file of JSON values (an array, or one value per line) or of CSV records into elements, with their exact bytes and
 * positions, in order. The file source, `enrich` and the simulator's replay use it. It holds at most one chunk and one element
 * in memory.
 */
import { isSpace, markLength, openBrace, openBracket } from '../../formats/json/scan.ts';
import { ArraySplitter } from './array-splitter.ts';
import { type CsvFormat, CsvSplitter } from './csv-splitter.ts';
import type { FileElement, Splitter, Tail } from './element.ts';
import { refuseForeign, signatureBytes } from './foreign-format.ts';
import { LineSplitter } from './line-splitter.ts';

export { type FileElement, MalformedFile } from './element.ts';

/** Default of the largest element, in bytes. */
const defaultElementLimit = 64 * 1024 * 1024;

/** How a file is split. */
export type Splitting = {
  /** Largest element, in bytes. */
  readonly limit?: number;
  /** Present for CSV; without it the file is JSON. */
  readonly csv?: CsvFormat | undefined;
  /** The file's name for messages, `-` for standard input. */
  readonly name?: string;
  /** Decides whether to read a last element without a line end; by default it is read. */
  readonly takeTail?: (tail: Tail) => boolean | Promise<boolean>;
};

/** Collects the first bytes of a file until its kind is known. */
class Head {
  readonly #splitting: Splitting;
  #bytes: Buffer = Buffer.alloc(0);
  #offset = 0;
  #isChecked = false;

  constructor(splitting: Splitting) {
    this.#splitting = splitting;
  }

  /** Returns the splitter for the file and the bytes to begin with; undefined while more bytes are needed. */
  detect(chunk: Buffer, atEnd: boolean): [Splitter, Buffer] | undefined {
    const { limit = defaultElementLimit, csv, name = '-' } = this.#splitting;
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#isChecked) {
      // A live stream may pause, so two bytes suffice for JSON.
      const [first, second = 0] = this.#bytes;
      const isJson = (first === openBrace || first === openBracket) && second !== 0;
      if (!isJson && this.#bytes.length < signatureBytes && !atEnd) return undefined;
      refuseForeign(this.#bytes, name);
      this.#drop(markLength(this.#bytes));
      this.#isChecked = true;
    }
    if (csv) return this.#bytes.length === 0 ? undefined : [new CsvSplitter(limit, this.#offset, csv), this.#bytes];
    let blank = 0;
    while (blank < this.#bytes.length && isSpace(this.#bytes[blank])) blank += 1;
    this.#drop(blank);
    if (this.#bytes.length === 0) return undefined;
    const isArray = this.#bytes[0] === openBracket;
    const splitter = isArray ? new ArraySplitter(limit, this.#offset) : new LineSplitter(limit, this.#offset, name);
    return [splitter, this.#bytes];
  }

  #drop(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
    this.#offset += count;
  }
}

/**
 * Yields the elements that end in one chunk as a group, because a promise for every element would cost more than the
 * splitting. JSON that begins with `[` is an array, and other JSON is read as lines. A UTF-8 byte order mark is skipped, and
 * counts in the positions. Values are views of the chunks, so the caller must not reuse a chunk.
 *
 * Throws `MalformedFile` for an array without an end, for bytes after its end, for an element larger than the limit, and
 * for an unknown format. A malformed line is yielded unchanged. An empty file has no elements.
 */
export async function* elementGroups(
  chunks: AsyncIterable<Buffer>,
  splitting: Splitting = {},
): AsyncGenerator<FileElement[]> {
  const head = new Head(splitting);
  let splitter: Splitter | undefined;
  const start = (chunk: Buffer, atEnd: boolean): FileElement[] => {
    const detected = head.detect(chunk, atEnd);
    if (!detected) return [];
    splitter = detected[0];
    return splitter.push(detected[1]);
  };
  for await (const chunk of chunks) {
    const group = splitter ? splitter.push(chunk) : start(chunk, false);
    if (group.length > 0) yield group;
  }
  const group = splitter ? [] : start(Buffer.alloc(0), true);
  if (splitter) {
    const { done, tail } = splitter.end();
    group.push(...done);
    if (tail && ((await splitting.takeTail?.(tail)) ?? true)) group.push(tail.element);
  }
  if (group.length > 0) yield group;
}

/** Like `elementGroups`, one element at a time, for small files and tests. */
export async function* elementsOf(chunks: AsyncIterable<Buffer>, splitting?: Splitting): AsyncGenerator<FileElement> {
  for await (const group of elementGroups(chunks, splitting)) yield* group;
}
