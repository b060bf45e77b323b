/** Column `phone_e164`: one text for one phone number, however it is written, so that equal numbers compare equal. */
import { callingCodes, isDialledAs, type Plan, planOf } from './numbering-plan.ts';
import { nationalE164, readInternational } from './phone.ts';
import { type PhoneText, readPhoneText } from './phone-text.ts';

/** Countries with different calling codes that dial each other as if they were one country. */
const overseas = [['FR', 'GP', 'BL', 'MF', 'RE', 'YT', 'GF', 'MQ']];

const kinOf = new Map<string, readonly string[]>();
for (const countries of [...callingCodes, ...overseas])
  for (const country of countries ?? [])
    kinOf.set(country, [...new Set([country, ...(kinOf.get(country) ?? []), ...(countries ?? [])])]);

/** The only number among the readings; null if there are several or none. */
function only(readings: Iterable<string | null>): string | null {
  let found: string | null = null;
  for (const reading of readings) {
    if (reading === null || reading === found) continue;
    if (found !== null) return null;
    found = reading;
  }
  return found;
}

/** Reads digits that begin with the country's international prefix. Tries every place where the prefix may end. */
function* dialledOut(digits: string, plan: Plan): Generator<string | null> {
  if (!plan.startsDialledOut.test(digits)) return;
  // The longest prefix has eight digits: "1414" and "0011" of Australia.
  for (let end = 1; end <= 8; end += 1)
    if (plan.dialledOut.test(digits.slice(0, end))) yield readInternational(digits.slice(end)).e164;
}

/** A number with its calling code but no plus sign: `33612345678` in France. */
function* withoutPlus(digits: string, countries: readonly string[]): Generator<string | null> {
  for (const country of countries)
    if (digits.startsWith(planOf(country)?.callingCode ?? '+')) yield readInternational(digits).e164;
}

function national(digits: string, country: string): string | null {
  const kin = kinOf.get(country);
  const plan = planOf(country);
  if (kin === undefined || plan === null) return null;
  const own = nationalE164(digits, country);
  if (own !== null) {
    // Without the national prefix and with the calling code in front, the number has more likely lost its plus sign.
    if (!digits.startsWith(plan.callingCode) || isDialledAs(plan, own.slice(1 + plan.callingCode.length), digits))
      return own;
    return readInternational(digits).e164 ?? own;
  }
  return (
    only(kin.map((other) => (other === country ? null : nationalE164(digits, other)))) ??
    only([...dialledOut(digits, plan), ...withoutPlus(digits, kin)])
  );
}

function read(digits: string, { international, dialled }: PhoneText, country: string | null): string | null {
  if (!international) return country === null ? null : national(digits, country);
  const found = readInternational(digits).e164;
  const plan = dialled && country !== null ? planOf(country) : null;
  return plan === null ? found : only([found, ...dialledOut(`00${digits}`, plan)]);
}

/**
 * The number in E.164 form (`+49 30 901820`, and `030 901820` in Germany, are both `+4930901820`). A national number is read in
 * `country`, the country of the user, and in those with the same calling code. Null if no such number is in use there, or if it is
 * ambiguous: nothing is guessed. Extensions are left out.
 */
export function phoneE164(cell: string | null, country: string | boolean | null | undefined): string | null {
  if (cell === null || cell === '') return null;
  const phone = readPhoneText(cell);
  if (phone === null) return null;
  const where = typeof country === 'string' ? country : null;
  const found = read(phone.digits, phone, where);
  if (found === null) return null;
  // If the digits before a slash are a number already, a second number or another ending follows.
  if (phone.breaks.length === 0) return found;
  for (const end of phone.breaks) if (read(phone.digits.slice(0, end), phone, where) !== null) return null;
  return found;
}
