/**
 * Compares places by size: a city of a million is meant rather than its namesakes, a village may be missing in the lists, a state
 * outweighs a county.
 */
import { type Candidate, countryOf, firstLevelWeight, million } from './place-lookup.ts';

/** How much heavier a city must be than its namesakes to be the one meant: five steps are a factor of 300, as for "Paris". */
const clearlyLarger = 4;

/**
 * A name that only small towns have, up to this weight, may also exist in a country where the lists lack it. With two more cells pointing
 * elsewhere, so may a name that at least this many countries have. It does not hold for a city of a million: "Paris" means Paris.
 */
const manyCountries = 3;
const smallTown = 2;

/** The only possible country where the name is a state or province; elsewhere it is a county ("California" in Colombia). */
export function firstLevel(possible: readonly string[], states: readonly Candidate[]): readonly string[] {
  const found = states
    .filter(({ weight, country }) => weight >= firstLevelWeight && possible.includes(country))
    .map(countryOf);
  return found.length === 1 ? found : [];
}

/** The possible country whose city of that name is clearly the largest. */
export function largest(possible: readonly string[], cities: readonly Candidate[]): readonly string[] {
  let best: Candidate | null = null;
  let second = -1;
  for (const city of cities) {
    if (!possible.includes(city.country)) continue;
    if (best === null || city.weight > best.weight) {
      second = best === null ? second : Math.max(second, best.weight);
      best = city;
    } else {
      second = Math.max(second, city.weight);
    }
  }
  return best !== null && best.weight - Math.max(second, 0) >= clearlyLarger ? [best.country] : [];
}

/** May a place of that name be missing in the lists? `others`: number of cells weighed before. */
export function isVague(cities: readonly Candidate[], others: number): boolean {
  const largest = cities.reduce((most, { weight }) => Math.max(most, weight), 0);
  return largest <= smallTown || (cities.length >= manyCountries && largest < million && others > 1);
}

/** Drops states below the first level in countries other than the city's. A county beside a city of a million is in the city's country. */
export function withoutNamesakes(states: readonly Candidate[], countries: readonly string[]): readonly Candidate[] {
  const left = states.filter(({ country, weight }) => weight === firstLevelWeight || countries.includes(country));
  return left.length === states.length ? states : left;
}
