/** The search for repetitions that LZ4 and Snappy share; they differ in how they write down what is found. */

/** Largest piece searched at once, so that a distance fits 16 bits. */
export const pieceBytes = 64 * 1024;

const tableBits = 14;
const table = new Uint16Array(1 << tableBits);

/** Told of literals `[literals, at)` and then `length` (at least 4) bytes that repeat those `distance` back. */
export type Found = (literals: number, at: number, distance: number, length: number) => void;

/**
 * Finds repetitions within `[from, to)`, at most `pieceBytes` long. Answers where the last literals begin. LZ4 wants the
 * last match to begin 12 bytes before the end or earlier, and 5 literals behind it; Snappy does not mind.
 */
export function findMatches(input: Buffer, from: number, to: number, found: Found): number {
  table.fill(0);
  const lastStart = to - 12;
  const lastEnd = to - 5;
  let literals = from;
  let misses = 0;
  for (let at = from + 1; at < lastStart; ) {
    const word = input.readInt32LE(at);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);
    // An empty slot stands for the first byte: as good a candidate as any, because it is compared.
    const candidate = from + (table[slot] ?? 0);
    table[slot] = at - from;
    if (input.readInt32LE(candidate) !== word) {
      // Incompressible data is passed in growing steps.
      at += 1 + (misses >> 5);
      misses += 1;
      continue;
    }
    misses = 0;
    let end = at + 4;
    for (let other = candidate + 4; end < lastEnd && input[end] === input[other]; other += 1) end += 1;
    found(literals, at, at - candidate, end - at);
    literals = end;
    at = end;
  }
  return literals;
}
