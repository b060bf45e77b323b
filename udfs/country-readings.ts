/**
 * Reads the cells of an event that indicate a country. Most events need no weighing: one cell names one country and every other cell
 * allows it (`unanimousAnswer`).
 */
import type { UserEvent } from '../schemas/user-event.ts';
import { placesInCity } from './city-cell.ts';
import {
  fromEmail,
  fromPhone,
  matchingStates,
  noPhoneEvidence,
  noPostalEvidence,
  type PhoneEvidence,
  type PostalEvidence,
  readPostalCode,
} from './country-evidence.ts';
import { noPlaces, type Places, placesOf } from './place-lookup.ts';
import { withoutNamesakes } from './place-size.ts';
import { placesInState } from './state-cell.ts';
import type { DomainCountry } from './tables/country-domains.ts';
import type { CellName } from './weighing.ts';

/** The cells that are read. */
export type CountryCells = Pick<UserEvent, 'country' | 'state' | 'city' | 'postal_code' | 'phone' | 'email'>;

/** The readings of the cells, apart from a country that the country cell names. */
export type Readings = {
  /** Countries that the country cell allows if it names a place or several countries. */
  readonly misplaced: Places;
  readonly states: Places;
  readonly cities: Places;
  readonly phone: PhoneEvidence;
  readonly postal: PostalEvidence;
  readonly domain: DomainCountry | null;
};

/** The states that a cell names, without those that contradict the postal code or a large city. */
function statesOf(cell: string, postal: PostalEvidence, cities: Places): Places {
  const named = placesInState(cell);
  let states = named.candidates;
  if (postal.code !== '' && states.length > 1) states = matchingStates(cell, postal.code, states);
  if (cities.metropolis) states = withoutNamesakes(states, cities.likely);
  return states === named.candidates ? named : placesOf(states);
}

/** Reads all cells but the country cell. */
export function readCells({ state, city, postal_code, phone, email }: CountryCells, misplaced: Places): Readings {
  const postal = postal_code === null ? noPostalEvidence : readPostalCode(postal_code);
  const cities = city === null ? noPlaces : placesInCity(city);
  return {
    misplaced,
    states: state === null ? noPlaces : statesOf(state, postal, cities),
    cities,
    phone: phone === null ? noPhoneEvidence : fromPhone(phone),
    postal,
    domain: fromEmail(email),
  };
}

const allows = (countries: readonly string[], country: string): boolean =>
  countries.length === 0 || countries.includes(country);

/** The single country and the cell that names it, if no other cell contradicts it; null if the cells have to be weighed. */
export function unanimousAnswer(readings: Readings): { readonly country: string; readonly source: CellName } | null {
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
  if (!postal.dummy && !allows(postal.allowed, country)) return null;
  return domain?.firm === true && domain.country !== country ? null : { country, source };
}
