/**
 * A bounded cache of results by text. Values repeat often in real tables (domains, countries, cities), so most records need no
 * computation. The bound limits the memory when all values differ.
 *
 * It is a table of fixed size instead of a Map. The hash of a text selects a row of four entries, ordered by last use. A hit moves its
 * entry to the front; a new text replaces the last entry. Entries in use therefore survive, the table is never resized or cleared as a
 * whole, and a hit allocates nothing. Texts that were chosen to share a row only evict each other.
 */

/** Longer keys are not cached, so the bound on entries is also a bound on bytes. */
const longestKey = 128;

/** Entries in a row. With two, a few of 600 spellings of countries would evict each other and be recomputed each time. */
const rowLength = 4;

/** Clears one cache each. */
const clearFunctions: (() => void)[] = [];

/** Clears all caches, so that a benchmark can measure the cost of a miss. */
export function clearCaches(): void {
  for (const clear of clearFunctions) clear();
}

/** Copies a text, because a substring of an event would keep the whole event in memory. */
const ownCopy = (key: string): string => ` ${key}`.slice(1);

function hashOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return hash ^ (hash >>> 15);
}

/** Caches a pure function of one string. `limit` is the number of entries: a power of two, at least a row of four. */
export function memoize<V>(limit: number, compute: (key: string) => V): (key: string) => V {
  const size = Math.max(rowLength, limit);
  const keys = new Array<string | null>(size).fill(null);
  const values = new Array<V | null>(size).fill(null);
  /** Start positions of the rows in use, so that clearing few rows is fast. */
  let used: number[] = [];
  clearFunctions.push(() => {
    for (const first of used)
      for (let at = first; at < first + rowLength; at += 1) {
        keys[at] = null;
        values[at] = null;
      }
    used = [];
  });
  return (key) => {
    if (key.length > longestKey) return compute(key);
    const first = hashOf(key) & (size - rowLength);
    if (keys[first] === key) return values[first] as V;
    const last = first + rowLength - 1;
    let at = first + 1;
    while (at < last && keys[at] !== key) at += 1;
    let kept = keys[at] as string | null;
    let value = values[at] as V;
    if (kept !== key) {
      kept = ownCopy(key);
      value = compute(kept);
      if (keys[first] === null) used.push(first);
    }
    for (; at > first; at -= 1) {
      keys[at] = keys[at - 1] as string | null;
      values[at] = values[at - 1] as V;
    }
    keys[first] = kept;
    values[first] = value;
    return value;
  };
}
