/**
 * A bounded memory of answers by text. Values repeat heavily in real tables (domains, countries, cities), so most records
 * need no work at all; the bound keeps hostile or distinct input from growing it.
 *
 * A table of fixed size, not a Map: the hash of a text names a row of four places, the last one used first. A text that is asked for
 * goes to the front, a new one pushes the last one out. So what is in use survives, nothing is ever resized or thrown away as a
 * whole, and a hit allocates nothing. Texts made to share a row only make each other forgotten.
 */

/** Longer keys are computed each time: the bound on entries is then a bound on bytes too. */
const longestKey = 128;

/** Places in a row. With two, a few of 600 spellings of countries would share theirs with two others, and be read all the time. */
const ways = 4;

/** What empties every memory. */
const emptied: (() => void)[] = [];

/** Empties every memory, so that a benchmark can tell what an answer costs that is not remembered. */
export function forgetAll(): void {
  for (const empty of emptied) empty();
}

/** A text that is cut out of an event keeps all of it in memory. A copy does not, nor do answers that are cut out of it. */
const ownCopy = (key: string): string => ` ${key}`.slice(1);

function hashOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return hash ^ (hash >>> 15);
}

/**
 * Remembers the answers of a pure function of one string: at most `limit`, which has to be a power of two, and at least a row.
 */
export function memoize<V>(limit: number, compute: (key: string) => V): (key: string) => V {
  const places = Math.max(ways, limit);
  const keys = new Array<string | null>(places).fill(null);
  const values = new Array<V | null>(places).fill(null);
  /** Where the rows in use begin, so that few are soon emptied. */
  let used: number[] = [];
  emptied.push(() => {
    for (const first of used)
      for (let at = first; at < first + ways; at += 1) {
        keys[at] = null;
        values[at] = null;
      }
    used = [];
  });
  return (key) => {
    if (key.length > longestKey) return compute(key);
    const first = hashOf(key) & (places - ways);
    if (keys[first] === key) return values[first] as V;
    const last = first + ways - 1;
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
