/**
 * What each cell other than the country says about it: the countries in which it makes sense, each with a weight. A cell
 * that says nothing gives the empty list. All answers are remembered by value: they are shared, so never changed.
 */
import { fold } from './fold.ts';
import { memoize } from './memo.ts';
import { nationalFit, type PhoneText, readInternational, readPhoneText } from './phone.ts';
import { isPlaceholder } from './placeholder.ts';
import { bareName, spellings } from './tables/place-names.ts';
import { cities, subdivisions } from './tables/places.ts';
import { postalCountries } from './tables/postal-formats.ts';
import { scriptCountries } from './tables/scripts.ts';
import { likeliest } from './tables/spelling.ts';
import { hasPostalCode } from './tables/state-postal.ts';
import { territories } from './tables/territories.ts';

/** One country a cell may mean. Weight: for a city, two per digit of its population beyond a thousand; else 0. */
export type Candidate = { readonly country: string; readonly weight: number };

const none: readonly Candidate[] = [];

/** `GB6US3`: codes and weights. */
function candidates(packed: string | null): readonly Candidate[] {
  if (packed === null) return none;
  const found: Candidate[] = [];
  for (let i = 0; i + 2 < packed.length; i += 3) {
    found.push({ country: packed.slice(i, i + 2), weight: packed.charCodeAt(i + 2) - 48 });
  }
  return found;
}

function countriesOf(packed: string | null): readonly string[] {
  return candidates(packed).map((candidate) => candidate.country);
}

/** Is the name in a script that says something of its own, so that a name in no list is not out of the question? */
export function isInScript(name: string): boolean {
  return scriptCountries(name).length > 0;
}

/** What the script of a name says, where no list has the name. */
function fromScript(text: string): readonly Candidate[] {
  return scriptCountries(text).map((country) => ({ country, weight: 0 }));
}

/** A city by its name, as written or by its parts ("Lyon (Rhône)", "Biel/Bienne"), else by its script. */
export const fromCity = memoize(8192, (text: string): readonly Candidate[] => {
  if (text.length > 100) return none;
  for (const key of spellings(text)) {
    if (isPlaceholder(key)) continue;
    const found = candidates(cities.find(key) ?? cities.find(bareName(key)));
    if (found.length > 0) return found;
  }
  return fromScript(text);
});

/** ISO 3166-2 with the country: `US-NY`. */
const fullCode = /^\s*([A-Za-z]{2})-([A-Za-z\d]{1,3})\s*$/;

/** Letters of ISO 3166-2; or of ISO 3166-1, where a territory stands as a state of the country that it belongs to. */
function ofCode(key: string): readonly Candidate[] {
  const found = candidates(subdivisions.find(`=${key}`));
  const territory = key.toUpperCase();
  if (!territories.has(territory) || found.some(({ country }) => country === territory)) return found;
  return [...found, { country: territory, weight: 0 }];
}

/** A state, province, region or county by its name or by the letters of its ISO 3166-2 code, alone or with the country's. */
export const fromState = memoize(4096, (text: string): readonly Candidate[] => {
  if (text.length > 100) return none;
  const full = fullCode.exec(text);
  const country = full?.[1]?.toUpperCase() ?? '';
  if (full !== null && countriesOf(subdivisions.find(`=${full[2]?.toLowerCase()}`)).includes(country)) {
    return [{ country, weight: 9 }];
  }
  for (const key of spellings(text)) {
    if (isPlaceholder(key)) continue;
    const code = key.length <= 3 ? ofCode(key) : none;
    const found = code.length > 0 ? code : candidates(subdivisions.find(key) ?? subdivisions.find(bareName(key)));
    if (found.length > 0) return found;
  }
  return fromScript(text);
});

/**
 * States given by their letters, checked against the postal code: only the countries where both fit, if there is one of which that
 * is known; else without those of which it is known that they do not.
 */
export function matchingStates(state: string, postal: string, states: readonly Candidate[]): readonly Candidate[] {
  const full = fullCode.exec(state);
  const letters = (full?.[2] ?? state).trim().toUpperCase();
  if (letters.length > 3) return states;
  const code = postal.trim();
  // A territory by its own letters has the codes of that territory.
  const there = territories.has(letters) ? fromPostalCode(code) : [];
  const verdicts = states.map(({ country }) =>
    country === letters && territories.has(country) ? there.includes(country) : hasPostalCode(country, letters, code),
  );
  if (verdicts.includes(true)) return states.filter((_, at) => verdicts[at] === true);
  const left = states.filter((_, at) => verdicts[at] !== false);
  return left.length > 0 ? left : states;
}

/** What people type to get past a form: no code at all. */
const filler = /^[0\s-]*$/;

/** Countries whose postal codes look like this one. Not remembered: codes are nearly as many as people. */
export function fromPostalCode(text: string): readonly string[] {
  return text.length > 20 || filler.test(text) ? [] : postalCountries(text);
}

/** Ascension and Tristan da Cunha have no ISO code of their own, and Kosovo has none at all. */
const withoutCode = new Map([
  ['AC', 'SH'],
  ['TA', 'SH'],
]);

/** A phone cell: the country of an international number, or a national number to be tried in the countries left over. */
export type PhoneEvidence = { readonly country: string | null; readonly national: PhoneText | null };

const silentPhone: PhoneEvidence = { country: null, national: null };

/** What a phone number says. */
export function fromPhone(cell: string): PhoneEvidence {
  const phone = readPhoneText(cell);
  if (phone === null) return silentPhone;
  if (!phone.international) return { country: null, national: phone };
  const { country } = readInternational(phone.digits);
  return country === null || country === 'XK'
    ? silentPhone
    : { country: withoutCode.get(country) ?? country, national: null };
}

/** The countries in which a national number can be dialled; only those in whose manner it is written, if there are any. */
export function whereDialled(phone: PhoneText, countries: readonly string[]): readonly string[] {
  const fits = countries.map((country) => nationalFit(phone, country));
  const best = Math.max(...fits);
  return best === 0 ? [] : countries.filter((_, at) => fits[at] === best);
}

/**
 * How much likelier the spelling of a name has to be in one country than in the next, as a natural logarithm: a factor of 400.
 * Of 5,800 names held out of the table, each with a postal code of its country, 46% pass, 9 in 10 of them rightly.
 */
const clearlyLikelier = 6;

/** Of the countries the one whose places are named like this, if it stands out. */
export function fromSpelling(name: string, countries: readonly string[]): string | null {
  if (name.length > 100) return null;
  // "Котеновци / Kotenovci": the table knows Latin names. What stands in brackets is something else than the place.
  const parts = name.replace(/\(.*/, '').split('/', 4);
  const part = parts.find((text) => !isInScript(text)) ?? name;
  return likeliest(fold(part), countries, clearlyLikelier);
}

/** Country-code domains sold to everybody for their letters: they say little about where somebody lives. */
const forSale = new Set(
  'ac ad ag ai am as bz cc cd cf co cx dj fm ga gd gg gl gq gs gy hm hn ht im io je ki la lc li ly md me ml mn ms mu nf nu pn pw sc sh so sr st su sx tc tf tk tl tm to tv vc vg vu ws'.split(
    ' ',
  ),
);
const notCountries = new Set(['eu', 'su', 'ac', 'an', 'tp', 'yu']);

/** Internationalised country-code domains in their ASCII form (IANA root zone). */
const internationalised = new Map([
  ['xn--p1ai', 'RU'],
  ['xn--j1amh', 'UA'],
  ['xn--90ais', 'BY'],
  ['xn--90ae', 'BG'],
  ['xn--90a3ac', 'RS'],
  ['xn--80ao21a', 'KZ'],
  ['xn--d1alf', 'MK'],
  ['xn--qxam', 'GR'],
  ['xn--fiqs8s', 'CN'],
  ['xn--fiqz9s', 'CN'],
  ['xn--kprw13d', 'TW'],
  ['xn--kpry57d', 'TW'],
  ['xn--j6w193g', 'HK'],
  ['xn--3e0b707e', 'KR'],
  ['xn--o3cw4h', 'TH'],
  ['xn--h2brj9c', 'IN'],
  ['xn--mgbaam7a8h', 'AE'],
  ['xn--mgberp4a5d4ar', 'SA'],
  ['xn--wgbh1c', 'EG'],
  ['xn--node', 'GE'],
  ['xn--y9a3aq', 'AM'],
]);

/** What the last label of an e-mail domain says. Firm: a domain that people of that country use. */
export const fromTopLevelDomain = memoize(
  512,
  (label: string): { readonly country: string; readonly firm: boolean } | null => {
    if (label.length !== 2) {
      const country = internationalised.get(label);
      return country === undefined ? null : { country, firm: true };
    }
    if (notCountries.has(label)) return null;
    return { country: label === 'uk' ? 'GB' : label.toUpperCase(), firm: !forSale.has(label) };
  },
);
