/**
 * Typing errors in the name of a country: one or two, measured against the English names and aliases.
 */
import { countryOfKey } from './country-from-name.ts';
import { loadTable } from './tables/table.ts';

/** English names and aliases, from the table of names. */
const english: readonly (readonly [name: string, code: string])[] = loadTable('country-names')
  .lines()
  .map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)] as const);

/**
 * Damerau-Levenshtein distance (optimal string alignment: insertions, deletions, substitutions, swaps of neighbours).
 * Returns `limit + 1` as soon as the distance must exceed `limit`.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before = new Array<number>(b.length + 1).fill(0);
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length] ?? limit + 1;
}

/** Names without their first letter; '' if the names of two countries then coincide ("Gambia" and "Zambia"). */
const tails = new Map<string, string>();
for (const [name, code] of english) {
  if (name.length < 6) continue;
  const tail = name.slice(1);
  tails.set(tail, (tails.get(tail) ?? code) === code ? code : '');
}

/** An error in the first letter: missing, replaced, or swapped with the second. Names have at least six letters. */
function withoutFirst(key: string): string | null {
  if (key.length < 5 || key.length > 40) return null;
  const swapped = countryOfKey(`${key[1]}${key[0]}${key.slice(2)}`);
  return swapped ?? (tails.get(key) || (key.length >= 6 ? tails.get(key.slice(1)) : '') || null);
}

/** One error in five to eight letters, two in longer names, the first letter right. Null if two countries are equally near. */
function nearest(key: string): string | null {
  if (key.length < 5 || key.length > 40) return null;
  const limit = key.length >= 9 ? 2 : 1;
  let best = limit + 1;
  let found: string | null = null;
  for (const [name, code] of english) {
    if (name.charCodeAt(0) !== key.charCodeAt(0)) continue;
    const apart = distance(key, name, limit);
    if (apart < best) {
      best = apart;
      found = code;
    } else if (apart === best && code !== found) {
      found = null;
    }
  }
  return best <= limit ? found : null;
}

/** The country whose name the folded text most likely misspells; null if none is near, or two are. */
export function countryOfTypo(key: string): string | null {
  return nearest(key) ?? withoutFirst(key);
}
