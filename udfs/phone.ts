/**
 * Telephone numbers, read by the numbering plans of libphonenumber (its `max` metadata): the country of an international
 * number, the countries in which a national one can be dialled, and the E.164 form.
 *
 * Not by the library's parser, which takes 7 to 8 microseconds a number, because it also handles extensions, searching,
 * formatting and seventeen other things: phones hardly repeat, so no memory of answers would help. The plans are compiled
 * when first asked for. A test compares both.
 */
import metadata from 'libphonenumber-js/metadata.max';

/** One way to write numbers of a country. */
type Grouping = {
  readonly pattern: RegExp;
  readonly start: RegExp | null;
  readonly template: string;
};

/** The numbering plan of one country. */
type Plan = {
  readonly country: string;
  readonly callingCode: string;
  readonly lengths: readonly number[];
  readonly number: RegExp;
  /** National prefix at the start, null where there is none. */
  readonly prefix: RegExp | null;
  /** What the number is made of when the prefix carried a part of it. */
  readonly transform: string | null;
  readonly groupings: readonly Grouping[];
  /** First digits that only this country has among those with its calling code. */
  readonly leading: RegExp | null;
  /** Patterns of fixed lines, mobiles and so on: what a number in use looks like, far narrower than `number`. */
  readonly types: readonly { readonly pattern: RegExp; readonly lengths: readonly number[] }[];
};

/** Layout of libphonenumber-js's metadata, version 4 (its METADATA.md); `0` stands for nothing. */
type RawGrouping = readonly [pattern: string, template: string, starts?: readonly string[] | 0, rule?: string | 0];
type RawPlan = {
  readonly 0: string;
  readonly 2: string;
  readonly 3: readonly number[];
  readonly 4?: readonly RawGrouping[] | 0;
  readonly 5?: string | 0;
  readonly 6?: string | 0;
  readonly 7?: string | 0;
  readonly 8?: string | 0;
  readonly 10?: string | 0;
  readonly 11?: readonly (readonly [pattern: string, lengths?: readonly number[]] | 0)[] | 0;
};

const raw = metadata as unknown as {
  readonly countries: { readonly [country: string]: RawPlan | undefined };
  readonly country_calling_codes: { readonly [code: string]: readonly string[] | undefined };
};

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const atStart = (pattern: string): RegExp => new RegExp(`^(?:${pattern})`);

/** The numbers of `GB` are grouped like those of the first country with its code; most others have none of their own. */
function groupingsOf(country: RawPlan): readonly Grouping[] {
  const main = raw.countries[raw.country_calling_codes[country[0]]?.[0] ?? ''];
  const nationalPrefix = country[5] || main?.[5] || '';
  return (country[4] || main?.[4] || []).map(([pattern, template, starts, rule]) => {
    const written = (rule || country[6] || main?.[6] || '').replace('$NP', nationalPrefix).replace('$FG', '$1');
    return {
      pattern: whole(pattern),
      start: starts ? atStart(starts.at(-1) ?? '') : null,
      // The rule's `$1` stands for the first group of the template, whichever that is.
      template: written === '' ? template : template.replace(/(\$\d)/, written),
    };
  });
}

const plans = new Map<string, Plan | null>();

function planOf(country: string): Plan | null {
  const known = plans.get(country);
  if (known !== undefined) return known;
  const found = raw.countries[country];
  const plan =
    found === undefined
      ? null
      : {
          country,
          callingCode: found[0],
          lengths: found[3],
          number: whole(found[2]),
          prefix: found[7] || found[5] ? atStart(found[7] || found[5] || '') : null,
          transform: found[8] || null,
          groupings: groupingsOf(found),
          leading: found[10] ? atStart(found[10]) : null,
          types: (found[11] || []).flatMap((type) =>
            type ? [{ pattern: whole(type[0]), lengths: type[1] ?? found[3] }] : [],
          ),
        };
  plans.set(country, plan);
  return plan;
}

function isNumber(plan: Plan, digits: string): boolean {
  if (plan.leading !== null && !plan.leading.test(digits)) return false;
  if (!plan.lengths.includes(digits.length) || !plan.number.test(digits)) return false;
  for (const { pattern, lengths } of plan.types)
    if (lengths.includes(digits.length) && pattern.test(digits)) return true;
  return false;
}

/** The national number without its prefix, null if it is none of this plan. */
function significant(plan: Plan, digits: string): string | null {
  const start = plan.prefix?.exec(digits) ?? null;
  if (start !== null && start[0] !== '') {
    const captured = plan.transform !== null && start.length > 1 && start.at(-1) !== undefined;
    const rest = captured ? digits.replace(plan.prefix ?? '', plan.transform ?? '') : digits.slice(start[0].length);
    if (isNumber(plan, rest)) return rest;
  }
  return isNumber(plan, digits) ? digits : null;
}

/** The same behind a calling code, where a prefix is only ever left in by mistake and carries nothing. */
function significantAbroad(plan: Plan, digits: string): string | null {
  if (isNumber(plan, digits)) return digits;
  const start = plan.prefix?.exec(digits) ?? null;
  if (start === null || start.some((part, at) => at > 0 && part !== undefined)) return null;
  const rest = digits.slice(start[0].length);
  return isNumber(plan, rest) ? rest : null;
}

const unwritten = /[^\d]/g;
/** What may stand between the digits of a number, and an extension behind it. */
const phoneText = /^[\d\s().\-/+\u2010-\u2015\u00ad\u2060\u200b-\u200e\uff08\uff09]*$/;
const extension = /\s*(?:;ext=|ext\.?|extn|x|#)\s*\d{1,7}$/i;
const fullWidth = /[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9]/g;

function toAscii(digit: string): string {
  const code = digit.charCodeAt(0);
  return String.fromCharCode(48 + (code - (code >= 0xff10 ? 0xff10 : code >= 0x6f0 ? 0x6f0 : 0x660)));
}

/** A phone cell: its digits, and whether they begin with a country's calling code. Null where it holds no number. */
export type PhoneText = { readonly text: string; readonly digits: string; readonly international: boolean };

/**
 * The digits of a cell as nearly all are written: a plus sign, a digit or a bracket first, a digit last, between them digits and
 * ASCII punctuation. Null for any other, which is then read with care.
 */
function plainDigits(cell: string): string | null {
  let digits = '';
  let from = -1;
  for (let at = 0; at < cell.length; at += 1) {
    const code = cell.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      if (from === -1) from = at;
      continue;
    }
    // Space, ( ) - . / and one plus sign in front.
    const between = (code === 32 && at > 0) || code === 40 || code === 41 || (code >= 45 && code <= 47);
    if (!between && !(code === 43 && at === 0)) return null;
    if (from !== -1) digits += cell.slice(from, at);
    from = -1;
  }
  return from === -1 ? null : digits + cell.slice(from);
}

/** Reads the characters of a phone cell, nothing of their meaning. */
export function readPhoneText(cell: string): PhoneText | null {
  if (cell.length > 40) return null;
  const plain = plainDigits(cell);
  if (plain !== null) return phoneOf(cell, plain, cell.charCodeAt(0) === 43);
  let text = cell.trim();
  if (!phoneText.test(text)) {
    text = text.replace(/^tel:/i, '').replace(extension, '').replace(fullWidth, toAscii).replace('\uff0b', '+').trim();
    if (!phoneText.test(text)) return null;
  }
  const plus = text.startsWith('+') || text.startsWith('(+');
  if (text.indexOf('+', 2) !== -1) return null;
  return phoneOf(text, text.replace(unwritten, ''), plus);
}

function phoneOf(text: string, digits: string, plus: boolean): PhoneText {
  if (plus) return { text, digits, international: true };
  return digits.startsWith('00') && digits.length > 8
    ? { text, digits: digits.slice(2), international: true }
    : { text, digits, international: false };
}

/** An international number: the country whose it is, and its E.164 form; null where the number is none or tells nothing. */
export type InternationalPhone = { readonly country: string | null; readonly e164: string | null };

const nothing: InternationalPhone = { country: null, e164: null };

/** The countries of every calling code, by the code as a number. */
const callingCodes: (readonly string[] | undefined)[] = new Array(1000).fill(undefined);
for (const [code, countries] of Object.entries(raw.country_calling_codes)) callingCodes[Number(code)] = countries;

/** Reads the digits behind the plus sign. */
export function readInternational(digits: string): InternationalPhone {
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

/** The number with its prefix and the grouping of its country. */
function asWritten(plan: Plan, number: string): string {
  for (const { pattern, start, template } of plan.groupings) {
    if ((start === null || start.test(number)) && pattern.test(number)) return number.replace(pattern, template);
  }
  return number;
}

const spaces = /[\s\u00a0]+/g;

/** How a number without a calling code fits a country's plan. */
export function nationalFit({ text, digits }: PhoneText, country: string): Fit {
  const plan = planOf(country);
  if (plan === null) return 0;
  const found = significant(plan, digits);
  if (found === null) return 0;
  const written = asWritten(plan, found);
  if (written.replace(spaces, ' ') === text.replace(spaces, ' ')) return 2;
  // Where people put a prefix before the number, one without it comes from elsewhere; and the other way round.
  return written.replace(unwritten, '') === digits ? 1 : 0;
}

/** E.164 form of a national number in a country, null if it is none there. */
export function nationalE164({ digits }: PhoneText, country: string): string | null {
  const plan = planOf(country);
  const found = plan === null ? null : significant(plan, digits);
  return plan === null || found === null ? null : `+${plan.callingCode}${found}`;
}
