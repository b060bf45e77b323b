/**
 * The spelling of place names by country. No gazetteer has every village, but "Karbunare e Vogel" looks Albanian and "Lawe
 * Petanduk" Indonesian: a group of three letters is likelier in some countries than in others (naive Bayes over GeoNames'
 * names). It only chooses between countries that other evidence has left over.
 */
import { letterGroups, unpackLikelihood } from './letter-groups.ts';
import { loadTable } from './table.ts';

const table = loadTable('letter-groups');

/** A country's two letters as one number, so that reading a line allocates no string for each. */
const keyOf = (text: string, at: number): number => text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);

/** A line of the table is `AL=US3`: countries, each with a likelihood. */
function read(line: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let at = 0; at < line.length; at += 3) found.set(keyOf(line, at), unpackLikelihood(line.charCodeAt(at + 2)));
  return found;
}

/** The likelihood, by country, of a group that occurs in none of its names. */
const unseen = read(table.find('=') ?? '');

/** The prior likelihood of each country. */
const prior = read(table.find('#') ?? '');

/** A text with fewer groups is a syllable, not a name. */
const fewest = 3;

/**
 * The country in whose manner the name is spelled; null where two are close. `clear`: how much likelier it must be than the next one, as a
 * natural logarithm.
 */
export function likeliest(folded: string, countries: readonly string[], clear: number): string | null {
  const sums = new Map(
    countries.map((country) => {
      const key = keyOf(country, 0);
      return [key, { country, sum: prior.get(key) ?? 0 }];
    }),
  );
  let groups = 0;
  for (const group of letterGroups(folded)) {
    const line = table.find(group);
    // A group in no name of the world is another script or nonsense. It would favour the country with the fewest names.
    if (line === null) continue;
    groups += 1;
    for (const [key, one] of sums) one.sum += unseen.get(key) ?? 0;
    for (let at = 0; at < line.length; at += 3) {
      const key = keyOf(line, at);
      const one = sums.get(key);
      if (one !== undefined) one.sum += unpackLikelihood(line.charCodeAt(at + 2)) - (unseen.get(key) ?? 0);
    }
  }
  if (groups < fewest) return null;
  const [best, second] = [...sums.values()].sort((a, b) => b.sum - a.sum);
  return best !== undefined && best.sum - (second?.sum ?? Number.NEGATIVE_INFINITY) >= clear ? best.country : null;
}
