/** Reads a state cell: the countries that have a state of this name, or the country itself if it is in the wrong cell. */

import { partsOf } from './cell-parts.ts';
import { cleanCell } from './clean-cell.ts';
import { misplacedCountry } from './country-from-name.ts';
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import {
  type Candidate,
  citiesNamed,
  firstLevelWeight,
  merge,
  noCandidates,
  type Places,
  placesOf,
  statesNamed,
  statesWithCode,
  within,
} from './place-lookup.ts';
import { scriptCountries } from './tables/scripts.ts';
import { isPlaceholder, isUninformative } from './uninformative.ts';

/** ISO 3166-2 with the country: `US-NY`. */
export const fullStateCode = /^([A-Za-z]{2})-([A-Za-z\d]{1,3})$/;

/** Longer keys are names, not codes. */
const longestCode = 3;

const longestCell = 100;

const twoLetters = /^[a-z]{2}$/;

/** Letters that stand for a country more often than for a state. UK is also Uttarakhand. */
export const ukOrUs = /^(?:uk|us)$/;

/** The states with this code, otherwise with this name. */
export function statesOf(key: string): readonly Candidate[] {
  const coded = key.length <= longestCode ? statesWithCode(key) : noCandidates;
  return coded.length > 0 ? coded : statesNamed(key);
}

/** Adds the country that the cell names. The states are dropped, unless one is in another country: `Georgia` may be either. */
function withCountry(states: readonly Candidate[], country: string | null, key: string): readonly Candidate[] {
  if (country === null) return states;
  if (ukOrUs.test(key))
    return merge(
      [{ country, weight: firstLevelWeight }],
      states.map((state) => ({ ...state, weight: 1 })),
    );
  const elsewhere = states.some((state) => state.weight === firstLevelWeight && state.country !== country);
  return elsewhere ? merge(states, [{ country, weight: 1 }]) : [{ country, weight: firstLevelWeight }];
}

/** The country of an ISO 3166-2 code; null if it is not one. */
export function countryOfStateCode(text: string): string | null {
  const full = fullStateCode.exec(text);
  if (full === null) return null;
  const country = full[1]?.toUpperCase() ?? '';
  return statesWithCode(full[2]?.toLowerCase() ?? '').some((state) => state.country === country) ? country : null;
}

/** `Texas (TX)`, `Шумен / Shumen`: the countries common to all parts, otherwise those of the first part that is a full name. */
function readParts(parts: readonly string[]): readonly Candidate[] {
  const readings = parts.map((part) => {
    const key = fold(part);
    const states = withCountry(statesOf(key), twoLetters.test(key) ? null : misplacedCountry(part, key), key);
    return states.length > 0 ? states : citiesNamed(key);
  });
  const [first = noCandidates, ...others] = readings;
  const inAll = others.reduce(within, first);
  if (inAll.length > 0) return inAll;
  const named = parts.findIndex((part, at) => fold(part).length > longestCode && (readings[at] ?? []).length > 0);
  return readings[named] ?? noCandidates;
}

function read(cell: string): readonly Candidate[] {
  const text = cleanCell(cell);
  if (text === '' || text.length > longestCell) return noCandidates;
  const key = fold(text);
  if (isPlaceholder(text, key)) return noCandidates;
  const coded = countryOfStateCode(text);
  if (coded !== null) return [{ country: coded, weight: firstLevelWeight }];
  const states = statesOf(key);
  // Two letters are read as a state code if possible, except those that usually stand for a country.
  const country = !twoLetters.test(key) || states.length === 0 || ukOrUs.test(key) ? misplacedCountry(text, key) : null;
  const found = withCountry(states, country, key);
  if (found.length > 0) return found;
  if (isUninformative(text, key)) return noCandidates;
  const parts = partsOf(text).map(({ text: part }) => part);
  const ofAll = parts.length > 1 ? readParts(parts) : noCandidates;
  return ofAll.length > 0 ? ofAll : scriptCountries(text).map((country) => ({ country, weight: 0 }));
}

/** The places that a state cell allows: by name, or by ISO 3166-2 code with or without the country (`US-NY`, `NY`). */
export const placesInState = memoize(4096, (cell: string): Places => placesOf(read(cell)));

export const fromState = (cell: string): readonly Candidate[] => placesInState(cell).candidates;
