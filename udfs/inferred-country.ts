/**
 * Column `inferred_country`: where the user lives, as an ISO 3166-1 alpha-2 code, and `country_source`: which cells decided.
 * What the country cell says stands. Only where it says nothing are the other cells asked, and all that answer have to agree:
 * each names the countries it is possible in, and one country has to be in every list. What is left open after that is put to
 * evidence that can only choose: a domain that is for sale, a state against a county, a national phone number, the size of a
 * city, the spelling of a village. Still two, or none, is null: a wrong country is worse than none.
 */
import type { UserEvent } from '../schemas/user-event.ts';
import {
  type Candidate,
  fromCity,
  fromPhone,
  fromPostalCode,
  fromSpelling,
  fromState,
  fromTopLevelDomain,
  isInScript,
  matchingStates,
  whereDialled,
} from './country-evidence.ts';
import { countryFromName } from './country-from-name.ts';
import { readEmail } from './email-address.ts';
import { territories } from './tables/territories.ts';

/** The cells that are read. */
export type CountryCells = Pick<UserEvent, 'country' | 'state' | 'city' | 'postal_code' | 'phone' | 'email'>;

/** A country and the cells that decided, as `state+postal_code`; both null where there is none. */
export type CountryAnswer = { readonly country: string | null; readonly source: string | null };

/** One step of the weighing: a cell, the countries it allows, and those that are left after it. */
export type Step = { readonly cell: string; readonly says: readonly string[]; readonly left: readonly string[] };

const unresolved: CountryAnswer = { country: null, source: null };

/** The cells in the order in which a source names them; a bit each. */
const cellNames = ['country', 'state', 'city', 'postal_code', 'phone', 'email'] as const;
type CellName = (typeof cellNames)[number];

/** Every combination, so that naming one makes no string. */
const sources = Array.from({ length: 1 << cellNames.length }, (_, bits) =>
  cellNames.filter((_, at) => (bits & (1 << at)) !== 0).join('+'),
);

const bitOf = (cell: CellName): number => 1 << cellNames.indexOf(cell);

/**
 * How much larger a city has to be than its namesakes to be the one meant: five steps are a factor of 300, "Paris" against
 * its American namesakes.
 */
const clearlyLarger = 4;

/**
 * A name that this many countries have, or that only places up to this weight have, may well exist in one more. Not so that of a
 * city of a million: who writes Paris means Paris.
 */
const manyCountries = 3;
const smallTown = 2;
const million = 6;

const countryOf = (candidate: Candidate): string => candidate.country;

/** The countries in both lists; a territory also where the other list has the country that it belongs to. */
function common(possible: readonly string[], list: readonly string[]): readonly string[] {
  // Most often one of both says one country, and the other has it.
  if (list.length === 1 && possible.includes(list[0] ?? '')) return list;
  if (possible.length === 1 && list.includes(possible[0] ?? '')) return possible;
  const both = possible.filter((country) => list.includes(country) || list.includes(territories.get(country) ?? ''));
  for (const country of list)
    if (!both.includes(country) && possible.includes(territories.get(country) ?? '')) both.push(country);
  // France is left beside Réunion only if both lists have it by its own name.
  const certain = both.filter((country) => possible.includes(country) && list.includes(country));
  return certain.length > 0 ? certain : both;
}

/** What is still possible, and which cells made it so. */
class Weighing {
  /** Null: nothing was said so far. */
  possible: readonly string[] | null = null;
  bits = 0;
  voices = 0;
  readonly #trace: Step[] | null;

  constructor(trace: Step[] | null) {
    this.#trace = trace;
  }

  #step(cell: CellName, says: readonly string[], left: readonly string[]): void {
    if (this.possible === null || left.length < this.possible.length) this.bits |= bitOf(cell);
    this.possible = left;
    this.#trace?.push({ cell, says, left });
  }

  /** A cell that has to agree; one that says nothing changes nothing. */
  agree(cell: CellName, says: readonly string[]): void {
    if (says.length === 0) return;
    this.voices += 1;
    this.#step(cell, says, this.possible === null ? says : common(this.possible, says));
  }

  /** A cell that may only choose among what is left. */
  choose(cell: CellName, says: readonly string[]): void {
    if (this.possible === null || this.possible.length < 2) return;
    const left = this.possible.filter((country) => says.includes(country));
    if (left.length > 0 && left.length < this.possible.length) this.#step(cell, says, left);
  }

  /** A cell that was heard and set aside. */
  ignore(cell: CellName, says: readonly string[]): void {
    this.#trace?.push({ cell, says, left: this.possible ?? [] });
  }

  get open(): readonly string[] {
    return this.possible !== null && this.possible.length > 1 ? this.possible : [];
  }
}

/** The only possible country where the name is a state or province; elsewhere it is a county ("California" in Colombia). */
function firstLevel(possible: readonly string[], states: readonly Candidate[]): readonly string[] {
  const found = states.filter(({ weight, country }) => weight >= 9 && possible.includes(country)).map(countryOf);
  return found.length === 1 ? found : [];
}

/** Of the possible countries the one whose city of that name is clearly the largest. */
function largest(possible: readonly string[], cities: readonly Candidate[]): readonly string[] {
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

function isVague(cities: readonly Candidate[]): boolean {
  const largest = cities.reduce((most, { weight }) => Math.max(most, weight), 0);
  return largest <= smallTown || (cities.length >= manyCountries && largest < million);
}

function weigh(cells: CountryCells, named: readonly Candidate[], stateCell: CellName, trace: Step[] | null): Weighing {
  const weighing = new Weighing(trace);
  const states =
    cells.state !== null && cells.postal_code !== null && stateCell === 'state' && named.length > 1
      ? matchingStates(cells.state, cells.postal_code, named)
      : named;
  const phone = cells.phone === null ? null : fromPhone(cells.phone);
  const domain = readEmail(cells.email).domain?.ascii ?? null;
  const top = domain === null ? null : fromTopLevelDomain(domain.slice(domain.lastIndexOf('.') + 1));
  const cities = cells.city === null ? [] : fromCity(cells.city);
  const topSays = top === null ? [] : [top.country];

  weighing.agree('phone', phone === null || phone.country === null ? [] : [phone.country]);
  weighing.agree(stateCell, states.map(countryOf));
  weighing.agree('postal_code', cells.postal_code === null ? [] : fromPostalCode(cells.postal_code));
  weighing.agree('email', top?.firm === true ? topSays : []);

  const withoutCity = weighing.possible;
  const citySays = cities.map(countryOf);
  let unlisted = cells.city !== null && cities.length === 0;
  if (withoutCity === null || withoutCity.length === 0 || common(withoutCity, citySays).length > 0) {
    weighing.agree('city', citySays);
  } else if (isVague(cities) || (weighing.voices >= 2 && withoutCity.length === 1)) {
    // No list of places is complete: a village that is listed elsewhere only must not outvote cells that agree.
    unlisted = true;
    if (citySays.length > 0) weighing.ignore('city', citySays);
  } else {
    weighing.agree('city', citySays);
  }

  weighing.choose('email', topSays);
  weighing.choose(stateCell, firstLevel(weighing.open, states));
  if (phone !== null && phone.national !== null && weighing.open.length > 0)
    weighing.choose('phone', whereDialled(phone.national, weighing.open));
  if (!unlisted) weighing.choose('city', largest(weighing.open, cities));
  if (cells.city !== null && (unlisted || isInScript(cells.city)) && weighing.open.length > 0) {
    const country = fromSpelling(cells.city, weighing.open);
    weighing.choose('city', country === null ? [] : [country]);
  }
  return weighing;
}

function answer(cells: CountryCells, trace: Step[] | null): CountryAnswer {
  const given = countryFromName(cells.country);
  if (given.code !== null) {
    trace?.push({ cell: 'country', says: [given.code], left: [given.code] });
    return { country: given.code, source: 'country' };
  }
  let states = cells.state === null ? [] : fromState(cells.state);
  let stateCell: CellName = 'state';
  // "California" in the country cell is a province in the wrong place; two letters there could be anything.
  if (states.length === 0 && !given.missing && cells.country !== null && cells.country.length > 3) {
    states = fromState(cells.country);
    stateCell = 'country';
  }
  const { possible, bits } = weigh(cells, states, stateCell, trace);
  // NA is Namibia's code and R's word for a missing value: it counts as a code only where nothing else is known.
  if (possible === null && cells.country === 'NA') return { country: 'NA', source: 'country' };
  const [country, second] = possible ?? [];
  return country === undefined || second !== undefined ? unresolved : { country, source: sources[bits] ?? '' };
}

let lastCells: CountryCells | null = null;
let lastAnswer = unresolved;

/**
 * The country of a user, or null if it is missing, unknown or contradictory, and which cells decided. A given country is
 * normalised from any usual spelling (`countryFromName`). Otherwise state, city, postal code, phone number and the country-code
 * domain of the e-mail are weighed. Kosovo has no ISO 3166-1 code and gives null. Several columns of one event ask, so the
 * answer to the last event is remembered.
 */
export function countryAnswer(cells: CountryCells): CountryAnswer {
  if (cells !== lastCells) {
    lastAnswer = answer(cells, null);
    lastCells = cells;
  }
  return lastAnswer;
}

/** Column `inferred_country`. */
export function inferredCountry(cells: CountryCells): string | null {
  return countryAnswer(cells).country;
}

/** Column `country_source`. */
export function countrySource(cells: CountryCells): string | null {
  return countryAnswer(cells).source;
}

/** How the answer came about, step by step, for people. */
export function explainCountry(cells: CountryCells): CountryAnswer & { readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  return { ...answer(cells, steps), steps };
}
