/**
 * Reads 64-bit integers from JSON without rounding. `JSON.parse` silently turns 9007199254740993 into …992 and
 * 1.0000000000000000001 into 1. Therefore the literal counts, not the parsed number (rule 18).
 */
import { Rejection } from '../../schemas/rejection.ts';
import { memberSpans } from './members.ts';
import { closeBrace, comma, isDigit, isSpace, minus, zero } from './scan.ts';
import { kindOf } from './value.ts';

const integerLiteral = /^-?(?:0|[1-9]\d{0,18})$/;
/** Length of the longest int64, with its sign. */
const maxLength = 20;
const max = 2n ** 63n - 1n;
const min = -(2n ** 63n);

/** True if `digits`, an integer literal, fits a bigint column. 18 digits always do. */
const fitsInt64 = (digits: string): boolean => {
  if (digits.length <= 18) return true;
  const value = BigInt(digits);
  return value >= min && value <= max;
};

/** True for an integer literal of JSON of any size: no plus sign, no leading zeros, no -0. */
function isInteger(text: string): boolean {
  const first = text.startsWith('-') ? 1 : 0;
  if (text.charCodeAt(first) === zero) return text === '0';
  for (let i = first; i < text.length; i += 1) if (!isDigit(text.charCodeAt(i))) return false;
  return text.length > first;
}

/** True for a character that may follow a number in an object. */
const endsNumber = (code: number): boolean => code === comma || code === closeBrace || isSpace(code);

/**
 * True if `"name":digits` occurs in the text, and the field cannot occur elsewhere: nested, repeated, or with an escaped name.
 * Then the literal equals the parsed number. This quick check succeeds for most events.
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
 * Returns the number literal of a top-level field in a valid JSON object. The last of repeated fields counts, as in
 * `JSON.parse`. Undefined if the value is not a number.
 */
export function literalOf(text: string, name: string): string | undefined {
  const span = memberSpans(text, new Set([name])).get(name);
  if (span === undefined) return undefined;
  const first = text.charCodeAt(span.start);
  return isDigit(first) || first === minus ? text.slice(span.start, span.end) : undefined;
}

/**
 * Returns an int64 in decimal from a parsed field: a number with an integer literal, or a string of digits, which some
 * producers send because JavaScript rounds numbers. Otherwise returns a rejection.
 */
export function exactInteger(text: string, name: string, value: unknown): string | Rejection {
  let digits: string | undefined;
  if (typeof value === 'number') {
    const short = String(value);
    digits =
      Number.isSafeInteger(value) && standsAsWritten(text, name, short) ? short : (literalOf(text, name) ?? short);
  } else if (typeof value === 'string') digits = value;
  else return new Rejection('wrong_type', `${name}: expected an integer, got ${kindOf(value)}`, name);
  if (digits.length <= maxLength && integerLiteral.test(digits) && digits !== '-0' && fitsInt64(digits)) return digits;
  const given = digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
  return isInteger(digits)
    ? new Rejection('integer_out_of_range', `${name}: ${given} does not fit 64 bits`, name)
    : new Rejection('not_an_integer', `${name}: '${given}' is not an integer`, name);
}
