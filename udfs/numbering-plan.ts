/**
 * Numbering plans of countries, from libphonenumber (its `max` metadata): which digits are a number in use there, and the prefixes of
 * national and international calls. A plan is compiled when it is first used.
 */
import metadata from 'libphonenumber-js/metadata.max';

/** One way to write numbers of a country. */
type Grouping = {
  readonly pattern: RegExp;
  readonly start: RegExp | null;
  readonly template: string;
};

/** The numbering plan of one country. */
export type Plan = {
  readonly country: string;
  readonly callingCode: string;
  /** International prefix, dialled before a calling code: alone, and at the start of a number. */
  readonly dialledOut: RegExp;
  readonly startsDialledOut: RegExp;
  readonly lengths: readonly number[];
  readonly number: RegExp;
  /** National prefix at the start, null if there is none. */
  readonly prefix: RegExp | null;
  /** Template of the number where the prefix contains a part of it. */
  readonly transform: string | null;
  readonly groupings: readonly Grouping[];
  /** First digits that only this country has among those with its calling code. */
  readonly leading: RegExp | null;
  /** Patterns of fixed lines, mobiles and so on. They match numbers in use and are far narrower than `number`. */
  readonly types: readonly { readonly pattern: RegExp; readonly lengths: readonly number[] }[];
};

/** Layout of libphonenumber-js's metadata, version 4 (its METADATA.md); `0` means absent. */
type RawGrouping = readonly [pattern: string, template: string, starts?: readonly string[] | 0, rule?: string | 0];
type RawPlan = {
  readonly 0: string;
  readonly 1: string;
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

/** Groupings of a country. Most countries have none of their own and use those of the first country with their calling code. */
function groupingsOf(country: RawPlan): readonly Grouping[] {
  const main = raw.countries[raw.country_calling_codes[country[0]]?.[0] ?? ''];
  const nationalPrefix = country[5] || main?.[5] || '';
  return (country[4] || main?.[4] || []).map(([pattern, template, starts, rule]) => {
    const written = (rule || country[6] || main?.[6] || '').replace('$NP', nationalPrefix).replace('$FG', '$1');
    return {
      pattern: whole(pattern),
      start: starts ? atStart(starts.at(-1) ?? '') : null,
      // The rule's `$1` stands for the first group of the template, which may have another number.
      template: written === '' ? template : template.replace(/(\$\d)/, written),
    };
  });
}

const plans = new Map<string, Plan | null>();

/** The plan of a country; null for an unknown code. */
export function planOf(country: string): Plan | null {
  const known = plans.get(country);
  if (known !== undefined) return known;
  const found = raw.countries[country];
  const plan =
    found === undefined
      ? null
      : {
          country,
          callingCode: found[0],
          dialledOut: whole(found[1]),
          startsDialledOut: atStart(found[1]),
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

/**
 * The number that the digits after a national prefix stand for; null if this plan has none. It may have digits that the cell lacks:
 * some plans complete a local number by its area code, and an Argentine mobile, dialled with 15 at home, has a 9 instead.
 */
export function numberAfterPrefix(plan: Plan, digits: string): string | null {
  const start = plan.prefix?.exec(digits) ?? null;
  if (start === null || start[0] === '') return null;
  const captured = plan.transform !== null && start.length > 1 && start.at(-1) !== undefined;
  const rest = captured ? digits.replace(plan.prefix ?? '', plan.transform ?? '') : digits.slice(start[0].length);
  return isNumber(plan, rest) ? rest : null;
}

/** The national number without its prefix, made of these digits only; null if this plan has none. */
export function nationalNumber(plan: Plan, digits: string): string | null {
  const rest = numberAfterPrefix(plan, digits);
  if (rest !== null && digits.endsWith(rest)) return rest;
  return isNumber(plan, digits) ? digits : null;
}

/** The same after a calling code, where a prefix is only a mistake and contains no part of the number. */
export function nationalNumberAbroad(plan: Plan, digits: string): string | null {
  if (isNumber(plan, digits)) return digits;
  const start = plan.prefix?.exec(digits) ?? null;
  if (start === null || start.some((part, at) => at > 0 && part !== undefined)) return null;
  const rest = digits.slice(start[0].length);
  return isNumber(plan, rest) ? rest : null;
}

const unwritten = /\D/g;

/** The number with its prefix, grouped as in its country. */
export function asWritten(plan: Plan, number: string): string {
  for (const { pattern, start, template } of plan.groupings) {
    if ((start === null || start.test(number)) && pattern.test(number)) return number.replace(pattern, template);
  }
  return number;
}

/** Whether the number is dialled with these digits in this plan. If a national prefix is required, a number without it is incomplete. */
export function isDialledAs(plan: Plan, number: string, digits: string): boolean {
  return asWritten(plan, number).replace(unwritten, '') === digits;
}

/** The countries of every calling code; the index is the code. */
export const callingCodes: readonly (readonly string[] | undefined)[] = Array.from(
  { length: 1000 },
  (_, code) => raw.country_calling_codes[code],
);
