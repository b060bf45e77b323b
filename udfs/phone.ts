/**
 * Phone numbers, read by the numbering plans of libphonenumber: the country of an international number, the countries in which a
 * national number can be dialled, and the E.164 form.
 *
 * The library's parser is not used, because it takes 7 to 8 microseconds a number; it also handles extensions, searching and formatting.
 * A cache would not help, because phone numbers hardly repeat. A test compares both.
 */
import {
  asWritten,
  callingCodes,
  nationalNumber,
  nationalNumberAbroad,
  numberAfterPrefix,
  planOf,
} from './numbering-plan.ts';
import type { PhoneText } from './phone-text.ts';

/** An international number: its country and its E.164 form. Each is null if the digits do not determine it. */
export type InternationalPhone = { readonly country: string | null; readonly e164: string | null };

const nothing: InternationalPhone = { country: null, e164: null };

let lastDigits = '';
let lastRead = nothing;

/** Reads the digits after the plus sign. Two columns read it in turn, so the last result is kept. */
export function readInternational(digits: string): InternationalPhone {
  if (digits !== lastDigits) {
    lastRead = read(digits);
    lastDigits = digits;
  }
  return lastRead;
}

function read(digits: string): InternationalPhone {
  let code = 0;
  for (let length = 1; length <= 3 && length <= digits.length; length += 1) {
    code = code * 10 + digits.charCodeAt(length - 1) - 48;
    // No calling code begins with a zero.
    if (code === 0) return nothing;
    const countries = callingCodes[code];
    if (countries === undefined) continue;
    const main = planOf(countries[0] ?? '');
    const rest = digits.slice(length);
    // A calling code without a country, such as that of satellite phones; or too few or too many digits.
    if (main === null || rest.length < 2 || rest.length > 17) return nothing;
    for (const country of countries) {
      const plan = planOf(country);
      // "+44 (0)20 7946 0018": the national prefix is often left in by mistake.
      const found = plan === null ? null : nationalNumberAbroad(plan, rest);
      if (found !== null) return { country, e164: found === rest ? `+${digits}` : `+${code}${found}` };
    }
    // If several countries share the code and the number is invalid in all, its first digits do not determine the country.
    return { country: countries.length === 1 ? main.country : null, e164: null };
  }
  return nothing;
}

/** How well a national number fits a country: 0 not at all, 1 it can be dialled there, 2 it is also written as there. */
export type Fit = 0 | 1 | 2;

const spaces = /[\s\u00a0]+/g;

/** How a number without a calling code fits a country's plan. */
export function nationalFit({ text, digits }: PhoneText, country: string): Fit {
  const plan = planOf(country);
  if (plan === null) return 0;
  const found = nationalNumber(plan, digits) ?? numberAfterPrefix(plan, digits);
  if (found === null) return 0;
  const written = asWritten(plan, found);
  if (written.replace(spaces, ' ') === text.replace(spaces, ' ')) return 2;
  // Where numbers are written with a national prefix, one without it is from elsewhere, and the other way round.
  return written.replace(/\D/g, '') === digits ? 1 : 0;
}

/** The E.164 form of the digits of a national number in a country; null if it is none there. */
export function nationalE164(digits: string, country: string): string | null {
  const plan = planOf(country);
  const found = plan === null ? null : nationalNumber(plan, digits);
  return plan === null || found === null ? null : `+${plan.callingCode}${found}`;
}
