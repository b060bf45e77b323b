/**
 * The types that a user's own column may have, and the checks of its values. The checks are exact, because a value that PostgreSQL rounds
 * or rejects would affect a whole transaction instead of one record.
 */

import { Rejection } from '../schemas/rejection.ts';
import { parseTimestamp } from '../schemas/timestamp.ts';
import type { EnrichedValue } from './registry.ts';

/** A column type and its conversion. */
export type OwnType = {
  /** As in `ALTER TABLE`. */
  readonly type: string;
  /** As `format_type` prints it. */
  readonly printed: string;
  /** Most code points. A longer text becomes NULL and is counted, as for the built-in functions. */
  readonly limit?: number;
  /** Converts a value into its stored form. Throws an Error that names the value and the expected type. */
  readonly convert: (value: unknown) => EnrichedValue;
};

const plain: readonly OwnType[] = [
  {
    type: 'boolean',
    printed: 'boolean',
    convert: (value) => (typeof value === 'boolean' ? value : reject(value, 'boolean')),
  },
  { type: 'text', printed: 'text', convert: textOf },
  { type: 'integer', printed: 'integer', convert: (value) => Number(integerOf(value, 'integer', 2n ** 31n)) },
  { type: 'bigint', printed: 'bigint', convert: (value) => integerOf(value, 'bigint', 2n ** 63n) },
  { type: 'numeric', printed: 'numeric', convert: (value) => decimalOf(value, 'numeric') },
  { type: 'double precision', printed: 'double precision', convert: floatOf },
  { type: 'date', printed: 'date', convert: (value) => timeOf(value, 'date').slice(0, 10) },
  { type: 'timestamp', printed: 'timestamp without time zone', convert: (value) => timeOf(value, 'timestamp') },
  {
    type: 'timestamptz',
    printed: 'timestamp with time zone',
    convert: (value) => `${timeOf(value, 'timestamptz')}+00`,
  },
];

/** Most digits of a `numeric` with limits, as PostgreSQL allows. */
const mostDigits = 1000;
/** Most characters of a `varchar`, as PostgreSQL allows. */
const mostCharacters = 10_485_760;

/** The type of this name. Throws an Error that lists the supported types. */
export function ownType(name: string): OwnType {
  const text = name.trim().toLowerCase().replace(/\s+/g, ' ');
  const simple = plain.find(({ type }) => type === text);
  if (simple) return simple;
  const length = Number(/^varchar\((\d+)\)$/.exec(text)?.[1]);
  if (length >= 1 && length <= mostCharacters)
    return { type: `varchar(${length})`, printed: `character varying(${length})`, limit: length, convert: textOf };
  const [, precision, scale] = (/^numeric\((\d+), ?(\d+)\)$/.exec(text) ?? []).map(Number);
  if (
    precision !== undefined &&
    scale !== undefined &&
    precision >= 1 &&
    precision <= mostDigits &&
    scale <= precision
  ) {
    const type = `numeric(${precision},${scale})`;
    return { type, printed: type, convert: (value) => decimalOf(value, type, { precision, scale }) };
  }
  const names = [...plain.map(({ type }) => type), 'varchar(n)', 'numeric(p,s)'].sort().join(', ');
  throw new Error(`type '${name}': expected one of ${names}`);
}

function reject(value: unknown, type: string): never {
  const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : describe(value);
  throw new Error(`${shown} is no ${type}`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined (null means no value)';
  if (value instanceof Promise) return 'a Promise (functions must answer at once)';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString();
  return typeof value === 'object' || typeof value === 'function' ? `a value of type ${typeof value}` : String(value);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') return reject(value, 'text');
  // PostgreSQL stores neither of the two; UTF-8 encoding would replace half a surrogate pair.
  if (value.includes('\0')) throw new Error('a text with the character U+0000, which PostgreSQL does not store');
  if (!value.isWellFormed()) throw new Error('a text with half of a surrogate pair, which is not a character');
  return value;
}

/** The value as an exact integer. A number above 2^53 may have been rounded already, so it is rejected. */
function integerOf(value: unknown, type: string, bound: bigint): bigint {
  const isExact =
    typeof value === 'bigint' ||
    Number.isSafeInteger(value) ||
    (typeof value === 'string' && /^-?\d{1,19}$/.test(value));
  if (!isExact) return reject(value, type);
  const integer = BigInt(value as bigint | number | string);
  return integer >= -bound && integer < bound ? integer : reject(value, type);
}

/** The value as a decimal text, so that no digit is lost. */
function decimalOf(
  value: unknown,
  type: string,
  limits?: { readonly precision: number; readonly scale: number },
): string {
  const isNumber = typeof value === 'bigint' || typeof value === 'string' || Number.isFinite(value);
  const [text, , whole = '', fraction = ''] =
    (isNumber && /^(-?)0*(\d+?)(?:\.(\d+?)0*)?$/.exec(fullDigits(value as bigint | number | string))) || [];
  if (text === undefined || text.length > 2 * mostDigits) return reject(value, type);
  const digits = fraction === '0' ? 0 : fraction.length;
  const leading = whole === '0' ? 0 : whole.length;
  if (limits && (digits > limits.scale || leading > limits.precision - limits.scale)) return reject(value, type);
  return text;
}

/** All digits of a number. JavaScript prints numbers below 1e-6 and from 1e21 on with an exponent. */
function fullDigits(value: bigint | number | string): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined || typeof value === 'string') return text;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

function floatOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : reject(value, 'double precision');
}

/** The time in UTC, in the format of events. A text without a zone is UTC. */
function timeOf(value: unknown, type: string): string {
  const isDate = value instanceof Date && !Number.isNaN(value.getTime());
  if (!isDate && typeof value !== 'string') return reject(value, type);
  const text = isDate ? value.toISOString() : (value as string);
  if (type === 'date' && !isDate && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return reject(value, type);
  const time = parseTimestamp(text, type);
  // Years outside 0001 to 9999 and the infinities are rejected.
  if (time instanceof Rejection || time.endsWith('infinity')) return reject(value, type);
  return time;
}
