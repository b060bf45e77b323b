/**
 * 64-bit integers out of JSON without rounding. `JSON.parse` turns 9007199254740993 into …992 and 1.0000000000000000001
 * into 1 without a word; so the literal as written is what counts, not the parsed number (rule 18).
 */
import { Rejection } from '../../schemas/rejection.ts';
import { memberSpans } from './members.ts';
import { closeBrace, comma, isDigit, isSpace, minus, zero } from './scan.ts';
import { kindOf } from './value.ts';

const integerLiteral = /^-?(?:0|[1-9]\d{0,18})$/;
/** Characters of the longest int64, the sign included. */
const longest = 20;
const max = 2n ** 63n - 1n;
const min = -(2n ** 63n);

/** True when `digits`, known to be an integer literal, fits a bigint column. 18 digits always do. */
const fitsInt64 = (digits: string): boolean => {
  if (digits.length <= 18) return true;
  const value = BigInt(digits);
  return value >= min && value <= max;
};

/** True for an integer of any size as JSON writes it: no plus sign, no leading zeros, no -0. */
function isInteger(text: string): boolean {
  const first = text.startsWith('-') ? 1 : 0;
  if (text.charCodeAt(first) === zero) return text === '0';
  for (let i = first; i < text.length; i += 1) if (!isDigit(text.charCodeAt(i))) return false;
  return text.length > first;
}

/** True for what may follow a complete number inside an object. */
const endsNumber = (code: number): boolean => code === comma || code === closeBrace || isSpace(code);

/**
 * True when `"name":digits` stands in the text as it is, and nowhere else could the field be written, in a nested object,
 * repeated, or in escapes: then the literal and the parsed number agree. Most events pass here.
 */
function standsAsWritten(text: string, name: string, digits: string): boolean {
  const key = `"${name}":`;
  const found = text.indexOf(key);
  if (found < 0 || text.lastIndexOf(`"${name}"`) !== found || text.includes('\\u')) return false;
  const start = found + key.length;
  const at = text[start] === ' ' ? start + 1 : start;
  return text.startsWith(digits, at) && endsNumber(text.charCodeAt(at + digits.length));
}

/**
 * The number of a top-level field as it is written in a valid JSON object; of a repeated one the last, as `JSON.parse`
 * has it. Undefined when its value is no number.
 */
export function literalOf(text: string, name: string): string | undefined {
  const span = memberSpans(text, new Set([name])).get(name);
  if (span === undefined) return undefined;
  const first = text.charCodeAt(span.start);
  return isDigit(first) || first === minus ? text.slice(span.start, span.end) : undefined;
}

/**
 * An int64 in decimal from a parsed field: a number whose literal is an integer, or a string of digits (what producers
 * send who know that JavaScript rounds).
 */
export function exactInteger(text: string, name: string, value: unknown): string | Rejection {
  let digits: string | undefined;
  if (typeof value === 'number') {
    const short = String(value);
    digits =
      Number.isSafeInteger(value) && standsAsWritten(text, name, short) ? short : (literalOf(text, name) ?? short);
  } else if (typeof value === 'string') digits = value;
  else return new Rejection('wrong_type', `${name}: expected an integer, got ${kindOf(value)}`, name);
  if (digits.length <= longest && integerLiteral.test(digits) && digits !== '-0' && fitsInt64(digits)) return digits;
  const given = digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
  return isInteger(digits)
    ? new Rejection('integer_out_of_range', `${name}: ${given} does not fit 64 bits`, name)
    : new Rejection('not_an_integer', `${name}: '${given}' is not an integer`, name);
}
