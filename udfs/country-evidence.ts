/**
 * What the cells for postal code, phone and e-mail say about the country: the countries in which they make sense. A cell that says
 * nothing gives none. State and city are read in files of their own.
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
import { saysNothing } from './says-nothing.ts';
import { fullStateCode } from './state-cell.ts';
import { countryOfLabel, type DomainCountry } from './tables/country-domains.ts';
import { hasPostalCodes, mayHaveLostZeros, postalCountries } from './tables/postal-formats.ts';
import { likeliest } from './tables/spelling.ts';
import { hasPostalCode } from './tables/state-postal.ts';
import { territories } from './tables/territories.ts';

/** A postal code, read. */
export type PostalEvidence = {
  /** The code without labels, marks and decimals; '' where the cell says nothing. */
  readonly code: string;
  /** Countries whose codes look like this one. */
  readonly says: readonly string[];
  /** Is it what people type to get past a form? Then it may choose, and never decide or contradict. */
  readonly dummy: boolean;
};

export const silentPostal: PostalEvidence = { code: '', says: [], dummy: false };

const digitsOnly = /^\d{3,10}$/;
const zeros = /^[0\s-]*$/;
/** One digit over and over, or figures in a row. */
const dummies =
  /^(?:(\d)\1{3,}|0?1234(?:5(?:6(?:7(?:8(?:9)?)?)?)?)?|98765(?:4321?)?|87654321|654321|54321|4321|123123|1212121?2?|112233)$/;
const float = /^(\d{2,10})[.,]0+$/;

const longestCode = 20;

/** Words of three letters are some country's name in some language. */
const longestWord = 3;

/** A code that this many countries have, at most, is no number that somebody made up. */
const fewCountries = 3;

/** Reads a postal code. Not remembered: codes are nearly as many as people. */
export function readPostalCode(cell: string): PostalEvidence {
  if (digitsOnly.test(cell)) {
    if (zeros.test(cell)) return silentPostal;
    return { code: cell, says: postalCountries(cell), dummy: dummies.test(cell) };
  }
  const text = cleanCell(cell).replace(float, '$1');
  if (text === '' || text.length > longestCode || zeros.test(text)) return silentPostal;
  const hasDigit = /\d/.test(text);
  if (!hasDigit && saysNothing(text, fold(text))) return silentPostal;
  const found = postalCountries(text);
  // The mark of the Japanese post.
  const says = cell.includes('〒') && found.includes('JP') ? ['JP'] : found;
  // Words: the country in the wrong cell.
  const country = says.length === 0 && !hasDigit && text.length > longestWord ? readCountryName(text) : null;
  return { code: text, says: country === null ? says : [country], dummy: dummies.test(text) };
}

/**
 * Of the countries that other cells name, those that the code does not speak against, though it is none of theirs: its zeros in front
 * were lost, or the country has no postal codes and whatever stands there was made up.
 */
export function postalTolerates({ code, says }: PostalEvidence, countries: readonly string[]): readonly string[] {
  const telling = says.length <= fewCountries;
  const found: string[] = [];
  for (const country of countries)
    if (!says.includes(country) && !found.includes(country))
      if (hasPostalCodes(country) ? mayHaveLostZeros(country, code) : !telling) found.push(country);
  return found;
}

/** `MX-CMX`. */
const longestStateCode = 6;

/**
 * States given by their letters, checked against the postal code: only the countries where both fit, if there is one of which that
 * is known; else without those of which it is known that they do not.
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

/** Ascension and Tristan da Cunha have no ISO code of their own, and Kosovo has none at all. */
const withoutCode = new Map([
  ['AC', 'SH'],
  ['TA', 'SH'],
]);

/** A phone cell: the country of an international number, or a national number to be tried in the countries left over. */
export type PhoneEvidence = { readonly country: string | null; readonly national: PhoneText | null };

export const silentPhone: PhoneEvidence = { country: null, national: null };

/** Digits that nobody has: all the same, or in a row, behind a calling code. */
const madeUp = /(\d)\1{7,}$|1234567890?$|0{6,}$/;

/** What a phone number says. */
export function fromPhone(cell: string): PhoneEvidence {
  const phone = readPhoneText(cell);
  if (phone === null) return silentPhone;
  if (!phone.international) return { country: null, national: phone };
  const { country, e164 } = readInternational(phone.digits);
  if (country === null || country === 'XK' || (e164 === null && madeUp.test(phone.digits))) return silentPhone;
  return { country: withoutCode.get(country) ?? country, national: null };
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

/** Mailboxes that anybody may have, wherever they live. */
const forAnybody = new Set(['personal', 'disposable', 'unknown']);

/** The country of an address's domain, and whether people of that country use it; null where it says nothing. */
export function fromEmail(email: string | null): DomainCountry | null {
  const domain = readEmail(email).domain?.ascii ?? null;
  return domain === null ? null : countryOfLabel(domain.slice(domain.lastIndexOf('.') + 1));
}

/** Is the address one of a provider of mailboxes for all the world? Then its domain is only a hint. */
export function isForAnybody(email: string | null): boolean {
  return forAnybody.has(emailCategory(email));
}
