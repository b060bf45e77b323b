/**
 * A file of JSON values, as an array or one a line, or of CSV records becomes elements: exact bytes, exact places, in
 * order. Used by the file source, by `enrich` and by the simulator's replay. Memory is bounded by one chunk and one
 * element, whatever the file's size.
 */
import { isSpace, markLength, openBrace, openBracket } from '../../formats/json/scan.ts';
import { ArraySplitter } from './array-splitter.ts';
import { type CsvFormat, CsvSplitter } from './csv-splitter.ts';
import type { FileElement, Splitter, Tail } from './element.ts';
import { refuseForeign, signatureBytes } from './foreign-format.ts';
import { LineSplitter } from './line-splitter.ts';

export { type FileElement, MalformedFile } from './element.ts';

/** Largest element taken unless told otherwise, in bytes. */
export const defaultElementLimit = 64 * 1024 * 1024;

/** How a file is split. */
export type Splitting = {
  /** Largest element, in bytes. */
  readonly limit?: number;
  /** Present for CSV; without it the file is JSON. */
  readonly csv?: CsvFormat | undefined;
  /** The file's name for hints, `-` for standard input. */
  readonly name?: string;
  /** Whether a last element without a line end is taken; without it, always. */
  readonly takeTail?: (tail: Tail) => boolean | Promise<boolean>;
};

/** The first bytes of a file, gathered until they tell which kind it is. */
class Head {
  readonly #splitting: Splitting;
  #bytes: Buffer = Buffer.alloc(0);
  #offset = 0;
  #isChecked = false;

  constructor(splitting: Splitting) {
    this.#splitting = splitting;
  }

  /** The splitter for the file and the bytes it begins with; undefined while there is nothing but white space. */
  recognise(chunk: Buffer, atEnd: boolean): [Splitter, Buffer] | undefined {
    const { limit = defaultElementLimit, csv, name = '-' } = this.#splitting;
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#isChecked) {
      // A live stream may hold its next bytes back for long, so what is JSON by its second byte is not waited for.
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
 * Elements in groups, one group for each chunk that completed any: a promise for every element would cost more than the
 * splitting. Of JSON the first character that is no white space decides: `[` is an array, anything else JSON lines. A
 * UTF-8 byte order mark is skipped and counts in the offsets. Values are views on the chunks, which must not be reused.
 *
 * Throws `MalformedFile` for an array that does not end, whatever follows its end, an element larger than the limit, and
 * a file of another kind. A malformed line is emitted as it is. An empty file has no elements.
 */
export async function* elementGroups(
  chunks: AsyncIterable<Buffer>,
  splitting: Splitting = {},
): AsyncGenerator<FileElement[]> {
  const head = new Head(splitting);
  let splitter: Splitter | undefined;
  const start = (chunk: Buffer, atEnd: boolean): FileElement[] => {
    const recognised = head.recognise(chunk, atEnd);
    if (!recognised) return [];
    splitter = recognised[0];
    return splitter.push(recognised[1]);
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

/** The same, one element at a time: for small files and tests. */
export async function* elementsOf(chunks: AsyncIterable<Buffer>, splitting?: Splitting): AsyncGenerator<FileElement> {
  for await (const group of elementGroups(chunks, splitting)) yield* group;
}
