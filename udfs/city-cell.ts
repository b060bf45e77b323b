/**
 * Reads a city cell: which countries have such a city. The cell may also hold a district or its number, a postal code, the state or the
 * country (`Paris Cedex 07`, `1220 Wien`, `Boston, MA`, `London, UK`). Every part that is understood has to fit.
 */
import { partsOf } from './cell-parts.ts';
import { cleanCell, withSpacedDots } from './clean-cell.ts';
import { countryOfName, misplacedCountry } from './country-from-name.ts';
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import {
  type Candidate,
  citiesNamed,
  firstLevelWeight,
  isCity,
  merge,
  million,
  noCandidates,
  type Places,
  placesOf,
  statesWithCode,
  within,
  withoutFarSmaller,
} from './place-lookup.ts';
import { statesOf, ukOrUs } from './state-cell.ts';
import { lettersBeyondAscii } from './tables/letters.ts';
import { frenchPost, postalCountries } from './tables/postal-formats.ts';
import { scriptCountries } from './tables/scripts.ts';
import { isPlaceholder, isUninformative } from './uninformative.ts';

const longestCell = 100;

/** French business mail (CEDEX), with the number of the office. */
const cedex = /[ ,-]*\bcedex\b(?: ?\d{1,2})?$/i;

/** A postal code before or after the name, with the country's prefix. */
const codeBefore = new RegExp(
  `^((?:[A-Z]{1,3}-)?(?:\\d{4} ?[A-Z]{2}|\\d{2}-\\d{3}|\\d{3,7}(?:[ -]\\d{2,4})?))[ ,-]+(?=[A-Za-z${lettersBeyondAscii}])`,
  'u',
);
const codeBehind =
  /[ ,-]+((?:[A-Z]{1,3}-)?(?:\d{3,7}(?:[ -]\d{2,4})?|\d{2}-\d{3})|[A-Z]\d{4}(?:[A-Z]{3})?|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)$/iu;

/** The number of a district in digits or Roman numerals, with or without the word for district. */
const districtWords =
  'arr|arrondissement|arrondissements|bezirk|stadtbezirk|ker|kerulet|kerület|district|dist|distrito|ward|zone|zona|sector|sectorul|sektor|okres|obvod|cast|část|quan|quận|q|rajon|raion|borough|circoscrizione|municipio|mahallesi';
const districtBehind = new RegExp(
  `[ ,-]+(?:(?:${districtWords})\\.? ?)?(?:\\d{1,2}|[IVX]{1,6})(?:e|er|ere|ème|eme|è|th|st|nd|rd|º|ª|°|[A-Z])?\\.?(?: ?(?:${districtWords})\\.?)?$`,
  'iu',
);

/** Words for a town before its name. */
const townBefore =
  /^(?:(?:the )?(?:city|town|village|municipality|borough) of|greater|downtown|central|ville de|commune de|ciudad de|villa de|municipio de|cidade de|comune di|citta di|stadt|landeshauptstadt|hansestadt|gemeente|stad|miasto|m st|mesto|hlavni mesto|hl m|г|гор|город|м|місто|с|пос|п|g|gor) (?=.)/u;

const oneOrTwoLetters = /^[a-z]{1,2}$/;

/** Words for a part of a town behind its name. */
const townBehind =
  / (?:city|town|centre|center|central|centro|zentrum|mitte|innenstadt|altstadt|neustadt|centrum|downtown|cbd|metro|metropolitan area|area|north|south|east|west|nord|sud|est|ouest|ost|norte|sur|sul|este|oeste|leste|selatan|utara|pusat|barat|timur|k|kbh|v|s|o|n|c|sv|nv|mahallesi|merkez)$/;

/** The country named in a city cell. Two letters are more likely a state's code, so they are skipped. */
function countryNamed(text: string, key: string): string | null {
  return oneOrTwoLetters.test(key) && !ukOrUs.test(key) ? null : misplacedCountry(text, key);
}

/** Whether the script of the name indicates countries. Then a name that is on no list may still be a place. */
export function isInScript(name: string): boolean {
  return scriptCountries(name).length > 0;
}

/** Reads the name exactly as it stands. */
function readName(written: string): readonly Candidate[] {
  const text = withSpacedDots(written);
  const key = fold(text);
  const cities = citiesNamed(key);
  const country = countryNamed(text, key);
  if (country === null) {
    if (cities.length > 0) return cities;
    const bare = citiesNamed(key.replace(townBefore, '').replace(townBehind, ''));
    // The lists of states know more names of large cities in other scripts than Latin.
    return bare.length > 0 || !isInScript(text) ? bare : statesOf(key.replace(townBefore, ''));
  }
  // A named country weighs as much as a city of a million people.
  return merge(cities, [{ country, weight: million }]);
}

/** The first half of a British postcode. */
const outward = /^[A-Z]{1,2}\d[A-Z\d]?$/i;

/** Keeps the candidates where such a postal code exists; keeps all if there are none. */
function withPostalCode(found: readonly Candidate[], code: string | undefined): readonly Candidate[] {
  if (code === undefined) return found;
  const countries = [...postalCountries(code), ...(outward.test(code) ? postalCountries(`${code} 1AA`) : [])];
  const fitting = found.filter(({ country }) => countries.includes(country));
  return fitting.length > 0 ? fitting : found;
}

/** Only large cities number their districts, so namesakes with a tenth of the population are dropped. */
const asLarge = 2;

/** Reads the name without a postal code or district number around it. */
function readNameWithNumber(text: string, depth: number): readonly Candidate[] {
  for (const pattern of [codeBefore, codeBehind, districtBehind]) {
    const at = pattern.exec(text);
    if (at === null) continue;
    const name = text.replace(pattern, '');
    const found = name === '' ? noCandidates : readAnyName(name, depth + 1);
    if (found.length === 0) continue;
    return pattern === districtBehind ? withoutFarSmaller(found, asLarge) : withPostalCode(found, at[1]);
  }
  return noCandidates;
}

/** Letters of a state after the name. Capitals only, so that `Rio de Janeiro` does not end in one. */
const lettersBehind = /^(.+?)[ ,]+([A-Z]{2,3})$/;

function readNameWithState(text: string, depth: number): readonly Candidate[] {
  const [, name, letters] = lettersBehind.exec(text) ?? [];
  if (name === undefined || letters === undefined) return noCandidates;
  const cities = readAnyName(name, depth + 1);
  const key = letters.toLowerCase();
  const country = countryOfName(letters, key);
  const named = country === null ? noCandidates : [{ country, weight: firstLevelWeight }];
  const inState = within(cities, statesWithCode(key));
  return inState.length > 0 ? inState : within(cities, named);
}

/** A name has at most two other parts around it: `New York, NY 10001`. */
const deepest = 2;

function readAnyName(text: string, depth = 0): readonly Candidate[] {
  // The state is tried first: `Springfield, IL` ends in the Turkish word for a province.
  const withState =
    depth < deepest && lettersBehind.test(text) && !isCity(fold(text)) ? readNameWithState(text, depth) : noCandidates;
  if (withState.length > 0) return withState;
  const found = readName(text);
  return found.length > 0 || depth === deepest ? found : readNameWithNumber(text, depth);
}

/** One part of `Paris, Texas`: the cities it names, and the states or countries it may name instead. */
type Reading = {
  readonly cities: readonly Candidate[];
  readonly around: readonly Candidate[];
  readonly known: boolean;
  /** Whether it is short enough to be a state code that is not in the lists. */
  readonly code: boolean;
};

const onlyNumber = /^[\d -]+$/;

function readPart(text: string): Reading {
  const key = fold(text);
  const country = key.length === 2 ? null : countryNamed(text, key);
  // The name of a country qualifies the other part, even if a city has the same name.
  const cities = country === null ? readAnyName(text) : noCandidates;
  const named = country === null ? noCandidates : [{ country, weight: firstLevelWeight }];
  const around = merge(merge(statesOf(key), named), ukOrUs.test(key) ? readName(text) : noCandidates);
  const known = cities.length > 0 || around.length > 0 || onlyNumber.test(text);
  return { cities, around, known, code: country === null && key.length <= 3 };
}

function readParts(texts: readonly string[]): readonly Candidate[] {
  const parts = texts.map(readPart);
  const city = parts.find(({ cities }) => cities.length > 0);
  if (city === undefined) {
    // "Bavaria, Germany": no part names a city.
    const [first = noCandidates, ...others] = parts.map(({ around }) => around);
    return parts.every(({ known }) => known) ? others.reduce(within, first) : noCandidates;
  }
  let found = city.cities;
  for (const part of parts) {
    if (part === city || !part.known) continue;
    const states = part.around.filter(({ weight }) => weight === firstLevelWeight);
    const inState = within(found, states);
    const inside = inState.length > 0 ? inState : within(found, part.around);
    if (inside.length > 0) found = inside;
    else if (part.cities.length > 0) found = within(withoutFarSmaller(found), withoutFarSmaller(part.cities));
    else if (part.around.length > 0 && !part.code) return noCandidates;
  }
  return found;
}

/** `Berlin-Mitte`: a city and its district. For a city of a million, the lists need not have the district. */
function readHyphenated(text: string): readonly Candidate[] {
  const at = text.indexOf('-');
  if (at < 3 || at > text.length - 4) return noCandidates;
  const [city, district] = [fold(text.slice(0, at)), fold(text.slice(at + 1))];
  if (countryOfName(city, city) !== null) return noCandidates;
  const cities = withoutFarSmaller(citiesNamed(city));
  const places = merge(citiesNamed(district), statesOf(district));
  return places.length > 0 ? within(cities, places) : cities.filter(({ weight }) => weight >= million);
}

/** Scripts that put no space between words. */
const unspaced = /^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af ]{3,20}$/;

/** `東京都千代田区`: a city and its district in one word. Takes the longest beginning that is a city. */
function readUnspaced(text: string): readonly Candidate[] {
  if (!unspaced.test(text)) return noCandidates;
  for (let at = text.length - 1; at >= 2; at -= 1) {
    const found = readName(text.slice(0, at));
    if (found.length > 0) return withoutFarSmaller(found);
  }
  return noCandidates;
}

/** `London UK`, `Paris France`: the last words, or the first ones, are a country. */
function readNameWithCountry(text: string): readonly Candidate[] {
  const words = text.split(' ');
  if (words.length < 2 || words.length > 6) return noCandidates;
  for (let count = 1; count <= 3 && count < words.length; count += 1) {
    for (const at of [words.length - count, count]) {
      const [before, behind] = [words.slice(0, at).join(' '), words.slice(at).join(' ')];
      const [name, land] = at === count ? [behind, before] : [before, behind];
      const country = countryNamed(land, fold(land));
      if (country === null) continue;
      const found = within(readAnyName(name), [{ country, weight: 0 }]);
      if (found.length > 0) return found;
    }
  }
  return noCandidates;
}

/** The weight of a country that only the script of a name indicates. */
export const scriptOnly = -1;

function read(cell: string): readonly Candidate[] {
  const text = cleanCell(cell);
  if (text === '' || text.length > longestCell) return noCandidates;
  const key = fold(text);
  if (isPlaceholder(text, key)) return noCandidates;
  if (key.includes('cedex') && cedex.test(text)) {
    const cities = readAnyName(text.replace(cedex, '')).filter(({ country }) => frenchPost.has(country));
    return cities.length > 0 ? cities : [{ country: 'FR', weight: 0 }];
  }
  let found = readAnyName(text);
  if (found.length > 0) return found;
  if (isUninformative(text, key)) return noCandidates;
  const parts = partsOf(text).map(({ text: part }) => part);
  if (parts.length > 1) found = readParts(parts);
  if (found.length === 0) found = readHyphenated(text);
  if (found.length === 0) found = readNameWithCountry(text);
  if (found.length === 0) found = readUnspaced(text);
  return found.length > 0 ? found : scriptCountries(text).map((country) => ({ country, weight: scriptOnly }));
}

/** The places that a city cell allows. If the name is on no list, its script may still indicate countries. */
export const placesInCity = memoize(8192, (cell: string): Places => placesOf(read(cell)));

export const fromCity = (cell: string): readonly Candidate[] => placesInCity(cell).candidates;
