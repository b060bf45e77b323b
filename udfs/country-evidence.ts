/**
 * Reads the cells for postal code, phone and e-mail: the countries in which each makes sense. An uninformative cell gives none.
 * State and city have files of their own.
 */

import { isInScript } from './city-cell.ts';
import { cleanCell } from './clean-cell.ts';
import { readCountryName } from './country-from-name.ts';
import { readEmail } from './email-address.ts';
import { emailCategory } from './email-category.ts';
import { fold } from './fold.ts';
import { nationalFit, readInternational } from './phone.ts';
import { type PhoneText, readPhoneText } from './phone-text.ts';
import type { Candidate } from './place-lookup.ts';
import { fullStateCode } from './state-cell.ts';
import { countryOfLabel, type DomainCountry } from './tables/country-domains.ts';
import { hasPostalCodes, mayHaveLostZeros, postalCountries } from './tables/postal-formats.ts';
import { likeliest } from './tables/spelling.ts';
import { hasPostalCode } from './tables/state-postal.ts';
import { territories } from './tables/territories.ts';
import { isUninformative } from './uninformative.ts';

/** The reading of a postal code. */
export type PostalEvidence = {
  /** The code without labels, marks and decimals; '' if the cell holds none. */
  readonly code: string;
  /** Countries whose codes have this shape. */
  readonly allowed: readonly string[];
  /** Whether people type this code to get past a form. Then it may choose between countries, but it never decides alone or contradicts. */
  readonly dummy: boolean;
};

export const noPostalEvidence: PostalEvidence = { code: '', allowed: [], dummy: false };

const digitsOnly = /^\d{3,10}$/;
const zeros = /^[0\s-]*$/;
/** One digit repeated, or digits in sequence. */
const dummies =
  /^(?:(\d)\1{3,}|0?1234(?:5(?:6(?:7(?:8(?:9)?)?)?)?)?|98765(?:4321?)?|87654321|654321|54321|4321|123123|1212121?2?|112233)$/;
const float = /^(\d{2,10})[.,]0+$/;

const longestCode = 20;

/** Shorter words are not looked up: words of three letters are some country's name in some language. */
const longestWord = 3;

/** A code that fits at most this many countries is unlikely to be made up. */
const fewCountries = 3;

/** Reads a postal code. Not memoized: there are nearly as many codes as people. */
export function readPostalCode(cell: string): PostalEvidence {
  if (digitsOnly.test(cell)) {
    if (zeros.test(cell)) return noPostalEvidence;
    return { code: cell, allowed: postalCountries(cell), dummy: dummies.test(cell) };
  }
  const text = cleanCell(cell).replace(float, '$1');
  if (text === '' || text.length > longestCode || zeros.test(text)) return noPostalEvidence;
  const hasDigit = /\d/.test(text);
  if (!hasDigit && isUninformative(text, fold(text))) return noPostalEvidence;
  const found = postalCountries(text);
  // The mark of the Japanese post.
  const allowed = cell.includes('〒') && found.includes('JP') ? ['JP'] : found;
  // Words instead of a code: the country may be in the wrong cell.
  const country = allowed.length === 0 && !hasDigit && text.length > longestWord ? readCountryName(text) : null;
  return { code: text, allowed: country === null ? allowed : [country], dummy: dummies.test(text) };
}

/**
 * Countries named by other cells that the code does not contradict, although it is not one of their codes. Either the code has lost its
 * leading zeros, or the country has no postal codes and the value is made up.
 */
export function toleratedCountries({ code, allowed }: PostalEvidence, countries: readonly string[]): readonly string[] {
  const telling = allowed.length <= fewCountries;
  const found: string[] = [];
  for (const country of countries)
    if (!allowed.includes(country) && !found.includes(country))
      if (hasPostalCodes(country) ? mayHaveLostZeros(country, code) : !telling) found.push(country);
  return found;
}

/** The longest state code is `MX-CMX`. */
const longestStateCode = 6;

/**
 * Checks states given by their letters against the postal code. Keeps the countries where both fit. If there are none, drops the
 * countries where the code is known not to fit.
 */
export function matchingStates(state: string, code: string, states: readonly Candidate[]): readonly Candidate[] {
  const cell = state.trim();
  if (cell.length > longestStateCode) return states;
  const letters = (fullStateCode.exec(cell)?.[2] ?? cell).toUpperCase();
  const there = territories.has(letters) ? postalCountries(code) : [];
  const verdicts = states.map(({ country }) =>
    country === letters && territories.has(country) ? there.includes(country) : hasPostalCode(country, letters, code),
  );
  if (verdicts.includes(true)) return states.filter((_, at) => verdicts[at] === true);
  const left = states.filter((_, at) => verdicts[at] !== false);
  return left.length > 0 ? left : states;
}

/** Ascension and Tristan da Cunha have no ISO code of their own, so they count as Saint Helena. */
const withoutCode = new Map([
  ['AC', 'SH'],
  ['TA', 'SH'],
]);

/** The reading of a phone cell: the country of an international number, or a national number to try in the remaining countries. */
export type PhoneEvidence = { readonly country: string | null; readonly national: PhoneText | null };

export const noPhoneEvidence: PhoneEvidence = { country: null, national: null };

/** Digits that no real number has after its calling code: all the same, or in sequence. */
const madeUp = /(\d)\1{7,}$|1234567890?$|0{6,}$/;

/** Reads a phone cell. */
export function fromPhone(cell: string): PhoneEvidence {
  const phone = readPhoneText(cell);
  if (phone === null) return noPhoneEvidence;
  if (!phone.international) return { country: null, national: phone };
  const { country, e164 } = readInternational(phone.digits);
  if (country === null || country === 'XK' || (e164 === null && madeUp.test(phone.digits))) return noPhoneEvidence;
  return { country: withoutCode.get(country) ?? country, national: null };
}

/** The countries in which a national number can be dialled; if it is written in the manner of some of them, only those. */
export function dialableCountries(phone: PhoneText, countries: readonly string[]): readonly string[] {
  const fits = countries.map((country) => nationalFit(phone, country));
  const best = Math.max(...fits);
  return best === 0 ? [] : countries.filter((_, at) => fits[at] === best);
}

/**
 * How much likelier the spelling of a name must be in one country than in the next, as a natural logarithm: a factor of 400.
 * Measured on 5,800 names held out of the table, each with a postal code of its country: 46% pass, and 9 in 10 of those are right.
 */
const clearlyLikelier = 6;

/** The country whose place names are spelled like this, if one stands out. */
export function fromSpelling(name: string, countries: readonly string[]): string | null {
  if (name.length > 100) return null;
  // "Котеновци / Kotenovci": the table holds Latin names. Text in brackets is not part of the name.
  const parts = name.replace(/\(.*/, '').split('/', 4);
  const part = parts.find((text) => !isInScript(text)) ?? name;
  return likeliest(fold(part), countries, clearlyLikelier);
}

/** Categories of mailboxes that people of any country use. */
const forAnybody = new Set(['personal', 'disposable', 'unknown']);

/** The country of the address's domain, and whether people of that country use it; null if the domain names no country. */
export function fromEmail(email: string | null): DomainCountry | null {
  const domain = readEmail(email).domain?.ascii ?? null;
  return domain === null ? null : countryOfLabel(domain.slice(domain.lastIndexOf('.') + 1));
}

/** Whether the address belongs to a provider with users in all countries. Then its domain is only a hint. */
export function isForAnybody(email: string | null): boolean {
  return forAnybody.has(emailCategory(email));
}
