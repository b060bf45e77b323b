/**
 * Finds the end of the rows behind `COPY … FROM stdin;` in a script: a line of only `\.`. COPY doubles the backslashes of
 * values, so no row is such a line.
 */

/** What a piece of a script contains. */
export type CopyPiece = {
  /** Bytes of rows. */
  readonly rows: Buffer;
  /** The text behind the end marker, undefined until the marker has arrived. */
  readonly rest: Buffer | undefined;
};

const newline = 0x0a;
const marker = Buffer.from('\n\\.');
/** What the marker's line may be, with the line end before it. */
const markerLines = [Buffer.from('\n\\.\n'), Buffer.from('\n\\.\r\n')];
const longestMarkerLine = 5;
const nothing = Buffer.alloc(0);

/** Takes the rows in pieces. It holds back at most the beginning of a marker's line. */
export class CopyDataSplitter {
  // The line end before the first row. It belongs to the statement, and is not passed on.
  #held = Buffer.from('\n');
  #skip = 1;
  #lines = 0;

  /** Lines that have ended so far, the marker's included. */
  get lines(): number {
    return this.#lines;
  }

  /** Splits the next piece. After the marker no further piece may come. */
  push(piece: Buffer): CopyPiece {
    const text = Buffer.concat([this.#held, piece]);
    for (let at = text.indexOf(marker); at !== -1; at = text.indexOf(marker, at + 1)) {
      const line = markerLines.find((one) => text.subarray(at, at + one.length).equals(one));
      if (line === undefined) continue;
      const rows = text.subarray(this.#skip, at + 1);
      this.#lines += countLines(rows) + 1;
      return { rows, rest: text.subarray(at + line.length) };
    }
    const lastLine = text.lastIndexOf(newline);
    const end = lastLine !== -1 && mayBecomeMarker(text.subarray(lastLine)) ? lastLine : text.length;
    const rows = text.subarray(Math.min(this.#skip, end), end);
    if (end > 0) this.#skip = 0;
    this.#held = text.subarray(end);
    this.#lines += countLines(rows);
    return { rows, rest: undefined };
  }

  /** Ends the script: the last rows if the marker was its last line, without a line end; else undefined. */
  finish(): Buffer | undefined {
    if (!this.#held.subarray(0, marker.length).equals(marker)) return undefined;
    const rows = this.#skip === 0 ? this.#held.subarray(0, 1) : nothing;
    this.#lines += countLines(rows) + 1;
    return rows;
  }
}

const mayBecomeMarker = (tail: Buffer): boolean =>
  tail.length < longestMarkerLine && markerLines.some((line) => line.subarray(0, tail.length).equals(tail));

/** Line ends in a text. */
export function countLines(text: Buffer): number {
  let lines = 0;
  for (let at = text.indexOf(newline); at !== -1; at = text.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
