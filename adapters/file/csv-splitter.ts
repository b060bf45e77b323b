/**
 * Splits CSV (RFC 4180) into the bytes of its records, and reads the column names from the first one. It finds only the ends
 * of records; a line break inside quotes belongs to its value. The values are parsed later.
 */
import { isUtf8 } from 'node:buffer';
import { csvCells } from '../../formats/csv-record.ts';
import { CsvColumns } from '../../pipeline/csv-columns.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { type FileElement, MalformedFile, OpenElement, type Splitter, type Tail } from './element.ts';

/** How a CSV file is read. */
export type CsvFormat = {
  /** One ASCII character. */
  readonly delimiter: string;
  /** Column names; null when the first record contains them. */
  readonly columns: readonly string[] | null;
  /** Called once with the column names; throws when the file cannot be read with them. */
  readonly accept: (columns: readonly string[]) => void;
};

const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;

// States of the scanner. Numbers, because one is compared for every byte.
const atValue = 0;
const inValue = 1;
const inQuotes = 2;
const behindQuote = 3;

/** Reads records. `offset` is the position of the first chunk in the file. */
export class CsvSplitter implements Splitter {
  readonly #open: OpenElement;
  readonly #format: CsvFormat;
  readonly #delimiter: number;
  #columns: CsvColumns | undefined;
  #offset: number;
  #state = atValue;
  /** Position of the last opening quote. */
  #quoteAt = 0;

  constructor(limit: number, offset: number, format: CsvFormat) {
    this.#open = new OpenElement(limit);
    this.#open.begin(0, offset);
    this.#offset = offset;
    this.#format = format;
    this.#delimiter = format.delimiter.charCodeAt(0);
    if (format.columns !== null) this.#columns = new CsvColumns(format.columns);
  }

  push(chunk: Buffer): FileElement[] {
    const done: FileElement[] = [];
    const { length } = chunk;
    let start = 0;
    for (let i = 0; i < length; i += 1) {
      if (this.#state === inQuotes) {
        i = chunk.indexOf(quote, i);
        if (i < 0) break;
        this.#state = behindQuote;
        continue;
      }
      const byte = chunk[i];
      if (byte === this.#delimiter) this.#state = atValue;
      else if (byte === lineFeed) {
        this.#record(this.#open.finish(chunk, i), done);
        start = i + 1;
        this.#open.begin(start, this.#offset + start);
        this.#state = atValue;
      } else if (byte === quote && this.#state !== inValue) {
        // At the start of a value it opens; after another quote the two are one escaped quote.
        if (this.#state === atValue) this.#quoteAt = this.#offset + i;
        this.#state = inQuotes;
      } else this.#state = inValue;
    }
    if (start < length) this.#open.hold(chunk);
    else this.#open.begin(0, this.#offset + length);
    this.#offset += length;
    return done;
  }

  end(): { readonly done: FileElement[]; readonly tail: Tail | undefined } {
    const done: FileElement[] = [];
    if (this.#open.held === 0) return { done, tail: undefined };
    const last = this.#open.finish(Buffer.alloc(0), 0);
    const isQuoted = this.#state === inQuotes;
    // An unclosed quote would take the rest of the file. It is more common than a value over many lines.
    if (isQuoted && last.value.includes(lineFeed, this.#quoteAt - last.start)) {
      throw new MalformedFile(
        'the quote that opens here is never closed',
        this.#quoteAt,
        'A quote inside a value is doubled: "". If the file is still being written, the next run reads it once it is complete.',
      );
    }
    const before = this.#columns;
    const from = done.length;
    this.#record(last, done);
    const [element] = done.splice(from);
    if (before === undefined || element === undefined) return { done, tail: undefined };
    const cells = isQuoted ? undefined : csvCells(element.value.toString(), this.#format.delimiter);
    const isFull = Array.isArray(cells) && cells.length === before.names.length;
    return { done, tail: { element, state: isFull ? 'unclear' : 'incomplete' } };
  }

  /** Handles a record: the column names or an element. Skips empty lines. */
  #record({ value, start }: FileElement, done: FileElement[]): void {
    const end = value[value.length - 1] === carriageReturn ? value.length - 1 : value.length;
    if (end === 0) return;
    const bytes = value.subarray(0, end);
    if (this.#columns !== undefined) done.push({ value: bytes, start, end: start + end, columns: this.#columns });
    else this.#columns = new CsvColumns(this.#namesIn(bytes, start));
  }

  #namesIn(head: Buffer, offset: number): readonly string[] {
    const { delimiter, accept } = this.#format;
    if (!isUtf8(head)) {
      throw new MalformedFile('the names of the columns are not UTF-8', offset, 'iconv -f WINDOWS-1252 -t UTF-8 FILE');
    }
    if (head.includes(carriageReturn) || head.includes(0)) {
      throw new MalformedFile(
        'the first line is not the header of a CSV file: it has a carriage return or NUL inside',
        offset,
        "If lines end with CR alone: tr '\\r' '\\n' < FILE",
      );
    }
    const names = csvCells(head.toString(), delimiter);
    if (names instanceof Rejection) throw new MalformedFile(`the header of the CSV file: ${names.message}`, offset);
    const trimmed = names.map((name) => name.trim());
    accept(trimmed);
    return trimmed;
  }
}
