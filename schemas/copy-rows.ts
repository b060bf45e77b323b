/**
 * Rows of COPY text as bytes. What waits to be written is so nothing to the garbage collector but a place in a block
 * that hundreds of rows share; as texts, every collection would carry all of them along.
 */

/** Where the bytes of one row stand. */
export type CopyRow = { readonly block: Buffer; readonly start: number; readonly end: number };

/** Bytes of a block. A row that takes an eighth of one gets a block of its own. */
const blockBytes = 64 * 1024;
/** Most bytes of UTF-8 for a unit of a text. */
const mostBytes = 3;

/** Encodes rows one behind the other. A block lives as long as a row of it. */
export class CopyRows {
  #block = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** Encodes the text of a row. */
  add(text: string): CopyRow {
    const most = mostBytes * text.length;
    if (most > blockBytes / 8) {
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
