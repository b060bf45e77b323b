/** LZ4 blocks (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md). Every length is checked before it is used. */
import { corrupt } from './codec-error.ts';
import { findMatches } from './matches.ts';
import { append, repeat } from './output.ts';

const damaged = (what: string) => corrupt('lz4', what);

/** Where to unpack a block: into `[at, end)`, with matches that may reach back to `start`. */
export type Room = { readonly output: Buffer; readonly at: number; readonly start: number; readonly end: number };

/** Unpacks a block. Returns the end of its output. */
export function unpackBlock(block: Buffer, { output, at, start, end }: Room): number {
  let from = 0;
  let to = at;
  const more = (length: number): number => {
    for (let total = length; ; ) {
      if (from >= block.length) throw damaged('a length ends too early');
      const byte = block[from++] ?? 0;
      total += byte;
      if (byte !== 255) return total;
    }
  };
  while (from < block.length) {
    const token = block[from++] ?? 0;
    const literals = token >> 4 === 15 ? more(15) : token >> 4;
    if (literals > block.length - from) throw damaged('literals end too early');
    if (literals > end - to) throw damaged('a block is larger than its frame allows');
    to = append(output, to, block, from, literals);
    from += literals;
    // The last sequence has no match.
    if (from === block.length) return to;
    if (block.length - from < 2) throw damaged('a distance ends too early');
    const distance = block.readUInt16LE(from);
    from += 2;
    if (distance === 0 || distance > to - start) throw damaged('a match begins before the data');
    const length = ((token & 15) === 15 ? more(15) : token & 15) + 4;
    if (length > end - to) throw damaged('a block is larger than its frame allows');
    to = repeat(output, to, distance, length);
  }
  throw damaged('a block has no last literals');
}

/** Most bytes that `length` bytes can pack to. */
export const packedBound = (length: number): number => length + Math.ceil(length / 255) + 16;

/** Packs `[from, to)` into `output` at `at`. Returns the end of the output. */
export function packBlock(input: Buffer, from: number, to: number, output: Buffer, at: number): number {
  let out = at;
  const more = (length: number): void => {
    let rest = length - 15;
    for (; rest >= 255; rest -= 255) output[out++] = 255;
    output[out++] = rest;
  };
  const sequence = (start: number, count: number, match: number): void => {
    output[out++] = (Math.min(count, 15) << 4) | Math.min(match, 15);
    if (count >= 15) more(count);
    out = append(output, out, input, start, count);
  };
  const last = findMatches(input, from, to, (literals, begin, distance, length) => {
    sequence(literals, begin - literals, length - 4);
    output[out++] = distance & 255;
    output[out++] = distance >> 8;
    if (length - 4 >= 15) more(length - 4);
  });
  sequence(last, to - last, 0);
  return out;
}
