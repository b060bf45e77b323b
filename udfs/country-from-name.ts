/**
 * What a person or a system wrote in the country cell, as a code. The table of names (`tables/countries.txt.gz`) holds ISO
 * codes, names in some 100 languages and aliases in one spelling (`fold`); what is left are official titles around a
 * known name, inverted names ("Korea, Republic of") and small typing errors.
 */
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import { isPlaceholder } from './placeholder.ts';
import { loadTable } from './tables/table.ts';

const names = loadTable('countries');

/** Titles that official names put before or behind the common one. */
const titles =
  /^(?:the )?(?:(?:federal|federative|islamic|democratic|socialist|peoples|united|arab|cooperative|plurinational|bolivarian|independent|oriental|union|eastern) )*(?:republic|kingdom|state|states|commonwealth|principality|grand duchy|duchy|sultanate|union|federation|confederation|territory|territory of the|government|rep|island|islands|isle|collectivity|department|bailiwick)(?: of)?(?: the)? /;
/** The same in the languages of Europe, of Indonesia and Arabic, as `fold` writes them. */
const titlesAbroad =
  /^(?:republica|reino|estado|principado|federacion|federacao|mancomunidad|republique|royaume|etat|principaute|repubblica|regno|stato|principato|republik|konigreich|furstentum|bundesrepublik|koninkrijk|republiek|konungariket|kungariket|kongeriket|kongeriget|rzeczpospolita|krolestwo|kralovstvi|kraljevina|republika|respublika|республика|королевство|государство|جمهوريه|جمهورية|المملكه|المملكة|دوله|دولة)(?: (?:federativa|federal|federale|federale|bolivariana|popular|populaire|democratica|democratique|islamica|islamique|oriental|arabe|unida|unita|socialista|plurinacional|cooperativa)){0,3}(?: (?:de|del|do|da|dos|das|du|des|della|der|van|of))?(?: (?:la|el|los|las|le|les|l))? (?=.)/;
const frenchElision = /^(?:republique|royaume|etat) (?:federale |democratique )?d(?=[aeiouhy])/;
const titlesBehind =
  / (?:(?:federal|islamic|democratic|socialist|peoples|arab) )*(?:republic|kingdom|state|rep|federation|islands?|koztarsasag|kiralysag|tasavalta|kuningaskunta|cumhuriyeti|kralligi|republika|kralovstvi|vabariik|kuningriik|respublikasi|गणराज्य|العربيه|العربية)(?: of)?(?: the)?$/;

function known(key: string): string | null {
  const code = names.find(key);
  return code === null || code === '' ? null : code;
}

function lookup(key: string): string | null {
  return known(key) ?? (key.startsWith('the ') ? known(key.slice(4)) : null);
}

/** English names with at least five letters, for typing errors: read once from the same table of names. */
const english: readonly (readonly [name: string, code: string])[] = loadTable('country-names')
  .lines()
  .map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)] as const);

/**
 * Damerau-Levenshtein distance (optimal string alignment: insertions, deletions, substitutions, swaps of neighbours),
 * given up as `limit + 1` as soon as it must be larger.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before = new Array<number>(b.length + 1).fill(0);
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length] ?? limit + 1;
}

/** Names without their first letter; '' where two countries' are the same then ("Gambia" and "Zambia"). */
const tails = new Map<string, string>();
for (const [name, code] of english) {
  if (name.length < 6) continue;
  const tail = name.slice(1);
  tails.set(tail, (tails.get(tail) ?? code) === code ? code : '');
}

/** A slip at the first letter: left out, another one, or the first two swapped. Of names of six letters or more. */
function withoutFirst(key: string): string | null {
  if (key.length < 5 || key.length > 40) return null;
  const swapped = known(`${key[1]}${key[0]}${key.slice(2)}`);
  return swapped ?? (tails.get(key) || (key.length >= 6 ? tails.get(key.slice(1)) : '') || null);
}

/** One slip in five to eight letters, two in longer names, the first letter right; nothing if two countries are as near. */
function nearest(key: string): string | null {
  if (key.length < 5 || key.length > 40) return null;
  const limit = key.length >= 9 ? 2 : 1;
  let best = limit + 1;
  let found: string | null = null;
  for (const [name, code] of english) {
    if (name.charCodeAt(0) !== key.charCodeAt(0)) continue;
    const apart = distance(key, name, limit);
    if (apart < best) {
      best = apart;
      found = code;
    } else if (apart === best && code !== found) {
      found = null;
    }
  }
  return best <= limit ? found : null;
}

/** What a country cell says: a code, nothing ('missing'), or a text that is no country ('unclear'). */
export type CountryReading = { readonly code: string | null; readonly missing: boolean };

const absent: CountryReading = { code: null, missing: true };
const unclear: CountryReading = { code: null, missing: false };

const read = memoize(4096, (text: string): CountryReading => {
  if (text.length > 120) return unclear;
  const key = fold(text);
  if (isPlaceholder(key)) return absent;
  let code = lookup(key);
  if (code === null) {
    const comma = text.lastIndexOf(',');
    if (comma > 0)
      code = lookup(fold(`${text.slice(comma + 1)} ${text.slice(0, comma)}`)) ?? lookup(fold(text.slice(0, comma)));
  }
  if (code === null) {
    const bracket = text.search(/[([（]/);
    if (bracket > 0) code = lookup(fold(text.slice(0, bracket)));
  }
  code ??=
    lookup(key.replace(titles, '')) ??
    lookup(key.replace(frenchElision, '')) ??
    lookup(key.replace(titlesAbroad, '').replace(titlesBehind, '')) ??
    nearest(key) ??
    withoutFirst(key);
  return code === null ? unclear : { code, missing: false };
});

/**
 * Reads a country cell: alpha-2, alpha-3 and numeric codes (ISO 3166-1), names in any usual language, official names,
 * abbreviations, one or two typing errors. Placeholders (`N/A`, `none`, `null`, `-`, `unknown`) are missing.
 */
export function countryFromName(text: string | null): CountryReading {
  return text === null ? absent : read(text);
}
