/**
 * Reads a country cell. It holds a country by name, by code, or by an abbreviated, inverted ("Korea, Rep. of") or misspelled name; or a
 * country with its city or state; or several countries; or only a place. Every part must be understood: `Germany, something` is unclear.
 */
import { type Part, partsOf } from './cell-parts.ts';
import { fromCity } from './city-cell.ts';
import { cleanCell } from './clean-cell.ts';
import { countryOfAbbreviation } from './country-abbreviation.ts';
import { countryOfFolded, countryOfKey, countryOfName, countryOfSpelling } from './country-from-name.ts';
import { countryOfTypo } from './country-typos.ts';
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import {
  type Candidate,
  countryOf,
  firstLevelWeight,
  merge,
  noCandidates,
  noPlaces,
  type Places,
  placesOf,
  within,
} from './place-lookup.ts';
import { countryOfStateCode, fromState, statesOf } from './state-cell.ts';
import { territories } from './tables/territories.ts';
import { isPlaceholder, isUninformative } from './uninformative.ts';

/** The reading of a country cell. */
export type CountryReading = {
  /** The country that it names. */
  readonly code: string | null;
  /** Whether its name was misspelled. */
  readonly slip: boolean;
  /** Whether the cell is empty or a placeholder. */
  readonly missing: boolean;
  /** The countries that it allows if it does not name a single one. */
  readonly allows: Places;
  /** The folded name or code that matched; '' if several words were combined. */
  readonly key: string;
  /** Null until `rivalsOf` computes it. */
  rivals: readonly string[] | null;
};

const absent: CountryReading = {
  code: null,
  slip: false,
  missing: true,
  allows: noPlaces,
  key: '',
  rivals: null,
};
const unclear: CountryReading = { ...absent, missing: false };

const allowing = (allows: readonly Candidate[]): CountryReading => ({ ...unclear, allows: placesOf(allows) });

/**
 * Dependent areas that are not among the territories, because they have postal codes, domains and phone numbers of their own. Where a cell
 * names both countries, the area is meant: `Bermuda (UK)`, `Taiwan, China`.
 */
const ownPost = new Map([
  ['TW', 'CN'],
  ...'AI BM FK GS IO KY MS PN SH TC VG'.split(' ').map((part): [string, string] => [part, 'GB']),
]);

const belongsTo = (part: string, whole: string): boolean =>
  territories.get(part) === whole || ownPost.get(part) === whole;

function naming(code: string, key: string, slip = false): CountryReading {
  return { ...unclear, code, slip, key };
}

const longestCell = 120;

/** `Korea, Republic of`, `Sudan (South)`: the second part belongs before the first. */
const inverted = /^([^,([]+?)\s*[,([]\s*([^,([]+?)\s*[)\]]?$/;

/** `Gambie (la)`, `Congo (la République démocratique du)`. Lower case only, because `LA` and `DE` are codes. */
const article = /^(?:the|l[aeo]s?|il|gli|el|os|as|die|der|das)(?: |$)/;

function nameOf(text: string): string | null {
  return countryOfName(text, fold(text)) ?? countryOfAbbreviation(text);
}

function readInverted(text: string): string | null {
  const [, head, behind] = inverted.exec(text) ?? [];
  if (head === undefined || behind === undefined) return null;
  const tail = behind.replace(article, '');
  if (tail === '') return nameOf(head);
  const listed = countryOfKey(fold(`${tail} ${head}`));
  // `Georgia, United States`: a listed country is not the title of another one.
  if (listed !== null || nameOf(tail) !== null) return listed;
  return nameOf(`${tail} ${head}`) ?? countryOfAbbreviation(`${head} ${tail}`);
}

/** Words that add nothing to the name of a country. */
const filler =
  /^(?:the|country|nation|mainland|republic|kingdom|europe|asia|africa|oceania|eu|european union|middle east|latin america|central america|south america|north america|western europe|eastern europe|southeast asia|world|all|main|metropolitan|europa|afrique|asie|asien|afrika)$/;

/** One part of a cell: the country that it names, and the countries in which it names a place. */
type Reading = { readonly name: string | null; readonly places: readonly Candidate[]; readonly filler: boolean };

const shortestPlace = 2;

function readPart({ text }: Part): Reading {
  const key = fold(text);
  const name = nameOf(text);
  // The name of a country is a place in another country only as a state: `Georgia, USA`.
  if (name !== null)
    return { name, places: statesOf(key).filter(({ weight }) => weight === firstLevelWeight), filler: false };
  if (key.length < shortestPlace || isUninformative(text, key)) return { name, places: noCandidates, filler: false };
  return { name, places: merge(fromState(text), fromCity(text)), filler: filler.test(key) };
}

/** Other countries with a state of the same name or code as the country cell: `Georgia`, `CA`. */
export function rivalsOf(reading: CountryReading): readonly string[] {
  reading.rivals ??= rivalsOfKey(reading.key);
  return reading.rivals;
}

const noRivals: readonly string[] = [];

function rivalsOfKey(key: string): readonly string[] {
  const states = statesOf(key);
  if (states.length === 0) return noRivals;
  const code = countryOfKey(key);
  return states
    .filter(({ country, weight }) => weight === firstLevelWeight && (code === null || !belongsTo(code, country)))
    .map(countryOf);
}

/** Combines the readings of all parts. Every part has to be understood. */
function readParts(parts: readonly Part[]): CountryReading {
  const readings = parts.map(readPart);
  const names = [...new Set(readings.flatMap(({ name }) => name ?? []))];
  const [first, second] = names;
  const several = allowing(names.map((country) => ({ country, weight: 0 })));
  const sideBySide = parts.some(({ alternative }, at) => alternative && readings[at]?.name !== null);
  if (second !== undefined && sideBySide) return several;
  if (first !== undefined && second !== undefined && names.length === 2) {
    if (belongsTo(first, second)) return { ...unclear, code: first };
    if (belongsTo(second, first)) return { ...unclear, code: second };
  }
  const fitting = names.filter((country) =>
    readings.every(
      (part) => part.name === country || part.filler || part.places.some((place) => place.country === country),
    ),
  );
  if (fitting.length === 1) return { ...unclear, code: fitting[0] ?? null };
  const [places = noCandidates, ...others] = readings.map((part) => part.places);
  const inAll = others.reduce(within, places);
  if (inAll.length > 0) return allowing(inAll);
  return names.length > 1 ? several : unclear;
}

/** More words than these are taken for a sentence. */
const mostWords = 6;

/** `New York USA`, `Germany Deutschland`: two parts with only a space between them. */
function readWords(text: string): CountryReading {
  const words = text.split(/[ -]/);
  let found = unclear;
  for (let at = 1; at < words.length && words.length <= mostWords; at += 1) {
    const halves = [words.slice(0, at), words.slice(at)].map((half) => ({ text: half.join(' '), alternative: false }));
    const reading = readParts(halves);
    if (reading.code === null || reading.code === found.code) continue;
    if (found.code !== null) return unclear;
    found = reading;
  }
  return found;
}

/** Scripts that put no space between words. */
const unspaced = /^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{4,12}$/;
const longestName = 6;

/** `中国上海`: a country with its city, in a script without spaces. */
function readUnspaced(text: string): CountryReading {
  if (!unspaced.test(text)) return unclear;
  for (let at = 2; at <= longestName && at <= text.length - 2; at += 1) {
    if (nameOf(text.slice(0, at)) === null) continue;
    return readParts([text.slice(0, at), text.slice(at)].map((part) => ({ text: part, alternative: false })));
  }
  return unclear;
}

/** A smaller town in a country cell is more likely something else. */
const largeTown = 3;

/** Reads a state or a city in the wrong cell. Two or three letters are ambiguous, so they are skipped. */
function readPlace(text: string): CountryReading {
  if (text.length <= 3) return unclear;
  const states = fromState(text);
  if (states.some(({ weight }) => weight === firstLevelWeight)) return allowing(states);
  const cities = fromCity(text);
  return allowing(cities.some(({ weight }) => weight >= largeTown) ? cities : states);
}

const read = memoize(4096, (cell: string): CountryReading => {
  if (cell.length > longestCell) return unclear;
  const text = cleanCell(cell);
  const key = fold(text);
  // Some names match a placeholder once their accents are removed, so the exact spelling is looked up first.
  const accented = countryOfSpelling(text);
  if (accented !== null) return naming(accented, key);
  if (isPlaceholder(text, key)) return absent;
  const code = countryOfFolded(text, key);
  if (code !== null) return naming(code, key);
  if (isUninformative(text, key)) return absent;
  const certain = readInverted(text) ?? countryOfAbbreviation(text) ?? countryOfStateCode(text);
  if (certain !== null) return { ...unclear, code: certain };
  const parts = partsOf(text);
  const together = parts.length > 1 ? readParts(parts) : readUnspaced(text);
  if (together !== unclear) return together;
  const slip = countryOfTypo(key);
  if (slip !== null) return naming(slip, key, true);
  if (parts.length > 1) return unclear;
  const words = readWords(text);
  return words === unclear ? readPlace(text) : words;
});

/** Reads a country cell. A placeholder (`N/A`, `none`, `#REF!`, `unknown`) counts as missing. */
export function readCountryCell(cell: string | null): CountryReading {
  return cell === null ? absent : read(cell);
}
