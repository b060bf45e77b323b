/** Plans the chunks of a table, and continues a plan of which some chunks are durable. */
import type { Chunk, KeyBound, LedgerEntry } from '../../engines/load.ts';

/** Finds the key of the row that comes a chunk's length after a key; null at the end of the table. */
export type NextBound = (after: KeyBound | null) => Promise<KeyBound | null>;

/**
 * Yields the chunks that are missing in the ledger. Bounds are found one after another while earlier chunks load. Chunks may
 * finish in any order, so the ledger may have gaps; each is one chunk.
 *
 * @param read the table, and the database that has it.
 * @param done the durable chunks of this table, by number.
 */
export async function* missingChunks(
  read: Pick<Chunk, 'source' | 'table'>,
  done: readonly LedgerEntry[],
  nextBound: NextBound,
): AsyncGenerator<Chunk> {
  let after: KeyBound | null = null;
  let number = 1;
  for (const entry of done) {
    if (entry.number > number) yield { ...read, number, after, upTo: entry.after };
    if (entry.upTo === null) return;
    after = entry.upTo;
    number = entry.number + 1;
  }
  for (;;) {
    const upTo = await nextBound(after);
    yield { ...read, number, after, upTo };
    if (upTo === null) return;
    after = upTo;
    number += 1;
  }
}

/** Whether the last chunk of a table is durable, and no chunk before it is missing. */
export function isLoaded(done: readonly LedgerEntry[]): boolean {
  let before: KeyBound | null = null;
  for (const { after, upTo } of done) {
    if (JSON.stringify(after) !== JSON.stringify(before)) return false;
    if (upTo === null) return true;
    before = upTo;
  }
  return false;
}
