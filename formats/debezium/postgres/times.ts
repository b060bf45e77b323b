/**
 * Dates and times in PostgreSQL's text form, to the microsecond and over its whole range: years before Christ, years beyond 9999,
 * and the infinities in Debezium's forms.
 */
import { Rejection } from '../../../schemas/rejection.ts';
import { type Codec, type Converted, codec, excerpt } from './codec.ts';

const integer = /^-?\d+$/;
const msPerDay = 86_400_000;
const usPerDay = 86_400_000_000;

/** Days since 1970 of 4714-11-24 BC and of 5874897-12-31: PostgreSQL's first and last date. */
const firstDay = -2_440_588;
const lastDay = 2_145_042_905;
/** Microseconds since 1970 of PostgreSQL's first timestamp and of the end of its last year, 294276. */
const firstMicro = BigInt(firstDay) * BigInt(usPerDay);
const endMicro = 9_224_318_016_000_000_000n;

const pad2 = (value: number): string => (value < 10 ? `0${value}` : String(value));
const pad4 = (value: number): string => String(value).padStart(4, '0');

const notATime = (given: string): Rejection =>
  new Rejection('invalid_timestamp', `${excerpt(given)} is not a time that PostgreSQL can store`);

/** A date of the proleptic Gregorian calendar. Year 0 is 1 BC. */
type CivilDate = { readonly year: number; readonly month: number; readonly day: number };

/** Converts days by eras of 400 years that start on 1 March, so that the leap day is the last day of a year. */
function civil(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1,
  };
}

/** The year in PostgreSQL's form, and the suffix after the time. */
const yearText = (year: number): string => pad4(year > 0 ? year : 1 - year);
const era = (year: number): string => (year > 0 ? '' : ' BC');

const dateText = ({ year, month, day }: CivilDate): string => `${yearText(year)}-${pad2(month)}-${pad2(day)}`;

function clockText(microsOfDay: number): string {
  const seconds = Math.floor(microsOfDay / 1_000_000);
  const micros = microsOfDay - seconds * 1_000_000;
  const clock = `${pad2(Math.floor(seconds / 3600))}:${pad2(Math.floor(seconds / 60) % 60)}:${pad2(seconds % 60)}`;
  return micros === 0 ? clock : `${clock}.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
}

function timestampText(days: number, microsOfDay: number): string {
  const date = civil(days);
  return `${dateText(date)} ${clockText(microsOfDay)}${era(date.year)}`;
}

/**
 * Debezium writes the infinities as days outside of PostgreSQL's range. Streamed, they are the years -5877611-06-21 and -22. In a snapshot
 * Java's calendar converts them, so they may differ by a day with the time zone of its machine.
 */
function infiniteDay(days: number): string | null {
  if (days === -2_147_472_692 || Math.abs(days + 622_191_234) <= 1) return 'infinity';
  if (days === -2_147_472_691 || Math.abs(days + 625_821_272) <= 1) return '-infinity';
  return null;
}

/** Days since 1970. */
export const days = codec('a number of days', {
  number: (literal) => {
    const day = Number(literal);
    if (!integer.test(literal)) return notATime(literal);
    if (day >= firstDay && day <= lastDay) {
      const date = civil(day);
      return dateText(date) + era(date.year);
    }
    return infiniteDay(day) ?? notATime(literal);
  },
});

/** The driver's infinities, in milliseconds and microseconds; in nanoseconds they are the limits of 64 bits. */
const infinities: ReadonlyMap<string, string> = new Map([
  ['9223372036825200', 'infinity'],
  ['-9223372036832400', '-infinity'],
  ['9223372036825200000', 'infinity'],
  ['-9223372036832400000', '-infinity'],
  ['9223372036854775807', 'infinity'],
  ['-9223372036854775808', '-infinity'],
]);

/** Unit of a time in a message. */
export type TimeUnit = 'ms' | 'us' | 'ns';

/** Converts to microseconds; a rejection if the result is not whole. */
function toMicros(literal: string, unit: TimeUnit): bigint | Rejection {
  const value = BigInt(literal);
  if (unit === 'us') return value;
  if (unit === 'ms') return value * 1000n;
  return value % 1000n === 0n
    ? value / 1000n
    : new Rejection('timestamp_precision', `${literal} ns is finer than a microsecond`);
}

function exactTimestamp(literal: string, unit: TimeUnit): Converted {
  const infinite = infinities.get(literal);
  if (infinite !== undefined && !(unit === 'ns' && literal.length < 19)) return infinite;
  const micros = toMicros(literal, unit);
  if (micros instanceof Rejection) return micros;
  if (micros < firstMicro || micros >= endMicro) return notATime(literal);
  const day = BigInt(usPerDay);
  const ofDay = ((micros % day) + day) % day;
  return timestampText(Number((micros - ofDay) / day), Number(ofDay));
}

/** A timestamp without time zone, counted in this unit since 1970. */
export const timestamps = (unit: TimeUnit): Codec =>
  codec('a number of time units', {
    number: (literal) => {
      if (!integer.test(literal)) return notATime(literal);
      const value = Number(literal);
      // A double represents integers of this size exactly, which is enough for the next centuries.
      if (unit === 'ns' || !Number.isSafeInteger(value)) return exactTimestamp(literal, unit);
      const perDay = unit === 'ms' ? msPerDay : usPerDay;
      const day = Math.floor(value / perDay);
      if (day < firstDay) return exactTimestamp(literal, unit);
      return timestampText(day, (value - day * perDay) * (unit === 'ms' ? 1000 : 1));
    },
  });

/** A time of day, counted in this unit since midnight, 24:00 included. */
export const timesOfDay = (unit: TimeUnit): Codec =>
  codec('a number of time units', {
    number: (literal) => {
      if (!integer.test(literal) || literal.length > 15) return notATime(literal);
      const micros = toMicros(literal, unit);
      if (micros instanceof Rejection) return micros;
      return micros >= 0n && micros <= BigInt(usPerDay) ? clockText(Number(micros)) : notATime(literal);
    },
  });

const isoDate =
  /^([+-]?\d{4,9})-(\d\d)-(\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/;

/** Years of the infinities in Java's calendar. */
const infiniteYears: ReadonlyMap<number, string> = new Map([
  [292_278_994, 'infinity'],
  [-292_275_055, '-infinity'],
  [292_269_055, '-infinity'],
]);
const infiniteTexts: ReadonlyMap<string, string> = new Map([
  ['infinity', 'infinity'],
  ['-infinity', '-infinity'],
  ['-5877611-06-21', 'infinity'],
  ['-5877611-06-22', '-infinity'],
  ['+294247-01-10T04:00:25.2', 'infinity'],
  ['-290308-12-21T19:59:27.6', '-infinity'],
]);

/** The time with a fraction of at most six digits; a rejection if it is finer. */
function clock(text: string): string | Rejection {
  const point = text.indexOf('.');
  if (point < 0 || text.length - point <= 7) return text;
  if (/[1-9]/.test(text.slice(point + 7))) {
    return new Rejection('timestamp_precision', `'${excerpt(text)}' is finer than a microsecond`);
  }
  return text.slice(0, point + 7);
}

function isoText(text: string, keepZone: boolean): Converted {
  const infinite = infiniteTexts.get(text.endsWith('Z') ? text.slice(0, -1) : text);
  if (infinite !== undefined) return infinite;
  const parts = isoDate.exec(text);
  if (!parts) return new Rejection('invalid_timestamp', `'${excerpt(text)}' is not an ISO 8601 timestamp`);
  const [, sign = '', month, day, time, zone = ''] = parts;
  const year = Number(sign);
  const endless = infiniteYears.get(year);
  if (endless !== undefined) return endless;
  const exact = time === undefined ? '' : clock(time);
  if (exact instanceof Rejection) return exact;
  const tail = exact === '' ? '' : ` ${exact}${keepZone ? zone : ''}`;
  return `${yearText(year)}-${month}-${day}${tail}${era(year)}`;
}

/** `2024-02-29T10:34:56.789012Z`, which PostgreSQL reads unchanged. */
function isPlain(text: string): boolean {
  const first = text.charCodeAt(0);
  return (
    text.length >= 20 &&
    text.length <= 27 &&
    text[4] === '-' &&
    text[10] === 'T' &&
    text.endsWith('Z') &&
    (first === 49 || first === 50)
  );
}

/** A timestamp with time zone. */
export const zonedTimestamps = codec('a timestamp', {
  string: (text) => (isPlain(text) ? text : isoText(text, true)),
});

/** A date or timestamp with `time.precision.mode=isostring`. Its `Z` does not mean UTC. */
export const isoTimestamps = codec('a timestamp', { string: (text) => isoText(text, false) });

/** A time with time zone. */
export const zonedTimes = codec('a time of day', { string: (text) => clockZone(text, true) });

/** A time with `time.precision.mode=isostring`. Its `Z` does not mean UTC. */
export const isoTimes = codec('a time of day', { string: (text) => clockZone(text, false) });

function clockZone(text: string, keepZone: boolean): Converted {
  const parts = /^(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-][\d:]+)?$/.exec(text);
  if (!parts) return new Rejection('invalid_timestamp', `'${excerpt(text)}' is not a time of day`);
  const exact = clock(parts[1] ?? '');
  return exact instanceof Rejection || !keepZone ? exact : exact + (parts[2] ?? '');
}

/** An interval with `interval.handling.mode=numeric`. It is approximate: months were converted to days, days to hours. */
export const microDurations = codec('a number of microseconds', {
  number: (literal) =>
    !integer.test(literal) || infinities.has(literal)
      ? new Rejection('not_carried', `${excerpt(literal)} µs is not an interval; use interval.handling.mode=string`)
      : `${literal} microseconds`,
});
