/** Reads a dump part by part: statements and psql's commands, and the rows behind a COPY statement. */
import { type ScriptPart, StatementSplitter } from '../../statement-splitter.ts';
import { CopyDataSplitter } from './copy-data.ts';
import { DumpError } from './dump-error.ts';

/** The longest statement; it is in memory as a whole. PostgreSQL takes 1 GB. */
const longestStatement = 256 * 1024 * 1024;

/** What pg_dump writes first and last, in comments. A line `\unrestrict` may follow. */
const dumpHead = 'PostgreSQL database dump';
const dumpEnd = 'PostgreSQL database dump complete';
const shownBytes = 1024;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The text whose bytes are these characters. */
const inUtf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

/** Pulls the parts of a dump in order. Memory is bounded by the longest statement. */
export class DumpReader {
  readonly #path: string;
  readonly #pieces: AsyncIterator<Buffer>;
  #splitter = new StatementSplitter({ psqlCommands: true });
  #head: Buffer | undefined;
  #tail = Buffer.alloc(0);
  #isLast = false;

  /** @param path for messages */
  constructor(path: string, text: AsyncIterable<Buffer>) {
    this.#path = path;
    this.#pieces = text[Symbol.asyncIterator]();
  }

  /** Line at the end of the part that `next` returned last. */
  get line(): number {
    return this.#splitter.line;
  }

  /** At the end: whether the file begins like a dump of pg_dump and does not end like one. */
  get mayBeCut(): boolean {
    return (this.#head?.includes(dumpHead) ?? false) && !this.#tail.includes(dumpEnd);
  }

  /** As with `standard_conforming_strings = off`, from the next statement on. */
  set backslashEscapes(value: boolean) {
    this.#splitter.backslashEscapes = value;
  }

  /** The next statement or command of psql, in UTF-8; undefined at the end. */
  async next(): Promise<ScriptPart | undefined> {
    for (;;) {
      const part = this.#splitter.next(this.#isLast);
      if (part !== undefined) {
        const contentStart = inUtf8(part.text.slice(0, part.contentStart)).length;
        return { ...part, text: inUtf8(part.text), contentStart };
      }
      if (this.#isLast) return undefined;
      if (this.#splitter.held > longestStatement)
        throw new DumpError(
          this.#path,
          this.#splitter.unfinishedLine ?? this.#splitter.line,
          `a statement or comment is longer than ${longestStatement / 1024 / 1024} MiB`,
          'Is a quotation mark or a $-quote not closed?',
        );
      const piece = await this.#read();
      // Bytes as characters: every place is a place in the file, and no character is cut at the end of a piece.
      if (piece !== undefined) this.#splitter.push(piece.toString('latin1'));
    }
  }

  /** The rows behind the COPY statement that `next` has just returned. They must be read to the end before `next`. */
  async *copyData(): AsyncGenerator<Buffer> {
    const { backslashEscapes } = this.#splitter;
    const firstLine = this.#splitter.line;
    const data = new CopyDataSplitter();
    let text: Buffer | undefined = await this.#restOfLine();
    while (text !== undefined) {
      const { rows, rest } = data.push(text);
      if (rows.length > 0) yield rows;
      if (rest !== undefined) {
        const line = firstLine + 1 + data.lines;
        this.#splitter = new StatementSplitter({ psqlCommands: true, backslashEscapes, line });
        this.#splitter.push(rest.toString('latin1'));
        return;
      }
      text = await this.#read();
    }
    const rows = data.finish();
    if (rows === undefined)
      throw new DumpError(
        this.#path,
        firstLine,
        'the file ends within the rows of COPY, before the line "\\."',
        'The file is cut: copy or make it again.',
      );
    if (rows.length > 0) yield rows;
    this.#splitter = new StatementSplitter();
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  /** What has been read behind the line of the COPY statement. */
  async #restOfLine(): Promise<Buffer | undefined> {
    let text = Buffer.from(this.#splitter.takeRest(), 'latin1');
    for (;;) {
      const end = text.indexOf('\n');
      const line = text.toString('latin1', 0, end === -1 ? text.length : end);
      if (line.trim() !== '')
        throw new DumpError(this.#path, this.#splitter.line, `"${line.trim()}" stands between COPY and its rows`);
      if (end !== -1) return text.subarray(end + 1);
      const more = await this.#read();
      if (more === undefined) return undefined;
      text = Buffer.concat([text, more]);
    }
  }

  async #read(): Promise<Buffer | undefined> {
    const { value, done } = await this.#pieces.next();
    if (done) {
      this.#isLast = true;
      return undefined;
    }
    const isMarked = this.#head === undefined && byteOrderMark.equals(value.subarray(0, byteOrderMark.length));
    this.#head ??= value.subarray(0, shownBytes);
    this.#tail = Buffer.concat([this.#tail, value.subarray(-shownBytes)]).subarray(-shownBytes);
    return isMarked ? value.subarray(byteOrderMark.length) : value;
  }
}
