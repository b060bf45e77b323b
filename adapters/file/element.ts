/**
 * One element of a file as its bytes stand there, and the place where an element spread over several chunks is put
 * together. Bytes are never parsed and written again: that would round 64-bit numbers.
 */
import type { CsvColumns } from '../../pipeline/csv-columns.ts';
import { PipelineError } from '../../pipeline/errors.ts';

/** Bytes of one element and where they stand in the file: [start, end), counted from the file's first byte. */
export type FileElement = {
  readonly value: Buffer;
  readonly start: number;
  readonly end: number;
  /** Of a CSV record the names of its columns. */
  readonly columns?: CsvColumns;
};

/** A file that cannot be split into elements. `offset` is the byte at fault. Waiting or retrying cures none of these. */
export class MalformedFile extends PipelineError {
  readonly offset: number;

  constructor(
    message: string,
    offset: number,
    advice = 'Expected JSON lines or one JSON array of events, in UTF-8; or CSV with --map (docs/start/your-own-data.md).',
  ) {
    super('malformed_file', `${message} (byte ${offset})`, { advice });
    this.offset = offset;
  }
}

/**
 * A last element without a line end. `incomplete` is the beginning of one; `unclear` may be whole, or the beginning of
 * a longer one.
 */
export type Tail = { readonly element: FileElement; readonly state: 'incomplete' | 'unclear' };

/** Turns one file into elements, chunk by chunk. Both throw `MalformedFile`. */
export interface Splitter {
  /** Takes the next bytes; answers the elements that became complete. They are views on the chunks. */
  push(chunk: Buffer): FileElement[];
  /** The file is over; answers what only its end completes, and what may still be written. */
  end(): { readonly done: FileElement[]; readonly tail?: Tail | undefined };
}

/** Space, tab, line feed, carriage return: JSON's white space. */
export const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/** The element being read. Holds at most `limit` bytes and throws beyond. */
export class OpenElement {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #held = 0;
  #start = 0;
  #from = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Offset of the element's first byte in the file. */
  get start(): number {
    return this.#start;
  }

  /** Bytes held from earlier chunks. */
  get held(): number {
    return this.#held;
  }

  /** The element begins at `index` of the current chunk, which is byte `start` of the file. */
  begin(index: number, start: number): void {
    this.#from = index;
    this.#start = start;
  }

  /** The chunk is over and the element is not: keeps its part. */
  hold(chunk: Buffer): void {
    this.#held += chunk.length - this.#from;
    this.#check(this.#held);
    this.#pieces.push(chunk.subarray(this.#from));
    this.#from = 0;
  }

  /** The element ends before `index` of the current chunk. */
  finish(chunk: Buffer, index: number): FileElement {
    const size = this.#held + index - this.#from;
    this.#check(size);
    const tail = chunk.subarray(this.#from, index);
    const value = this.#held === 0 ? tail : Buffer.concat([...this.#pieces, tail], size);
    this.#pieces = [];
    this.#held = 0;
    return { value, start: this.#start, end: this.#start + size };
  }

  #check(size: number): void {
    if (size <= this.#limit) return;
    throw new MalformedFile(`an element is larger than ${this.#limit} bytes`, this.#start);
  }
}
