/**
 * How names of places sound in each country. No gazetteer has every village, but "Karbunare e Vogel" is Albanian and "Lawe
 * Petanduk" Indonesian: a group of three letters is likelier in some countries than in others (naive Bayes over GeoNames'
 * names). It only ever chooses between countries that something else has left over.
 */
import { letterGroups, unpackLikelihood } from './letter-groups.ts';
import { loadTable } from './table.ts';

const table = loadTable('letter-groups');

/** A country's two letters as one number, so that a line of the table is walked without making a string of each. */
const keyOf = (text: string, at: number): number => text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);

/** A line of the table is `AL=US3`: countries, each with a likelihood. */
function read(line: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let at = 0; at < line.length; at += 3) found.set(keyOf(line, at), unpackLikelihood(line.charCodeAt(at + 2)));
  return found;
}

/** What a group that no name of a country has says about that country. */
const unseen = read(table.find('=') ?? '');

/** How likely a country is before its names are looked at. */
const prior = read(table.find('#') ?? '');

/** Fewer groups than this are a syllable, not a name. */
const fewest = 3;

/**
 * Of the countries the one in whose manner the name is spelled, null where two are close. `clear` is how much likelier it has
 * to be than the next, as a natural logarithm.
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
    // In no name of the world: another script, or nonsense. It would speak for whichever country is known least.
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
