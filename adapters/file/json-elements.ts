/**
 * A file of JSON values, as an array or one a line, becomes elements: exact bytes, exact places, in order. Used by the
 * file source and by the simulator's replay. Memory is bounded by one chunk and one element, whatever the file's size.
 */
import { ArraySplitter } from './array-splitter.ts';
import { isSpace, type JsonElement, JsonElementsError, type Splitter } from './json-element.ts';
import { LineSplitter } from './line-splitter.ts';

export { type JsonElement, JsonElementsError } from './json-element.ts';

/** Largest element taken unless told otherwise, in bytes. */
export const defaultElementLimit = 64 * 1024 * 1024;

const arrayOpen = 91;

/** Length of a UTF-8 byte order mark at the start; refuses what is recognisably something else. */
function markLength(head: Buffer): number {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 3;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new JsonElementsError('the file is UTF-16; expected UTF-8', 0);
  }
  if (a === 0x1f && b === 0x8b) throw new JsonElementsError('the file is compressed with gzip; unpack it first', 0);
  return 0;
}

/** The first bytes of a file, gathered until they tell which kind it is. */
class Head {
  #bytes: Buffer = Buffer.alloc(0);
  #offset = 0;
  #marked = false;

  /** The splitter for the file and the bytes it begins with; undefined while there is nothing but white space. */
  recognise(chunk: Buffer, atEnd: boolean, limit: number): [Splitter, Buffer] | undefined {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#marked) {
      if (this.#bytes.length < 3 && !atEnd) return undefined;
      this.#drop(markLength(this.#bytes));
      this.#marked = true;
    }
    let blank = 0;
    while (blank < this.#bytes.length && isSpace(this.#bytes[blank])) blank += 1;
    this.#drop(blank);
    if (this.#bytes.length === 0) return undefined;
    const Kind = this.#bytes[0] === arrayOpen ? ArraySplitter : LineSplitter;
    return [new Kind(limit, this.#offset), this.#bytes];
  }

  #drop(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
    this.#offset += count;
  }
}

/**
 * Elements in groups, one group for each chunk that completed any: a promise for every element would cost more than the
 * splitting. The first character that is no white space decides: `[` is an array, anything else JSON lines. A UTF-8
 * byte order mark is skipped and counts in the offsets. Values are views on the chunks, which must not be reused.
 *
 * Throws `JsonElementsError` for an array that does not end, whatever follows its end, an element larger than
 * `limit` bytes, and a file that is neither. A malformed line is emitted as it is. An empty file has no elements.
 */
export async function* jsonElementGroups(
  chunks: AsyncIterable<Buffer>,
  limit: number = defaultElementLimit,
): AsyncGenerator<JsonElement[]> {
  const head = new Head();
  let splitter: Splitter | undefined;
  const start = (chunk: Buffer, atEnd: boolean): JsonElement[] => {
    const recognised = head.recognise(chunk, atEnd, limit);
    if (!recognised) return [];
    splitter = recognised[0];
    return splitter.push(recognised[1]);
  };
  for await (const chunk of chunks) {
    const group = splitter ? splitter.push(chunk) : start(chunk, false);
    if (group.length > 0) yield group;
  }
  const rest = splitter ? [] : start(Buffer.alloc(0), true);
  const group = splitter ? [...rest, ...splitter.end()] : rest;
  if (group.length > 0) yield group;
}

/** The same, one element at a time: for small files and tests. */
export async function* jsonElements(chunks: AsyncIterable<Buffer>, limit?: number): AsyncGenerator<JsonElement> {
  for await (const group of jsonElementGroups(chunks, limit)) yield* group;
}
