/**
 * Rows of COPY text as bytes, in blocks that the rows of a batch share. The garbage collector sees only a few blocks.
 * Queued rows as strings would be copied in every collection.
 */

import type { EncodedRow } from '../../../pipeline/change.ts';
import type { RowEncoder } from '../../../pipeline/ports.ts';
import type { Cell } from '../../../schemas/table-shape.ts';
import { copyCell } from './copy-text.ts';

/** The size limit of a block. A row that may need more than an eighth of it gets its own block. */
const blockBytes = 64 * 1024;
/** A UTF-16 code unit needs at most 3 bytes in UTF-8. */
export const maxUtf8Bytes = 3;

const noBlock = Buffer.alloc(0);

/** Encodes rows one after the other. A block lives as long as any of its rows. */
export class CopyRows implements RowEncoder {
  #block = noBlock;
  #used = 0;
  #expectedRows = 0;

  begin(rows: number): void {
    this.#block = noBlock;
    this.#used = 0;
    this.#expectedRows = rows;
  }

  add(cells: readonly Cell[]): EncodedRow {
    let text = copyCell(cells[0] ?? null);
    for (let i = 1; i < cells.length; i += 1) text += `\t${copyCell(cells[i] ?? null)}`;
    return this.addText(text);
  }

  /** Encodes a row that is COPY text already. */
  addText(text: string): EncodedRow {
    const { length } = text;
    const maxBytes = maxUtf8Bytes * length;
    if (this.#expectedRows > 0) this.#expectedRows -= 1;
    if (maxBytes > blockBytes / 8) {
      const block = Buffer.from(text, 'utf8');
      return { block, start: 0, end: block.length };
    }
    if (this.#used + maxBytes > this.#block.length) {
      // Room for all expected rows, if they are a quarter longer than this one.
      const room = maxBytes + this.#expectedRows * (length + (length >>> 2));
      this.#block = Buffer.allocUnsafeSlow(Math.min(room, blockBytes));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#block.write(text, start, 'utf8');
    return { block: this.#block, start, end: this.#used };
  }
}
