/**
 * Converts ISO 8601 into the text that PostgreSQL reads as a TIMESTAMP: UTC, exact to the microsecond.
 * PostgreSQL itself would silently drop an offset from a `timestamp without time zone`, and round nanoseconds.
 */
import { Rejection } from './rejection.ts';

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/;

const daysIn = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const isDate = (year: number, month: number, day: number): boolean =>
  year >= 1 &&
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  day <= (month === 2 && isLeapYear(year) ? 29 : (daysIn[month - 1] ?? 0));

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** `+02:00`, `+0200` or `+02` in minutes; NaN beyond the largest offset of PostgreSQL (±15:59). */
function offsetMinutes(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 15 || minutes > 59) return Number.NaN;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** Rejects a time that is invalid or outside the years 0001 to 9999. */
export const rejectTime = (field: string, why: string): Rejection =>
  new Rejection('invalid_timestamp', `${field}: ${why}`, field);

/**
 * Converts `2024-01-15T10:30:00Z`, with at most six fractional digits; undefined for any other form. Most events have this form, so it is
 * parsed without a regular expression.
 */
function plainUtc(text: string): string | undefined {
  const end = text.length - 1;
  if (end < 19 || end > 26 || end === 20 || text[10] !== 'T' || text[end] !== 'Z') return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  const year = digits(text, 0, 4);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  if (!isDate(year, digits(text, 5, 7), digits(text, 8, 10))) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  let last = 19;
  if (end > 19) {
    if (text[19] !== '.' || Number.isNaN(digits(text, 20, end))) return undefined;
    last = end;
    // Drops trailing zeros, and the decimal point if no digit remains.
    while (text[last - 1] === '0') last -= 1;
    if (last === 20) last = 19;
  }
  return `${text.slice(0, 10)} ${text.slice(11, last)}`;
}

/** The number in [from, to); NaN if not all characters are digits. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** What to do with digits below the microsecond, which PostgreSQL cannot store. */
export type Precision = {
  /** `park`, the default, rejects the timestamp; `cut` drops the digits: `.9999999` becomes `.999999`. */
  readonly onTooPrecise?: 'park' | 'cut';
  /** Counts the timestamps that were cut. */
  readonly noticed: { timesCut: number };
};

/** Rejects digits below the microsecond. */
export const exactly: Precision = { noticed: { timesCut: 0 } };

/**
 * Parses a timestamp. Without a zone it is in UTC, and a date without a time means midnight. `infinity` and `-infinity` are kept.
 * Rejected: invalid dates, leap seconds, years outside 0001 to 9999, and digits below the microsecond unless `precision` cuts them.
 */
export function parseTimestamp(text: string, field: string, precision: Precision = exactly): string | Rejection {
  return plainUtc(text) ?? parseAnyTimestamp(text, field, precision);
}

function parseAnyTimestamp(text: string, field: string, precision: Precision): string | Rejection {
  if (text === 'infinity' || text === '-infinity') return text;
  const parts = iso.exec(text);
  if (!parts) return rejectTime(field, `'${text.slice(0, 40)}' is not an ISO 8601 timestamp`);
  const [, yyyy = '', mm = '', dd = '', hh = '00', mi = '00', ss = '00', fraction = '', zone = 'Z'] = parts;
  if (!isDate(Number(yyyy), Number(mm), Number(dd))) return rejectTime(field, `'${text}' is not a calendar date`);
  if (Number(hh) > 23 || Number(mi) > 59 || Number(ss) > 59) return rejectTime(field, `'${text}' is not a time of day`);
  if (fraction.length > 6 && !/^0*$/.test(fraction.slice(6))) {
    if (precision.onTooPrecise !== 'cut') return tooPrecise(field, text);
    precision.noticed.timesCut += 1;
  }
  const micros = fraction.slice(0, 6).replace(/0+$/, '');
  const tail = micros === '' ? '' : `.${micros}`;
  const shift = offsetMinutes(zone);
  if (Number.isNaN(shift)) return rejectTime(field, `'${zone}' is not a time zone offset`);
  if (shift === 0) return `${yyyy}-${mm}-${dd} ${hh}:${mi}:${ss}${tail}`;

  const date = new Date(0);
  date.setUTCFullYear(Number(yyyy), Number(mm) - 1, Number(dd));
  date.setUTCHours(Number(hh), Number(mi) - shift, Number(ss));
  const year = date.getUTCFullYear();
  if (year < 1 || year > 9999) return rejectTime(field, `'${text}' is outside the years 0001 to 9999 in UTC`);
  const day = `${pad(year, 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
  return `${day} ${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${ss}${tail}`;
}

/** Rejects a time with digits below the microsecond. */
export const tooPrecise = (field: string, text: string): Rejection =>
  new Rejection(
    'timestamp_precision',
    `${field}: '${text.slice(0, 60)}' is finer than a microsecond; --on-too-precise cut drops the excess digits`,
    field,
  );

/** Microseconds since 1970, in decimal, of a text that `parseTimestamp` returned; null for the infinities. */
export function epochMicros(timestamp: string): string | null {
  if (timestamp.endsWith('infinity')) return null;
  const date = new Date(0);
  date.setUTCFullYear(Number(timestamp.slice(0, 4)), Number(timestamp.slice(5, 7)) - 1, Number(timestamp.slice(8, 10)));
  date.setUTCHours(
    Number(timestamp.slice(11, 13)),
    Number(timestamp.slice(14, 16)),
    Number(timestamp.slice(17, 19)),
    0,
  );
  const micros = BigInt(timestamp.slice(20).padEnd(6, '0'));
  return String(BigInt(date.getTime()) * 1000n + micros);
}
