/**
 * Telephone numbers, read by the numbering plans of libphonenumber: the country of an international number, the countries in which a
 * national one can be dialled, and the E.164 form.
 *
 * Not by the library's parser, which takes 7 to 8 microseconds a number, because it also handles extensions, searching,
 * formatting and seventeen other things: phones hardly repeat, so no memory of answers would help. A test compares both.
 */
import { asWritten, callingCodes, meant, planOf, significant, significantAbroad } from './numbering-plan.ts';
import type { PhoneText } from './phone-text.ts';

/** An international number: the country whose it is, and its E.164 form; null where the number is none or tells nothing. */
export type InternationalPhone = { readonly country: string | null; readonly e164: string | null };

const nothing: InternationalPhone = { country: null, e164: null };

let lastDigits = '';
let lastRead = nothing;

/** Reads the digits behind the plus sign. Two columns ask, one after the other. */
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
    // No code begins with a zero.
    if (code === 0) return nothing;
    const countries = callingCodes[code];
    if (countries === undefined) continue;
    const main = planOf(countries[0] ?? '');
    const rest = digits.slice(length);
    // A code of no country, such as that of satellite phones; or too short or too long for a number at all.
    if (main === null || rest.length < 2 || rest.length > 17) return nothing;
    for (const country of countries) {
      const plan = planOf(country);
      // "+44 (0)20 7946 0018": the prefix of national calls does not belong there, and is often left in.
      const found = plan === null ? null : significantAbroad(plan, rest);
      if (found !== null) return { country, e164: found === rest ? `+${digits}` : `+${code}${found}` };
    }
    // Of several countries with the code, the first digits of a number that none of them has tell nothing.
    return { country: countries.length === 1 ? main.country : null, e164: null };
  }
  return nothing;
}

/** How well a national number fits a country: not at all, can be dialled there, is written as people there do. */
export type Fit = 0 | 1 | 2;

const spaces = /[\s\u00a0]+/g;

/** How a number without a calling code fits a country's plan. */
export function nationalFit({ text, digits }: PhoneText, country: string): Fit {
  const plan = planOf(country);
  if (plan === null) return 0;
  const found = significant(plan, digits) ?? meant(plan, digits);
  if (found === null) return 0;
  const written = asWritten(plan, found);
  if (written.replace(spaces, ' ') === text.replace(spaces, ' ')) return 2;
  // Where people put a prefix before the number, one without it comes from elsewhere; and the other way round.
  return written.replace(/\D/g, '') === digits ? 1 : 0;
}

/** E.164 form of the digits of a national number in a country, null if it is none there. */
export function nationalE164(digits: string, country: string): string | null {
  const plan = planOf(country);
  const found = plan === null ? null : significant(plan, digits);
  return plan === null || found === null ? null : `+${plan.callingCode}${found}`;
}
