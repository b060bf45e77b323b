/** The search for repetitions that LZ4 and Snappy share. The two formats differ in how they encode matches. */

/** Largest block searched at once, so that a distance fits 16 bits. */
export const blockBytes = 64 * 1024;

const tableBits = 14;
const table = new Uint16Array(1 << tableBits);

/** Called for literals `[literals, at)` followed by `length` (at least 4) bytes that repeat those `distance` bytes earlier. */
export type OnMatch = (literals: number, at: number, distance: number, length: number) => void;

/**
 * Finds repetitions within `[from, to)`, at most `blockBytes` long. Returns where the last literals begin. LZ4
 * requires that the last match begins at least 12 bytes before the end and that 5 literals follow it; Snappy has no such rule.
 */
export function findMatches(input: Buffer, from: number, to: number, onMatch: OnMatch): number {
  table.fill(0);
  const lastStart = to - 12;
  const lastEnd = to - 5;
  let literals = from;
  let misses = 0;
  for (let at = from + 1; at < lastStart; ) {
    const word = input.readInt32LE(at);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);
    // An empty slot means the first byte, which is a harmless candidate because every candidate is compared.
    const candidate = from + (table[slot] ?? 0);
    table[slot] = at - from;
    if (input.readInt32LE(candidate) !== word) {
      // Skip incompressible data in growing steps.
      at += 1 + (misses >> 5);
      misses += 1;
      continue;
    }
    misses = 0;
    let end = at + 4;
    for (let other = candidate + 4; end < lastEnd && input[end] === input[other]; other += 1) end += 1;
    onMatch(literals, at, at - candidate, end - at);
    literals = end;
    at = end;
  }
  return literals;
}
