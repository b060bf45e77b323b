/**
 * Column `inferred_country`: where the user lives, as an ISO 3166-1 alpha-2 code. Column `country_source`: the cells that decided.
 *
 * A country named by the country cell wins, unless the name is also a state of another country and two other cells indicate that country.
 * Otherwise the other cells are combined: each allows some countries, and the answer is in every list. A cell that contradicts cells that
 * agree is ignored. If several countries remain, weaker evidence chooses between them: the domain of a provider or one sold to anybody, a
 * state over a county, a national phone number, the size of a city, the spelling of a village. If none or several remain, the answer is
 * null: a wrong country is worse than none.
 */
import { isInScript, scriptOnly } from './city-cell.ts';
import { type CountryReading, readCountryCell, rivalsOf } from './country-cell.ts';
import { dialableCountries, fromSpelling, isForAnybody, toleratedCountries } from './country-evidence.ts';
import { type CountryCells, type Readings, readCells, unanimousAnswer } from './country-readings.ts';
import { noPlaces } from './place-lookup.ts';
import { firstLevel, isVague, largest } from './place-size.ts';
import type { DomainCountry } from './tables/country-domains.ts';
import { agreeing, type CellName, common, type Step, type Vote, Weighing } from './weighing.ts';

export type { CountryCells } from './country-readings.ts';
export type { Step } from './weighing.ts';

/** A country and the cells that decided, as `state+postal_code`. Both are null if the country is unknown. */
export type CountryAnswer = { readonly country: string | null; readonly source: string | null };

const unresolved: CountryAnswer = { country: null, source: null };

/** A cell that likely means at most this many countries names them; with more it only allows them. */
const fewCountries = 3;

function addVote(votes: Vote[], cell: CellName, allowed: readonly string[], likely = allowed): void {
  if (allowed.length > 0) votes.push({ cell, allowed, likely });
}

/** The readings of all cells, and the votes of those that have to agree, in their order. */
type Evidence = Readings & { readonly votes: readonly Vote[] };

/** Whether it matters if the domain belongs to a provider. If all other cells allow its country, that country is chosen anyway. */
function isDoubtful({ country }: DomainCountry, votes: readonly Vote[], { postal, cities }: Readings): boolean {
  if (postal.allowed.length > 0 && !postal.allowed.includes(country)) return true;
  const isAllowed = cities.candidates.some((city) => city.country === country && city.weight > scriptOnly);
  if (cities.candidates.length > 0 && !isAllowed) return true;
  if (votes.length === 0 && cities.candidates.length === 0 && (postal.allowed.length === 0 || postal.dummy))
    return true;
  return votes.some(({ allowed }) => !allowed.includes(country));
}

function gather(cells: CountryCells, readings: Readings): Evidence {
  const { misplaced, states, cities, phone, postal } = readings;
  let { domain } = readings;
  const votes: Vote[] = [];
  addVote(votes, 'country', misplaced.countries);
  if (phone.country !== null) addVote(votes, 'phone', [phone.country]);
  addVote(votes, 'state', states.countries);
  if (domain?.firm === true && isDoubtful(domain, votes, readings) && isForAnybody(cells.email))
    domain = { country: domain.country, firm: false };
  if (!postal.dummy && postal.allowed.length > 0) {
    const named = domain?.firm === true ? [domain.country] : [];
    for (const { likely } of votes) if (likely.length <= fewCountries) named.push(...likely);
    if (cities.countries.length === 1 || cities.large) named.push(...cities.likely);
    const tolerated = toleratedCountries(postal, named);
    addVote(votes, 'postal_code', tolerated.length === 0 ? postal.allowed : [...postal.allowed, ...tolerated]);
  }
  if (domain?.firm === true) addVote(votes, 'email', [domain.country]);
  addVote(votes, 'city', cities.countries, cities.likely);
  return { misplaced, states, cities, phone, postal, domain, votes };
}

/** Combines the cells. Only `votes` have to agree; the other votes are ignored. */
function settle(
  cells: CountryCells,
  evidence: Evidence,
  votes: readonly Vote[],
  trace: Step[] | null,
  majority: boolean,
): Weighing {
  const { phone, postal, domain } = evidence;
  const misplaced = evidence.misplaced.candidates;
  const states = evidence.states.candidates;
  const cities = evidence.cities.candidates;
  const weighing = new Weighing(trace, majority);
  let unlisted = cells.city !== null && cities.length === 0;
  for (const vote of evidence.votes) {
    const { cell, allowed } = vote;
    const { possible } = weighing;
    if (!votes.includes(vote)) weighing.ignore(cell, allowed);
    else if (cell !== 'city' || possible === null || possible.length === 0 || common(possible, allowed).length > 0)
      weighing.agree(cell, allowed);
    else if (
      isVague(cities, weighing.votes) ||
      (weighing.votes >= 2 && possible.length === 1 && !evidence.cities.large)
    ) {
      // No list of places is complete: a village listed only in another country must not outvote cells that agree.
      unlisted = true;
      weighing.ignore(cell, allowed);
    } else weighing.agree(cell, allowed);
  }

  // Russian providers serve all countries that write Cyrillic, so their domain proves nothing if only the script of the city is known.
  const known = votes.length > 1 || cities.every(({ weight }) => weight > scriptOnly);
  weighing.choose('email', domain !== null && (known || domain.firm) ? [domain.country] : []);
  weighing.choose('postal_code', postal.dummy ? postal.allowed : []);
  weighing.choose('state', firstLevel(weighing.open, states));
  weighing.choose('country', firstLevel(weighing.open, misplaced));
  if (phone.national !== null && weighing.open.length > 0)
    weighing.choose('phone', dialableCountries(phone.national, weighing.open));
  if (!unlisted) weighing.choose('city', largest(weighing.open, cities));
  weighing.choose('country', largest(weighing.open, misplaced));
  if (cells.city !== null && (unlisted || isInScript(cells.city)) && weighing.open.length > 0) {
    const country = fromSpelling(cells.city, weighing.open);
    weighing.choose('city', country === null ? [] : [country]);
  }
  return weighing;
}

function weigh(cells: CountryCells, evidence: Evidence, trace: Step[] | null, overruled = false): Weighing {
  const { votes } = evidence;
  const steps: Step[] | null = trace === null ? null : [];
  const weighing = settle(cells, evidence, votes, steps, overruled);
  // Two cells that contradict each other have no majority.
  const left = weighing.contradictory && votes.length > 2 ? agreeing(votes) : [];
  if (left.length === 0) {
    trace?.push(...(steps ?? []));
    return weighing;
  }
  return settle(cells, evidence, left, trace, true);
}

/** Longer keys are names, not codes. */
const longestCode = 3;

/**
 * Whether other cells overrule the country cell. They do only if its text is also a state of their country ("Georgia", "CA"), or is
 * misspelled. At least two cells must indicate that country, and none the given one.
 */
function isOverruled(cells: CountryCells, given: CountryReading): boolean {
  const { code, slip, key } = given;
  if (code === null || key === '') return false;
  // Nearly every country code is also a state code, so it is doubtful only where the state cell repeats it.
  if (key.length <= longestCode && cells.country !== cells.state) return false;
  const rivals = rivalsOf(given);
  if (!slip && rivals.every((country) => country === code)) return false;
  const evidence = gather(cells, readCells(cells, noPlaces));
  const [country, second] = weigh(cells, evidence, null).possible ?? [];
  if (country === undefined || second !== undefined || country === code) return false;
  if (!slip && !rivals.includes(country)) return false;
  const speaking = evidence.votes.filter(({ likely }) => likely.includes(country));
  return (
    speaking.length >= 2 && !evidence.votes.some(({ likely }) => likely.includes(code) && !likely.includes(country))
  );
}

function answer(cells: CountryCells, trace: Step[] | null): CountryAnswer {
  const given = readCountryCell(cells.country);
  const overruled = given.code !== null && isOverruled(cells, given);
  if (given.code !== null) {
    const allowed = [given.code];
    trace?.push({ cell: 'country', allowed, left: overruled ? [] : allowed, ignored: overruled });
    if (!overruled) return { country: given.code, source: 'country' };
  }
  const readings = readCells(cells, given.allows);
  const agreed = trace === null && !overruled ? unanimousAnswer(readings) : null;
  if (agreed !== null) return agreed;
  const { possible, source } = weigh(cells, gather(cells, readings), trace, overruled);
  // NA is Namibia's code and R's word for a missing value. It counts as a code only if no other cell names a country.
  if (possible === null && cells.country === 'NA') return { country: 'NA', source: 'country' };
  const [country, second] = possible ?? [];
  return country === undefined || second !== undefined ? unresolved : { country, source };
}

let lastCells: CountryCells | null = null;
let lastAnswer = unresolved;

/**
 * The country of a user and the cells that decided; null if it is missing, unknown or contradictory. A given country is normalised from
 * any usual spelling (`country-cell.ts`). Otherwise state, city, postal code, phone number and the country-code domain of the e-mail are
 * weighed. Kosovo has no ISO 3166-1 code and gives null. Several columns of one event read this in turn, so the last answer is kept.
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

/** The answer with every step of the weighing, for `sluice explain`. */
export function explainCountry(cells: CountryCells): CountryAnswer & { readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  return { ...answer(cells, steps), steps };
}
