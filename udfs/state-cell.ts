/** What a state cell says: the countries in which it names a state, or the country itself where it stands in the wrong cell. */

import { partsOf } from './cell-parts.ts';
import { cleanCell } from './clean-cell.ts';
import { misplacedCountry } from './country-from-name.ts';
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import {
  type Candidate,
  citiesCalled,
  firstLevelWeight,
  merge,
  noCandidates,
  type Places,
  placesOf,
  statesCalled,
  statesCoded,
  within,
} from './place-lookup.ts';
import { isPlaceholder, saysNothing } from './says-nothing.ts';
import { scriptCountries } from './tables/scripts.ts';

/** ISO 3166-2 with the country: `US-NY`. */
export const fullStateCode = /^([A-Za-z]{2})-([A-Za-z\d]{1,3})$/;

/** Longer keys are names, no codes. */
const longestCode = 3;

const longestCell = 100;

const twoLetters = /^[a-z]{2}$/;

/** More often a country than Uttarakhand. */
export const everybodys = /^(?:uk|us)$/;

/** States by the letters of their code, or by their name. */
export function statesOf(key: string): readonly Candidate[] {
  const coded = key.length <= longestCode ? statesCoded(key) : noCandidates;
  return coded.length > 0 ? coded : statesCalled(key);
}

/** A name of a country says that country, unless it is also a state of another: `Georgia` may be either. */
function withCountry(states: readonly Candidate[], country: string | null, key: string): readonly Candidate[] {
  if (country === null) return states;
  if (everybodys.test(key))
    return merge(
      [{ country, weight: firstLevelWeight }],
      states.map((state) => ({ ...state, weight: 1 })),
    );
  const elsewhere = states.some((state) => state.weight === firstLevelWeight && state.country !== country);
  return elsewhere ? merge(states, [{ country, weight: 1 }]) : [{ country, weight: firstLevelWeight }];
}

/** The country of an ISO 3166-2 code, null where it is none. */
export function countryOfStateCode(text: string): string | null {
  const full = fullStateCode.exec(text);
  if (full === null) return null;
  const country = full[1]?.toUpperCase() ?? '';
  return statesCoded(full[2]?.toLowerCase() ?? '').some((state) => state.country === country) ? country : null;
}

/** `Texas (TX)`, `Шумен / Shumen`: all parts in one country, else what the first part that is a full name says. */
function ofParts(parts: readonly string[]): readonly Candidate[] {
  const readings = parts.map((part) => {
    const key = fold(part);
    const states = withCountry(statesOf(key), twoLetters.test(key) ? null : misplacedCountry(part, key), key);
    return states.length > 0 ? states : citiesCalled(key);
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
  // Two letters are the code of a state first, but for those that everybody takes for a country.
  const country =
    !twoLetters.test(key) || states.length === 0 || everybodys.test(key) ? misplacedCountry(text, key) : null;
  const found = withCountry(states, country, key);
  if (found.length > 0) return found;
  if (saysNothing(text, key)) return noCandidates;
  const parts = partsOf(text).map(({ text: part }) => part);
  const ofAll = parts.length > 1 ? ofParts(parts) : noCandidates;
  return ofAll.length > 0 ? ofAll : scriptCountries(text).map((country) => ({ country, weight: 0 }));
}

/** A state, province, region or county by its name or by the letters of its ISO 3166-2 code, alone or with the country's. */
export const placesInState = memoize(4096, (cell: string): Places => placesOf(read(cell)));

export const fromState = (cell: string): readonly Candidate[] => placesInState(cell).candidates;
