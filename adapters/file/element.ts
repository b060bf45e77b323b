/**
 * An element of a file, byte for byte, and the buffer that joins an element spread over several chunks. Elements are never
 * parsed and serialized again, because that would round 64-bit numbers.
 */
import type { CsvColumns } from '../../pipeline/csv-columns.ts';
import { PipelineError } from '../../pipeline/errors.ts';

/** The bytes of one element and their position in the file: [start, end), counted from the first byte. */
export type FileElement = {
  readonly value: Buffer;
  readonly start: number;
  readonly end: number;
  /** Column names; only for CSV records. */
  readonly columns?: CsvColumns;
};

/** A file that cannot be split into elements. `offset` is the first wrong byte. A retry fails again. */
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
 * A last element without a line end. It is the beginning of an element (`incomplete`), or it may be either a whole element
 * or the beginning of a longer one (`unclear`).
 */
export type Tail = { readonly element: FileElement; readonly state: 'incomplete' | 'unclear' };

/** Splits one file into elements, chunk by chunk. Both methods throw `MalformedFile`. */
export interface Splitter {
  /** Takes the next bytes. Returns the elements that became complete, as views on the chunks. */
  push(chunk: Buffer): FileElement[];
  /** Ends the file. Returns the elements that the end completes, and a last element that may still be written. */
  end(): { readonly done: FileElement[]; readonly tail?: Tail | undefined };
}

/** The element being read. Holds at most `limit` bytes and throws beyond. */
export class OpenElement {
  readonly #limit: number;
  #parts: Buffer[] = [];
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

  /** Keeps the part of the element in a chunk that ends before the element does. */
  hold(chunk: Buffer): void {
    this.#held += chunk.length - this.#from;
    this.#check(this.#held);
    this.#parts.push(chunk.subarray(this.#from));
    this.#from = 0;
  }

  /** The element ends before `index` of the current chunk. */
  finish(chunk: Buffer, index: number): FileElement {
    const size = this.#held + index - this.#from;
    this.#check(size);
    const tail = chunk.subarray(this.#from, index);
    const value = this.#held === 0 ? tail : Buffer.concat([...this.#parts, tail], size);
    this.#parts = [];
    this.#held = 0;
    return { value, start: this.#start, end: this.#start + size };
  }

  #check(size: number): void {
    if (size <= this.#limit) return;
    throw new MalformedFile(`an element is larger than ${this.#limit} bytes`, this.#start);
  }
}
