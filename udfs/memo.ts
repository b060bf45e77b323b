/**
 * A bounded memory of answers by text. Values repeat heavily in real tables (domains, countries, cities), so most records
 * need no work at all; the bound keeps hostile or distinct input from growing it.
 *
 * Two generations instead of a linked list: when the young one is full it becomes the old one and the former old one is
 * dropped. A hit in the old one moves to the young one, so what is in use survives; everything is O(1) and allocates
 * nothing on a hit.
 */

/** Longer keys are computed each time: the bound on entries is then a bound on bytes too. */
const longestKey = 128;

/** What empties every memory. */
const emptied: (() => void)[] = [];

/** Empties every memory, so that a benchmark can tell what an answer costs that is not remembered. */
export function forgetAll(): void {
  for (const empty of emptied) empty();
}

/** A text that is cut out of an event keeps all of it in memory. A copy does not, nor do answers that are cut out of it. */
const ownCopy = (key: string): string => ` ${key}`.slice(1);

/**
 * Remembers the answers of a pure function of one string. At most `limit` answers are held.
 * `compute` must not return undefined, which stands for "not known yet".
 */
export function memoize<V extends NonNullable<unknown> | null>(
  limit: number,
  compute: (key: string) => V,
): (key: string) => V {
  const half = Math.max(1, limit >>> 1);
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  emptied.push(() => {
    young = new Map();
    old = new Map();
  });
  return (key) => {
    let value = young.get(key);
    if (value !== undefined) return value;
    value = old.get(key);
    let kept = key;
    if (value === undefined) {
      if (key.length > longestKey) return compute(key);
      kept = ownCopy(key);
      value = compute(kept);
    }
    if (young.size >= half) {
      old = young;
      young = new Map();
    }
    young.set(kept, value);
    return value;
  };
}
