/**
 * What a city cell says: the countries that have such a city. Around the name may stand a district or its number, a postal code, the
 * state, the country (`Paris Cedex 07`, `1220 Wien`, `Boston, MA`, `London, UK`): what is understood of them has to fit.
 */
import { partsOf } from './cell-parts.ts';
import { cleanCell, withSpacedDots } from './clean-cell.ts';
import { countryOfName, misplacedCountry } from './country-from-name.ts';
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import {
  type Candidate,
  citiesCalled,
  firstLevelWeight,
  isCity,
  merge,
  million,
  noCandidates,
  type Places,
  placesOf,
  significant,
  statesCoded,
  within,
} from './place-lookup.ts';
import { isPlaceholder, saysNothing } from './says-nothing.ts';
import { everybodys, statesOf } from './state-cell.ts';
import { lettersBeyondAscii } from './tables/letters.ts';
import { frenchPost, postalCountries } from './tables/postal-formats.ts';
import { scriptCountries } from './tables/scripts.ts';

const longestCell = 100;

/** Mail of companies in France and what belongs to it, with the number of the office. */
const cedex = /[ ,-]*\bcedex\b(?: ?\d{1,2})?$/i;

/** A postal code before or behind the name, with the sign of the country. */
const codeBefore = new RegExp(
  `^((?:[A-Z]{1,3}-)?(?:\\d{4} ?[A-Z]{2}|\\d{2}-\\d{3}|\\d{3,7}(?:[ -]\\d{2,4})?))[ ,-]+(?=[A-Za-z${lettersBeyondAscii}])`,
  'u',
);
const codeBehind =
  /[ ,-]+((?:[A-Z]{1,3}-)?(?:\d{3,7}(?:[ -]\d{2,4})?|\d{2}-\d{3})|[A-Z]\d{4}(?:[A-Z]{3})?|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)$/iu;

/** The number of a district, in figures, with or without the word for it. */
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

/** The country that stands in the cell of the city; two letters are more likely a state's. */
function countryNamed(text: string, key: string): string | null {
  return oneOrTwoLetters.test(key) && !everybodys.test(key) ? null : misplacedCountry(text, key);
}

/** Does a script say more than its letters, so that a name in no list is not out of the question? */
export function isInScript(name: string): boolean {
  return scriptCountries(name).length > 0;
}

/** The name as it stands. */
function ofName(written: string): readonly Candidate[] {
  const text = withSpacedDots(written);
  const key = fold(text);
  const cities = citiesCalled(key);
  const country = countryNamed(text, key);
  if (country === null) {
    if (cities.length > 0) return cities;
    const bare = citiesCalled(key.replace(townBefore, '').replace(townBehind, ''));
    // In other scripts than Latin the lists of states have more names of large cities.
    return bare.length > 0 || !isInScript(text) ? bare : statesOf(key.replace(townBefore, ''));
  }
  // The country counts as much as a city of a million people.
  return merge(cities, [{ country, weight: million }]);
}

/** The first half of a British code. */
const outward = /^[A-Z]{1,2}\d[A-Z\d]?$/i;

/** Only the candidates where such a postal code exists, if there are any. */
function withPostalCode(found: readonly Candidate[], code: string | undefined): readonly Candidate[] {
  if (code === undefined) return found;
  const countries = [...postalCountries(code), ...(outward.test(code) ? postalCountries(`${code} 1AA`) : [])];
  const fitting = found.filter(({ country }) => countries.includes(country));
  return fitting.length > 0 ? fitting : found;
}

/** Only large cities number their districts: a namesake of a tenth of the people is not meant. */
const asLarge = 2;

/** The name without a postal code or the number of a district around it. */
function ofNameWithNumber(text: string, depth: number): readonly Candidate[] {
  for (const pattern of [codeBefore, codeBehind, districtBehind]) {
    const at = pattern.exec(text);
    if (at === null) continue;
    const name = text.replace(pattern, '');
    const found = name === '' ? noCandidates : ofAnyName(name, depth + 1);
    if (found.length === 0) continue;
    return pattern === districtBehind ? significant(found, asLarge) : withPostalCode(found, at[1]);
  }
  return noCandidates;
}

/** Letters of a state behind the name: capitals only, so that `Rio de Janeiro` does not end in one. */
const lettersBehind = /^(.+?)[ ,]+([A-Z]{2,3})$/;

function ofNameWithState(text: string, depth: number): readonly Candidate[] {
  const [, name, letters] = lettersBehind.exec(text) ?? [];
  if (name === undefined || letters === undefined) return noCandidates;
  const cities = ofAnyName(name, depth + 1);
  const key = letters.toLowerCase();
  const country = countryOfName(letters, key);
  const named = country === null ? noCandidates : [{ country, weight: firstLevelWeight }];
  const inState = within(cities, statesCoded(key));
  return inState.length > 0 ? inState : within(cities, named);
}

/** A name has at most two things around it: `New York, NY 10001`. */
const deepest = 2;

function ofAnyName(text: string, depth = 0): readonly Candidate[] {
  // Before the name alone: `Springfield, IL` ends in the Turkish word for a province.
  const withState =
    depth < deepest && lettersBehind.test(text) && !isCity(fold(text)) ? ofNameWithState(text, depth) : noCandidates;
  if (withState.length > 0) return withState;
  const found = ofName(text);
  return found.length > 0 || depth === deepest ? found : ofNameWithNumber(text, depth);
}

/** The parts of `Paris, Texas`: each names cities, and what it may be besides. */
type Reading = {
  readonly cities: readonly Candidate[];
  readonly around: readonly Candidate[];
  readonly known: boolean;
  /** Letters may be of a list that is not here. */
  readonly code: boolean;
};

const onlyNumber = /^[\d -]+$/;

function readPart(text: string): Reading {
  const key = fold(text);
  const country = key.length === 2 ? null : countryNamed(text, key);
  // A country is around the other part, whatever city has its name.
  const cities = country === null ? ofAnyName(text) : noCandidates;
  const named = country === null ? noCandidates : [{ country, weight: firstLevelWeight }];
  const around = merge(merge(statesOf(key), named), everybodys.test(key) ? ofName(text) : noCandidates);
  const known = cities.length > 0 || around.length > 0 || onlyNumber.test(text);
  return { cities, around, known, code: country === null && key.length <= 3 };
}

function ofParts(texts: readonly string[]): readonly Candidate[] {
  const parts = texts.map(readPart);
  const city = parts.find(({ cities }) => cities.length > 0);
  if (city === undefined) {
    // "Bavaria, Germany": no city at all.
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
    else if (part.cities.length > 0) found = within(significant(found), significant(part.cities));
    else if (part.around.length > 0 && !part.code) return noCandidates;
  }
  return found;
}

/** `Berlin-Mitte`: a city and a part of it, which no list needs to have where the city is one of a million. */
function ofHyphenated(text: string): readonly Candidate[] {
  const at = text.indexOf('-');
  if (at < 3 || at > text.length - 4) return noCandidates;
  const [city, district] = [fold(text.slice(0, at)), fold(text.slice(at + 1))];
  if (countryOfName(city, city) !== null) return noCandidates;
  const cities = significant(citiesCalled(city));
  const places = merge(citiesCalled(district), statesOf(district));
  return places.length > 0 ? within(cities, places) : cities.filter(({ weight }) => weight >= million);
}

/** Scripts that put no space between words. */
const unspaced = /^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af ]{3,20}$/;

/** `東京都千代田区`: a city and its district in one word. The longest beginning that is a city. */
function ofCharacters(text: string): readonly Candidate[] {
  if (!unspaced.test(text)) return noCandidates;
  for (let at = text.length - 1; at >= 2; at -= 1) {
    const found = ofName(text.slice(0, at));
    if (found.length > 0) return significant(found);
  }
  return noCandidates;
}

/** `London UK`, `Paris France`: the last words, or the first, are a country. */
function ofNameWithCountry(text: string): readonly Candidate[] {
  const words = text.split(' ');
  if (words.length < 2 || words.length > 6) return noCandidates;
  for (let count = 1; count <= 3 && count < words.length; count += 1) {
    for (const at of [words.length - count, count]) {
      const [before, behind] = [words.slice(0, at).join(' '), words.slice(at).join(' ')];
      const [name, land] = at === count ? [behind, before] : [before, behind];
      const country = countryNamed(land, fold(land));
      if (country === null) continue;
      const found = within(ofAnyName(name), [{ country, weight: 0 }]);
      if (found.length > 0) return found;
    }
  }
  return noCandidates;
}

/** The weight of a country that only the script of a name speaks for. */
export const scriptOnly = -1;

function read(cell: string): readonly Candidate[] {
  const text = cleanCell(cell);
  if (text === '' || text.length > longestCell) return noCandidates;
  const key = fold(text);
  if (isPlaceholder(text, key)) return noCandidates;
  if (key.includes('cedex') && cedex.test(text)) {
    const cities = ofAnyName(text.replace(cedex, '')).filter(({ country }) => frenchPost.has(country));
    return cities.length > 0 ? cities : [{ country: 'FR', weight: 0 }];
  }
  let found = ofAnyName(text);
  if (found.length > 0) return found;
  if (saysNothing(text, key)) return noCandidates;
  const parts = partsOf(text).map(({ text: part }) => part);
  if (parts.length > 1) found = ofParts(parts);
  if (found.length === 0) found = ofHyphenated(text);
  if (found.length === 0) found = ofNameWithCountry(text);
  if (found.length === 0) found = ofCharacters(text);
  return found.length > 0 ? found : scriptCountries(text).map((country) => ({ country, weight: scriptOnly }));
}

/** The places that a city cell allows (`fromCity`: as a list). Where no list has the name, its script may still say something. */
export const placesInCity = memoize(8192, (cell: string): Places => placesOf(read(cell)));

export const fromCity = (cell: string): readonly Candidate[] => placesInCity(cell).candidates;
