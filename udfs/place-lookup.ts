/** Places by their name: cities, and states or provinces, each with the countries that have one. Names are folded. */
import { bareName } from './tables/place-names.ts';
import { cities, subdivisions } from './tables/places.ts';
import { territories } from './tables/territories.ts';

/** One country a cell may mean. Weight: for a city, two per digit of its population beyond a thousand; for a state its level, 9 the first. */
export type Candidate = { readonly country: string; readonly weight: number };

export const noCandidates: readonly Candidate[] = [];

/** The weight of a state of the first level. */
export const firstLevelWeight = 9;

export const countryOf = (candidate: Candidate): string => candidate.country;

/** `GB6US3`: codes and weights. */
function candidates(packed: string | null): readonly Candidate[] {
  if (packed === null) return noCandidates;
  const found: Candidate[] = [];
  for (let i = 0; i + 2 < packed.length; i += 3) {
    found.push({ country: packed.slice(i, i + 2), weight: packed.charCodeAt(i + 2) - 48 });
  }
  return found;
}

/** The countries of both lists, with the greater weight, the heaviest first. */
export function merge(one: readonly Candidate[], other: readonly Candidate[]): readonly Candidate[] {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const weights = new Map(one.map(({ country, weight }) => [country, weight]));
  for (const { country, weight } of other) weights.set(country, Math.max(weight, weights.get(country) ?? 0));
  return [...weights].map(([country, weight]) => ({ country, weight })).sort((a, b) => b.weight - a.weight);
}

/** Saints are written short and long: `st louis`, `saint louis`. The lists have either. */
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

function called(key: string, find: (key: string) => string | null): readonly Candidate[] {
  let packed = find(key);
  if (packed === null) {
    const bare = bareName(key);
    if (bare !== key) packed = find(bare);
  }
  let found = candidates(packed);
  if (maybeSaint.test(key))
    for (const [written, meant] of saints)
      if (written.test(key)) found = merge(found, candidates(find(key.replace(written, meant))));
  return found;
}

/** Is there a city of exactly this name? */
export const isCity = (key: string): boolean => cities.has(key);

/** Countries with a city of this name. */
export function citiesCalled(key: string): readonly Candidate[] {
  return called(key, cities.find);
}

/** Countries with a state, province, region or county of this name. */
export function statesCalled(key: string): readonly Candidate[] {
  return called(key, subdivisions.find);
}

/** Letters of ISO 3166-2; or of ISO 3166-1, where a territory stands as a state of the country that it belongs to. */
export function statesCoded(key: string): readonly Candidate[] {
  const found = candidates(subdivisions.find(`=${key}`));
  const territory = key.toUpperCase();
  if (!territories.has(territory) || found.some(({ country }) => country === territory)) return found;
  return [...found, { country: territory, weight: 0 }];
}

/** Those of the first list whose country is in the second. */
export function within(list: readonly Candidate[], countries: readonly Candidate[]): readonly Candidate[] {
  return list.filter(({ country }) => countries.some((other) => other.country === country));
}

/** A city of a tenth of the people or less is not the one meant where a larger one of the name exists. */
const farSmaller = 3;

/** Those that are about as large as the largest. */
export function significant(list: readonly Candidate[], below = farSmaller): readonly Candidate[] {
  const most = list.reduce((largest, { weight }) => Math.max(largest, weight), -1);
  return list.filter(({ weight }) => weight >= most - below);
}

/** What a cell names, with what is asked about it for every record: worked out once, because cells are remembered. */
export type Places = {
  readonly candidates: readonly Candidate[];
  readonly countries: readonly string[];
  /** The countries of those that are about as large as the largest. */
  readonly meant: readonly string[];
  /** Is one of them a large town? */
  readonly large: boolean;
  /** Is one of them a city of a million people? */
  readonly metropolis: boolean;
};

/** A city of a hundred thousand speaks for its country loudly enough to doubt a postal code that lacks a zero. */
const largeTown = 4;

/** The weight of a city of a million. */
export const million = 6;

export const noPlaces: Places = { candidates: noCandidates, countries: [], meant: [], large: false, metropolis: false };

export function placesOf(candidates: readonly Candidate[]): Places {
  if (candidates.length === 0) return noPlaces;
  const countries: string[] = [];
  let most = -1;
  for (const { country, weight } of candidates) {
    countries.push(country);
    if (weight > most) most = weight;
  }
  const meant = candidates.length === 1 ? countries : significant(candidates).map(countryOf);
  return { candidates, countries, meant, large: most >= largeTown, metropolis: most >= million };
}
