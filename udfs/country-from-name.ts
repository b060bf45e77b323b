/**
 * Matches a whole text with the name of a country. The table (`tables/countries.txt.gz`) holds ISO codes, names in some 100 languages and
 * aliases, all folded (`fold`). Official titles around a known name are also recognised. Names among other words are matched in
 * `country-cell.ts`, misspelled ones in `country-typos.ts`.
 */
import { exactSpelling, fold } from './fold.ts';
import { loadTable } from './tables/table.ts';

const names = loadTable('countries');

/** Titles that official names put before or after the common name. */
const titles =
  /^(?!united states )(?:the )?(?:(?:federal|federative|islamic|democratic|socialist|peoples|united|arab|cooperative|plurinational|bolivarian|independent|oriental|union|eastern) )*(?:republic|kingdom|state|states|commonwealth|principality|grand duchy|duchy|sultanate|union|federation|confederation|territory|territory of the|government|rep|island|islands|isle|collectivity|department|bailiwick)(?: of)?(?: the)? /;
/** The same in the languages of Europe, in Indonesian and Arabic, folded. */
const titlesAbroad =
  /^(?:republica|reino|estado|principado|federacion|federacao|mancomunidad|republique|royaume|etat|principaute|repubblica|regno|stato|principato|republik|konigreich|furstentum|bundesrepublik|koninkrijk|republiek|konungariket|kungariket|kongeriket|kongeriget|rzeczpospolita|krolestwo|kralovstvi|kraljevina|republika|respublika|республика|королевство|государство|جمهوريه|جمهورية|المملكه|المملكة|دوله|دولة)(?: (?:federativa|federal|federale|federale|bolivariana|popular|populaire|democratica|democratique|islamica|islamique|oriental|arabe|unida|unita|socialista|plurinacional|cooperativa)){0,3}(?: (?:de|del|do|da|dos|das|du|des|della|der|van|of))?(?: (?:la|el|los|las|le|les|l))? (?=.)/;
const frenchElision = /^(?:republique|royaume|etat) (?:federale |democratique )?d(?=[aeiouhy])/;
const titlesBehind =
  / (?:(?:federal|islamic|democratic|socialist|peoples|arab) )*(?:republic|kingdom|state|rep|federation|islands?|koztarsasag|kiralysag|tasavalta|kuningaskunta|cumhuriyeti|kralligi|republika|kralovstvi|vabariik|kuningriik|respublikasi|गणराज्य|العربيه|العربية)(?: of)?(?: the)?$/;

/** The country listed for an exact spelling (`exactSpelling`) or a folded name. */
export function countryOfKey(key: string): string | null {
  const code = names.find(key);
  return code === null || code === '' ? null : code;
}

function lookup(key: string): string | null {
  return countryOfKey(key) ?? (key.startsWith('the ') ? countryOfKey(key.slice(4)) : null);
}

const beyondAscii = /[^\0-\x7f]/;
const shortAscii = /^[a-z]{1,3}$/;
/** `Nga` is Russia in Vietnamese; `NGA` and `nga` are Nigeria's code. */
const capitalised = /^[A-Z][a-z]{2}$/;
const longestCode = 3;
const numeric = /^(\d{3})\.0+$/;

/** The country of a name that differs from the name of another country, or from a code, only in its accents or its capital letter. */
export function countryOfSpelling(text: string): string | null {
  if (beyondAscii.test(text)) return countryOfKey(`=${exactSpelling(text)}`);
  return text.length === 3 && capitalised.test(text) ? countryOfKey(`=${text}`) : null;
}

/**
 * Reads a text that is nothing but a country's name or code: alpha-2, alpha-3 and numeric codes (ISO 3166-1), names in any usual
 * language, official names and listed abbreviations. `key` is the folded text.
 */
export function countryOfName(text: string, key: string): string | null {
  return countryOfSpelling(text) ?? countryOfFolded(text, key);
}

const digits = /^\d/;

/** The same for a text whose exact spelling is not listed. */
export function countryOfFolded(text: string, key: string): string | null {
  // A short text with accents is not a code, even if it matches one without them.
  if (key.length <= longestCode && shortAscii.test(key) && beyondAscii.test(text)) return null;
  const listed = lookup(digits.test(text) ? (numeric.exec(text)?.[1] ?? key) : key);
  if (listed !== null) return listed;
  for (const bare of [
    key.replace(titles, ''),
    key.replace(frenchElision, ''),
    key.replace(titlesAbroad, '').replace(titlesBehind, ''),
  ]) {
    const code = bare === key ? null : lookup(bare);
    if (code !== null) return code;
  }
  return null;
}

/** Three letters, not all capitals: an ordinary word, and a country in some language (`Sin`, China in Hausa). */
const shortWord = /^(?!usa$|uae$|ksa$)[a-z]{3}$/i;
const lowerCase = /[a-z]/;

/** A country in a cell for something else. Only listed names count, and short words are not taken for codes. */
export function misplacedCountry(text: string, key: string): string | null {
  if (text.length === longestCode && shortWord.test(text) && lowerCase.test(text)) return null;
  const spelled = countryOfSpelling(text);
  if (spelled !== null) return spelled;
  return key.length <= longestCode && shortAscii.test(key) && beyondAscii.test(text) ? null : lookup(key);
}

/** The same for a text that is not folded yet. */
export function readCountryName(text: string): string | null {
  return countryOfName(text, fold(text));
}
