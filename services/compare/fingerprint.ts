/**
 * Compares two sets of rows without ordering them: rows are counted and summed by hash in buckets of their keys. Equal sets have equal
 * buckets; rows of other buckets are then compared one by one.
 */
import { createHash } from 'node:crypto';
import type { LoadedRow } from '../../engines/load.ts';

/** Number of buckets of a table. */
const bucketCount = 4_096;

/** Bits of a hash that are summed; the sum of 2^20 of them is still exact in a double. */
const sumBytes = 4;

/** Names the row of a key, for messages. */
export const keyOf = (row: LoadedRow, key: readonly number[]): string =>
  JSON.stringify(key.map((at) => row[at] ?? null));

/** One text for a row, in which no two rows have the same. */
const textOf = (row: LoadedRow): string => JSON.stringify(row);

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The bucket of a key. */
export const bucketOf = (key: string): number => hashOf(key).readUInt16BE(0) % bucketCount;

/** Counts and sums of the rows of one side. */
export class Fingerprint {
  readonly #key: readonly number[];
  readonly #counts = new Float64Array(bucketCount);
  readonly #sums = [new Float64Array(bucketCount), new Float64Array(bucketCount)] as const;
  rows = 0;

  /** @param key indexes of the key's columns; all columns without a key. */
  constructor(key: readonly number[]) {
    this.#key = key;
  }

  add(row: LoadedRow): void {
    const bucket = bucketOf(keyOf(row, this.#key));
    const hash = hashOf(textOf(row));
    this.rows += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    for (const [index, sums] of this.#sums.entries())
      sums[bucket] = (sums[bucket] ?? 0) + hash.readUInt32BE(index * sumBytes);
  }

  /** The buckets in which the sides differ. */
  differing(other: Fingerprint): ReadonlySet<number> {
    const found = new Set<number>();
    for (let bucket = 0; bucket < bucketCount; bucket += 1)
      if (
        this.#counts[bucket] !== other.#counts[bucket] ||
        this.#sums.some((sums, index) => sums[bucket] !== other.#sums[index as 0 | 1][bucket])
      )
        found.add(bucket);
    return found;
  }
}
