/**
 * How large places are, and what that says: a city of a million is meant before its namesakes, a village may well be missing in the
 * lists, a state counts more than a county.
 */
import { type Candidate, countryOf, firstLevelWeight, million } from './place-lookup.ts';

/**
 * How much larger a city has to be than its namesakes to be the one meant: five steps are a factor of 300, "Paris" against
 * its American namesakes.
 */
const clearlyLarger = 4;

/**
 * A name that only places up to this weight have may well exist in one more country; one that this many countries have may, too, if
 * two other cells say so. Not so that of a city of a million: who writes Paris means Paris.
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

/** Of the possible countries the one whose city of that name is clearly the largest. */
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

/** May a place of that name be missing in the lists? `others`: cells that were heard before. */
export function isVague(cities: readonly Candidate[], others: number): boolean {
  const largest = cities.reduce((most, { weight }) => Math.max(most, weight), 0);
  return largest <= smallTown || (cities.length >= manyCountries && largest < million && others > 1);
}

/** A parish or county beside a city of a million is not in a country that has a village of the city's name. `countries`: of the city. */
export function withoutNamesakes(states: readonly Candidate[], countries: readonly string[]): readonly Candidate[] {
  const left = states.filter(({ country, weight }) => weight === firstLevelWeight || countries.includes(country));
  return left.length === states.length ? states : left;
}
