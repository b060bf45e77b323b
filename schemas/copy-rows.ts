/**
 * Rows of COPY text as bytes. What waits to be written is so nothing to the garbage collector but a place in a block
 * that some rows share; as texts, every collection would carry all of them along.
 */

/** Where the bytes of one row stand. */
export type CopyRow = { readonly block: Buffer; readonly start: number; readonly end: number };

/**
 * Bytes of a block. Its rows may be of several partitions, and one that waits for its writer keeps the whole of it: so it
 * is not much larger than what a record counts for in the window.
 */
const blockBytes = 8 * 1024;
/** Most bytes of UTF-8 for a unit of a text. */
const mostBytes = 3;

/** Encodes rows one behind the other. A block lives as long as a row of it. */
export class CopyRows {
  #block = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** Encodes the text of a row. */
  add(text: string): CopyRow {
    const most = mostBytes * text.length;
    if (most > blockBytes) {
      const block = Buffer.from(text, 'utf8');
      return { block, start: 0, end: block.length };
    }
    if (this.#used + most > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#block.write(text, start, 'utf8');
    return { block: this.#block, start, end: this.#used };
  }
}
