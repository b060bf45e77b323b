/**
 * What each cell of an event says about the country, read and not yet weighed. Most rows need no weighing: the first cell that speaks names
 * one country, and every other cell allows it (`unanimous`).
 */
import type { UserEvent } from '../schemas/user-event.ts';
import { placesInCity } from './city-cell.ts';
import {
  fromEmail,
  fromPhone,
  matchingStates,
  type PhoneEvidence,
  type PostalEvidence,
  readPostalCode,
  silentPhone,
  silentPostal,
} from './country-evidence.ts';
import { noPlaces, type Places, placesOf } from './place-lookup.ts';
import { withoutNamesakes } from './place-size.ts';
import { placesInState } from './state-cell.ts';
import type { DomainCountry } from './tables/country-domains.ts';
import type { CellName } from './weighing.ts';

/** The cells that are read. */
export type CountryCells = Pick<UserEvent, 'country' | 'state' | 'city' | 'postal_code' | 'phone' | 'email'>;

/** Everything that the cells say. */
export type Readings = {
  /** What the country cell allows where it names no country: a place, or several countries. */
  readonly misplaced: Places;
  readonly states: Places;
  readonly cities: Places;
  readonly phone: PhoneEvidence;
  readonly postal: PostalEvidence;
  readonly domain: DomainCountry | null;
};

/** The states of a cell, without those that the postal code or a large city rules out. */
function statesOf(cell: string, postal: PostalEvidence, cities: Places): Places {
  const named = placesInState(cell);
  let states = named.candidates;
  if (postal.code !== '' && states.length > 1) states = matchingStates(cell, postal.code, states);
  if (cities.metropolis) states = withoutNamesakes(states, cities.meant);
  return states === named.candidates ? named : placesOf(states);
}

/** Reads all cells but the one for the country. */
export function readCells({ state, city, postal_code, phone, email }: CountryCells, misplaced: Places): Readings {
  const postal = postal_code === null ? silentPostal : readPostalCode(postal_code);
  const cities = city === null ? noPlaces : placesInCity(city);
  return {
    misplaced,
    states: state === null ? noPlaces : statesOf(state, postal, cities),
    cities,
    phone: phone === null ? silentPhone : fromPhone(phone),
    postal,
    domain: fromEmail(email),
  };
}

const allows = (countries: readonly string[], country: string): boolean =>
  countries.length === 0 || countries.includes(country);

/** The cell that decides where one cell names one country and no other cell says anything else; null where they have to be weighed. */
export function unanimous(readings: Readings): { readonly country: string; readonly source: CellName } | null {
  const { misplaced, states, cities, phone, postal, domain } = readings;
  let source: CellName = 'phone';
  let country = phone.country;
  if (misplaced.countries.length > 0 || country === null) {
    source = misplaced.countries.length > 0 ? 'country' : 'state';
    const { countries } = source === 'country' ? misplaced : states;
    country = countries.length === 1 ? (countries[0] ?? null) : null;
  }
  if (country === null || (phone.country !== null && phone.country !== country)) return null;
  if (!allows(states.countries, country) || !allows(cities.countries, country)) return null;
  if (!postal.dummy && !allows(postal.says, country)) return null;
  return domain?.firm === true && domain.country !== country ? null : { country, source };
}
