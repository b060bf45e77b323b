/**
 * Rows of COPY text as bytes. What waits to be written is so nothing to the garbage collector but a place in a block
 * that rows of its batch share; as texts, every collection would carry all of them along.
 */

import type { EncodedRow } from '../../../pipeline/change.ts';
import type { RowEncoder } from '../../../pipeline/ports.ts';
import type { Cell } from '../../../schemas/table-shape.ts';
import { copyCell } from './copy-text.ts';

/** Most bytes of a block. A row that may take an eighth of it gets a block of its own. */
const blockBytes = 64 * 1024;
/** Most bytes of UTF-8 for a unit of a text. */
export const mostBytes = 3;

const noBlock = Buffer.alloc(0);

/** Encodes rows one behind the other. A block lives as long as a row of it. */
export class CopyRows implements RowEncoder {
  #block = noBlock;
  #used = 0;
  #coming = 0;

  begin(rows: number): void {
    this.#block = noBlock;
    this.#used = 0;
    this.#coming = rows;
  }

  add(cells: readonly Cell[]): EncodedRow {
    let text = copyCell(cells[0] ?? null);
    for (let i = 1; i < cells.length; i += 1) text += `\t${copyCell(cells[i] ?? null)}`;
    return this.addText(text);
  }

  /** Encodes a row that is COPY text already. */
  addText(text: string): EncodedRow {
    const { length } = text;
    const most = mostBytes * length;
    if (this.#coming > 0) this.#coming -= 1;
    if (most > blockBytes / 8) {
      const block = Buffer.from(text, 'utf8');
      return { block, start: 0, end: block.length };
    }
    if (this.#used + most > this.#block.length) {
      // Room for those that are to come, if they are like this one and a quarter longer.
      const room = most + this.#coming * (length + (length >>> 2));
      this.#block = Buffer.allocUnsafeSlow(Math.min(room, blockBytes));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#block.write(text, start, 'utf8');
    return { block: this.#block, start, end: this.#used };
  }
}
