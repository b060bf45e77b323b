/**
 * Column `inferred_country`: where the user lives, as an ISO 3166-1 alpha-2 code. What the country cell says stands. Only
 * where it says nothing are the other cells asked, and all that answer have to agree: each names the countries it is
 * possible in, and one country has to be in every list. Two left over, or none, is null: a wrong country is worse than none.
 */
import type { UserEvent } from '../schemas/user-event.ts';
import {
  type Candidate,
  fromCity,
  fromPhone,
  fromPostalCode,
  fromState,
  fromTopLevelDomain,
} from './country-evidence.ts';
import { countryFromName } from './country-from-name.ts';
import { readEmail } from './email-address.ts';

/** The cells that are read. */
export type CountryCells = Pick<UserEvent, 'country' | 'state' | 'city' | 'postal_code' | 'phone' | 'email'>;

/**
 * How much larger a city has to be than its namesakes to be the one meant: five steps are a factor of 300, "Paris" against
 * its American namesakes.
 */
const clearlyLarger = 4;

/** One cell's answer in `list`, narrowed to the countries still possible. Null list: nothing was said so far. */
function narrow(possible: readonly string[] | null, list: readonly string[]): readonly string[] | null {
  if (list.length === 0) return possible;
  if (possible === null) return list;
  return possible.filter((country) => list.includes(country));
}

const countryOf = (candidate: Candidate): string => candidate.country;

/** The only possible country where the name is a state or province; elsewhere it is a county ("California" in Colombia). */
function firstLevel(possible: readonly string[], states: readonly Candidate[]): string | null {
  let found: string | null = null;
  for (const state of states) {
    if (state.weight < 9 || !possible.includes(state.country)) continue;
    if (found !== null) return null;
    found = state.country;
  }
  return found;
}

/** Of the possible countries the one whose city of that name is clearly the largest. */
function largest(possible: readonly string[], cities: readonly Candidate[]): string | null {
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
  return best !== null && best.weight - Math.max(second, 0) >= clearlyLarger ? best.country : null;
}

/** What the other cells say together. Silent: none of them said anything. */
type Verdict = { readonly country: string | null; readonly silent: boolean };

const silence: Verdict = { country: null, silent: true };
const contradiction: Verdict = { country: null, silent: false };

function weigh(cells: CountryCells, states: readonly Candidate[]): Verdict {
  const phone = cells.phone === null ? null : fromPhone(cells.phone);
  const domain = readEmail(cells.email).domain;
  const top = domain === null ? null : fromTopLevelDomain(domain.slice(domain.lastIndexOf('.') + 1));
  const firmTop = top?.firm === true ? top.country : null;
  const cities = cells.city === null ? [] : fromCity(cells.city);
  const postal = cells.postal_code === null ? [] : fromPostalCode(cells.postal_code);

  let possible = narrow(null, phone === null ? [] : [phone]);
  possible = narrow(possible, states.map(countryOf));
  possible = narrow(possible, postal);
  possible = narrow(possible, firmTop === null ? [] : [firmTop]);
  const withoutCity = possible;
  possible = narrow(possible, cities.map(countryOf));
  if (possible === null) return silence;
  if (possible.length === 0) {
    // No list of places is complete: a village that is listed elsewhere only must not outvote two cells that agree.
    const voices = [phone !== null, states.length > 0, postal.length > 0, firmTop !== null].filter(Boolean).length;
    return voices >= 2 && withoutCity?.length === 1
      ? { country: withoutCity[0] ?? null, silent: false }
      : contradiction;
  }
  if (possible.length === 1) return { country: possible[0] ?? null, silent: false };
  // Still open: a domain that is for sale may break the tie, then a province over a county, then a clearly larger city.
  if (top !== null && possible.includes(top.country)) return { country: top.country, silent: false };
  return { country: firstLevel(possible, states) ?? largest(possible, cities), silent: false };
}

/**
 * The country of a user, or null if it is missing, unknown or contradictory. A given country is normalised from any usual
 * spelling (`countryFromName`). Otherwise state, city, postal code, an international phone number and the country-code
 * domain of the e-mail are weighed. Kosovo has no ISO 3166-1 code and gives null.
 */
export function inferredCountry(cells: CountryCells): string | null {
  const given = countryFromName(cells.country);
  if (given.code !== null) return given.code;
  let states = cells.state === null ? [] : fromState(cells.state);
  // "California" in the country cell is a province in the wrong place; two letters there could be anything.
  if (states.length === 0 && !given.missing && cells.country !== null && cells.country.length > 3) {
    states = fromState(cells.country);
  }
  const verdict = weigh(cells, states);
  // NA is Namibia's code and R's word for a missing value: it counts as a code only where nothing else is known.
  return verdict.silent && cells.country === 'NA' ? 'NA' : verdict.country;
}
