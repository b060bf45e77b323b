/**
 * Column `inferred_country`: where the user lives, as an ISO 3166-1 alpha-2 code, and `country_source`: which cells decided.
 * What the country cell says stands, unless it is also a state of another country and two other cells say so. Only where it says
 * nothing are the other cells asked: each allows some countries, and one has to be in every list. A cell that contradicts cells which
 * agree is set aside. What is left open after that is put to evidence that can only choose: a domain that is for sale or a provider's,
 * a state against a county, a national phone number, the size of a city, the spelling of a village. Still two, or none, is null: a
 * wrong country is worse than none.
 */
import { isInScript, scriptOnly } from './city-cell.ts';
import { type CountryReading, readCountryCell, rivalsOf } from './country-cell.ts';
import { fromSpelling, isForAnybody, postalTolerates, whereDialled } from './country-evidence.ts';
import { type CountryCells, type Readings, readCells, unanimous } from './country-readings.ts';
import { noPlaces } from './place-lookup.ts';
import { firstLevel, isVague, largest } from './place-size.ts';
import type { DomainCountry } from './tables/country-domains.ts';
import { agreeing, type CellName, common, type Step, type Voice, Weighing } from './weighing.ts';

export type { CountryCells } from './country-readings.ts';
export type { Step } from './weighing.ts';

/** A country and the cells that decided, as `state+postal_code`; both null where there is none. */
export type CountryAnswer = { readonly country: string | null; readonly source: string | null };

const unresolved: CountryAnswer = { country: null, source: null };

/** So few countries are named, and not merely allowed. */
const fewCountries = 3;

function hear(voices: Voice[], cell: CellName, says: readonly string[], meant = says): void {
  if (says.length > 0) voices.push({ cell, says, meant });
}

/** What the cells say, and those that have to agree, in the order in which they are heard. */
type Evidence = Readings & { readonly voices: readonly Voice[] };

/** Does it matter whose domain it is? Not where all other cells allow its country: then it chooses that, firm or not. */
function isDoubtful({ country }: DomainCountry, voices: readonly Voice[], { postal, cities }: Readings): boolean {
  if (postal.says.length > 0 && !postal.says.includes(country)) return true;
  const isAllowed = cities.candidates.some((city) => city.country === country && city.weight > scriptOnly);
  if (cities.candidates.length > 0 && !isAllowed) return true;
  if (voices.length === 0 && cities.candidates.length === 0 && (postal.says.length === 0 || postal.dummy)) return true;
  return voices.some(({ says }) => !says.includes(country));
}

function gather(cells: CountryCells, readings: Readings): Evidence {
  const { misplaced, states, cities, phone, postal } = readings;
  let { domain } = readings;
  const voices: Voice[] = [];
  hear(voices, 'country', misplaced.countries);
  if (phone.country !== null) hear(voices, 'phone', [phone.country]);
  hear(voices, 'state', states.countries);
  if (domain?.firm === true && isDoubtful(domain, voices, readings) && isForAnybody(cells.email))
    domain = { country: domain.country, firm: false };
  if (!postal.dummy && postal.says.length > 0) {
    const named = domain?.firm === true ? [domain.country] : [];
    for (const { meant } of voices) if (meant.length <= fewCountries) named.push(...meant);
    if (cities.countries.length === 1 || cities.large) named.push(...cities.meant);
    const tolerated = postalTolerates(postal, named);
    hear(voices, 'postal_code', tolerated.length === 0 ? postal.says : [...postal.says, ...tolerated]);
  }
  if (domain?.firm === true) hear(voices, 'email', [domain.country]);
  hear(voices, 'city', cities.countries, cities.meant);
  return { misplaced, states, cities, phone, postal, domain, voices };
}

/** Puts the cells together, those of `voices` as having to agree. */
function settle(
  cells: CountryCells,
  evidence: Evidence,
  voices: readonly Voice[],
  trace: Step[] | null,
  majority: boolean,
): Weighing {
  const { phone, postal, domain } = evidence;
  const misplaced = evidence.misplaced.candidates;
  const states = evidence.states.candidates;
  const cities = evidence.cities.candidates;
  const weighing = new Weighing(trace, majority);
  let unlisted = cells.city !== null && cities.length === 0;
  for (const voice of evidence.voices) {
    const { cell, says } = voice;
    const { possible } = weighing;
    if (!voices.includes(voice)) weighing.ignore(cell, says);
    else if (cell !== 'city' || possible === null || possible.length === 0 || common(possible, says).length > 0)
      weighing.agree(cell, says);
    else if (
      isVague(cities, weighing.voices) ||
      (weighing.voices >= 2 && possible.length === 1 && !evidence.cities.large)
    ) {
      // No list of places is complete: a village that is listed elsewhere only must not outvote cells that agree.
      unlisted = true;
      weighing.ignore(cell, says);
    } else weighing.agree(cell, says);
  }

  // Russian providers serve all countries that write in Cyrillic: with no more known than the script, theirs says nothing.
  const known = voices.length > 1 || cities.every(({ weight }) => weight > scriptOnly);
  weighing.choose('email', domain !== null && (known || domain.firm) ? [domain.country] : []);
  weighing.choose('postal_code', postal.dummy ? postal.says : []);
  weighing.choose('state', firstLevel(weighing.open, states));
  weighing.choose('country', firstLevel(weighing.open, misplaced));
  if (phone.national !== null && weighing.open.length > 0)
    weighing.choose('phone', whereDialled(phone.national, weighing.open));
  if (!unlisted) weighing.choose('city', largest(weighing.open, cities));
  weighing.choose('country', largest(weighing.open, misplaced));
  if (cells.city !== null && (unlisted || isInScript(cells.city)) && weighing.open.length > 0) {
    const country = fromSpelling(cells.city, weighing.open);
    weighing.choose('city', country === null ? [] : [country]);
  }
  return weighing;
}

function weigh(cells: CountryCells, evidence: Evidence, trace: Step[] | null, overruled = false): Weighing {
  const { voices } = evidence;
  const steps: Step[] | null = trace === null ? null : [];
  const weighing = settle(cells, evidence, voices, steps, overruled);
  // Two cells that contradict each other are no majority.
  const left = weighing.contradictory && voices.length > 2 ? agreeing(voices) : [];
  if (left.length === 0) {
    trace?.push(...(steps ?? []));
    return weighing;
  }
  return settle(cells, evidence, left, trace, true);
}

/** Longer keys are names, no codes. */
const longestCode = 3;

/**
 * Do other cells stand against the country cell? Only where that names a state of their country, too ("Georgia", "CA"), or has a slip in
 * it, and at least two of them speak for that country and none for the given one.
 */
function isOverruled(cells: CountryCells, given: CountryReading): boolean {
  const { code, slip, key } = given;
  if (code === null || key === '') return false;
  // Nearly every code is some state's as well: it is in doubt only where the state cell repeats it.
  if (key.length <= longestCode && cells.country !== cells.state) return false;
  const rivals = rivalsOf(given);
  if (!slip && rivals.every((country) => country === code)) return false;
  const evidence = gather(cells, readCells(cells, noPlaces));
  const [country, second] = weigh(cells, evidence, null).possible ?? [];
  if (country === undefined || second !== undefined || country === code) return false;
  if (!slip && !rivals.includes(country)) return false;
  const speaking = evidence.voices.filter(({ meant }) => meant.includes(country));
  return speaking.length >= 2 && !evidence.voices.some(({ meant }) => meant.includes(code) && !meant.includes(country));
}

function answer(cells: CountryCells, trace: Step[] | null): CountryAnswer {
  const given = readCountryCell(cells.country);
  const overruled = given.code !== null && isOverruled(cells, given);
  if (given.code !== null) {
    const says = [given.code];
    trace?.push({ cell: 'country', says, left: overruled ? [] : says, aside: overruled });
    if (!overruled) return { country: given.code, source: 'country' };
  }
  const readings = readCells(cells, given.allows);
  const agreed = trace === null && !overruled ? unanimous(readings) : null;
  if (agreed !== null) return agreed;
  const { possible, source } = weigh(cells, gather(cells, readings), trace, overruled);
  // NA is Namibia's code and R's word for a missing value: it counts as a code only where nothing else is known.
  if (possible === null && cells.country === 'NA') return { country: 'NA', source: 'country' };
  const [country, second] = possible ?? [];
  return country === undefined || second !== undefined ? unresolved : { country, source };
}

let lastCells: CountryCells | null = null;
let lastAnswer = unresolved;

/**
 * The country of a user, or null if it is missing, unknown or contradictory, and which cells decided. A given country is
 * normalised from any usual spelling (`country-cell.ts`). Otherwise state, city, postal code, phone number and the country-code
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
