/**
 * 64-bit integers out of JSON without rounding. `JSON.parse` turns 9007199254740993 into …992 and 1.0000000000000000001
 * into 1 without a word; so the literal as written is what counts, not the parsed number (rule 18).
 */
import { Rejection } from '../../schemas/rejection.ts';

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
  if (text.charCodeAt(first) === 48) return text === '0';
  for (let i = first; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return text.length > first;
}

/** The character codes that may follow a complete number literal inside an object: comma, brace, white space. */
const endsNumber = (code: number): boolean => code === 44 || code === 125 || code === 32 || code === 10 || code === 13;

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

/** Index of the first character at or behind `at` that is no white space of JSON. */
function skipSpace(text: string, at: number): number {
  let i = at;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return i;
    i += 1;
  }
}

/** True for digits, signs, the point and the exponent. */
const inNumber = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 101 || code === 69;

/**
 * The number behind a key that ends at `at`, as it is written; undefined when the value is no number. A loop, because a
 * regular expression overflows the stack on a literal of some million digits.
 */
function numberBehind(text: string, at: number): string | undefined {
  const start = skipSpace(text, skipSpace(text, at) + 1);
  let end = start;
  while (inNumber(text.charCodeAt(end))) end += 1;
  return end === start ? undefined : text.slice(start, end);
}

/** Index behind the JSON string that starts at the quote `at`. The text is known to be valid JSON. */
function endOfString(text: string, at: number): number {
  let i = at + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

/**
 * The literal of a top-level field as it stands in a valid JSON object; the last one when the key is repeated, as
 * `JSON.parse` has it. Undefined when the value is no bare literal.
 */
export function literalOf(text: string, name: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let expectKey = false;
  let i = 0;
  while (i < text.length) {
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      if (depth === 1 && expectKey) {
        expectKey = false;
        if (JSON.parse(text.slice(i, end)) === name) found = numberBehind(text, end);
      }
      i = end;
      continue;
    }
    if (char === '{' || char === '[') {
      depth += 1;
      if (depth === 1) expectKey = true;
    } else if (char === '}' || char === ']') depth -= 1;
    else if (char === ',' && depth === 1) expectKey = true;
    i += 1;
  }
  return found;
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

/** The JSON kind of a value, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
