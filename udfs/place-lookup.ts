/** Looks up places by their folded name: cities, and states or provinces, each with the countries that have one. */
import { bareName } from './tables/place-names.ts';
import { loadTable } from './tables/table.ts';
import { territories } from './tables/territories.ts';

/**
 * Names of cities and of provinces with the countries that have one. Keys are folded names (`place-names.ts`). A value is
 * `GB6US3`: codes of two letters, each with a weight of one digit.
 * `cities` holds GeoNames places of 1,000 people or more; `subdivisions` ISO 3166-2 and GeoNames first and second levels, and the letter
 * codes of ISO 3166-2 as `=ny`.
 */
const cities = loadTable('cities');
const subdivisions = loadTable('subdivisions');

/** A country that a cell may mean. Weight of a city: two per digit of its population beyond a thousand; of a state: 9 for the first level. */
export type Candidate = { readonly country: string; readonly weight: number };

export const noCandidates: readonly Candidate[] = [];

/** The weight of a state of the first level. */
export const firstLevelWeight = 9;

export const countryOf = (candidate: Candidate): string => candidate.country;

/** Unpacks `GB6US3`: country codes, each with a weight. */
function candidates(packed: string | null): readonly Candidate[] {
  if (packed === null) return noCandidates;
  const found: Candidate[] = [];
  for (let i = 0; i + 2 < packed.length; i += 3) {
    found.push({ country: packed.slice(i, i + 2), weight: packed.charCodeAt(i + 2) - 48 });
  }
  return found;
}

/** The countries of both lists, each with its greater weight, the heaviest first. */
export function merge(one: readonly Candidate[], other: readonly Candidate[]): readonly Candidate[] {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const weights = new Map(one.map(({ country, weight }) => [country, weight]));
  for (const { country, weight } of other) weights.set(country, Math.max(weight, weights.get(country) ?? 0));
  return [...weights].map(([country, weight]) => ({ country, weight })).sort((a, b) => b.weight - a.weight);
}

/** Short and long forms: `st louis`, `saint louis`. The lists have one of them. */
const saints: readonly (readonly [RegExp, string])[] = [
  [/\bst\b/, 'saint'],
  [/\bste\b/, 'sainte'],
  [/\bsaint\b/, 'st'],
  [/\bsainte\b/, 'ste'],
  [/\bsta\b/, 'santa'],
  [/\bsto\b/, 'santo'],
  [/\bmt\b/, 'mount'],
  [/\bft\b/, 'fort'],
];

const maybeSaint = /\b(?:st|ste|sta|sto|saint|sainte|mt|ft)\b/;

function candidatesNamed(key: string, find: (key: string) => string | null): readonly Candidate[] {
  let packed = find(key);
  if (packed === null) {
    const bare = bareName(key);
    if (bare !== key) packed = find(bare);
  }
  let found = candidates(packed);
  if (maybeSaint.test(key))
    for (const [written, other] of saints)
      if (written.test(key)) found = merge(found, candidates(find(key.replace(written, other))));
  return found;
}

/** Whether a city has exactly this name. */
export const isCity = (key: string): boolean => cities.has(key);

/** Countries with a city of this name. */
export function citiesNamed(key: string): readonly Candidate[] {
  return candidatesNamed(key, cities.find);
}

/** Countries with a state, province, region or county of this name. */
export function statesNamed(key: string): readonly Candidate[] {
  return candidatesNamed(key, subdivisions.find);
}

/** Countries with a state of this ISO 3166-2 code. A territory with this ISO 3166-1 code counts as a state of its country. */
export function statesWithCode(key: string): readonly Candidate[] {
  const found = candidates(subdivisions.find(`=${key}`));
  const territory = key.toUpperCase();
  if (!territories.has(territory) || found.some(({ country }) => country === territory)) return found;
  return [...found, { country: territory, weight: 0 }];
}

/** The candidates of the first list whose country is in the second. */
export function within(list: readonly Candidate[], countries: readonly Candidate[]): readonly Candidate[] {
  return list.filter(({ country }) => countries.some((other) => other.country === country));
}

/** A city with a tenth of the population or less is unlikely if a larger one has the same name. */
const farSmaller = 3;

/** The candidates that are about as large as the largest. */
export function withoutFarSmaller(list: readonly Candidate[], below = farSmaller): readonly Candidate[] {
  const most = list.reduce((largest, { weight }) => Math.max(largest, weight), -1);
  return list.filter(({ weight }) => weight >= most - below);
}

/** The places that a cell may name, with derived values. They are computed once, because readings are memoized. */
export type Places = {
  readonly candidates: readonly Candidate[];
  readonly countries: readonly string[];
  /** The countries of the candidates that are about as large as the largest. */
  readonly likely: readonly string[];
  /** Whether a candidate is a large town. */
  readonly large: boolean;
  /** Whether a candidate is a city of a million people. */
  readonly metropolis: boolean;
};

/** The weight of a city of 100,000. Such a city is sufficient reason to doubt a postal code that lacks a zero. */
const largeTown = 4;

/** The weight of a city of a million. */
export const million = 6;

export const noPlaces: Places = {
  candidates: noCandidates,
  countries: [],
  likely: [],
  large: false,
  metropolis: false,
};

export function placesOf(candidates: readonly Candidate[]): Places {
  if (candidates.length === 0) return noPlaces;
  const countries: string[] = [];
  let most = -1;
  for (const { country, weight } of candidates) {
    countries.push(country);
    if (weight > most) most = weight;
  }
  const likely = candidates.length === 1 ? countries : withoutFarSmaller(candidates).map(countryOf);
  return { candidates, countries, likely, large: most >= largeTown, metropolis: most >= million };
}
