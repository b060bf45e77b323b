/** Values that Java and Debezium change inside an array, although they carry them exactly outside of one. */
import { Rejection } from '../../../schemas/rejection.ts';
import type { Field } from '../connect-schema.ts';
import type { Codec, Converted } from './codec.ts';
import type { PgType } from './pg-type.ts';
import type { TimeUnit } from './times.ts';

/** Days since 1970: 0001-01-01 of the Julian calendar, and 15 October 1582, when Java switches to the Gregorian calendar. */
const firstJulianDay = -719_164;
const firstGregorianDay = -141_427;
/** Days that the Gregorian calendar skipped then. Java uses the following ten dates twice. */
const skippedDays = 10;

const perDay: Readonly<Record<TimeUnit, bigint>> = {
  ms: 86_400_000n,
  us: 86_400_000_000n,
  ns: 86_400_000_000_000n,
};

/** Days by which the Julian calendar lags on this day since 1970; its years begin in March here. */
function daysBehind(day: number): number {
  const daysOfEra = day + 719_470;
  const year = Math.floor((4 * daysOfEra + 3) / 1461);
  return Math.floor(year / 100) - Math.floor(year / 400) - 2;
}

/**
 * Timestamps without time zone in an array. The driver converts them to dates of Java's calendar, which is Julian before 1582.
 * @param values the codec outside of an array.
 */
export const javaTimestamps = (values: Codec, unit: TimeUnit): Codec => ({
  ...values,
  number: (literal) => {
    const day = Math.floor(Number(literal) / Number(perDay[unit]));
    // Infinities are further away.
    if (!(day >= firstJulianDay && day < firstGregorianDay + skippedDays) || !/^-\d+$/.test(literal)) {
      return values.number(literal);
    }
    if (day < firstGregorianDay) return values.number(String(BigInt(literal) - BigInt(daysBehind(day)) * perDay[unit]));
    return writtenTwice(values.number(literal));
  },
});

/** Dates in an array. Only the dates that the Gregorian calendar skipped are moved. */
export const javaDates = (values: Codec): Codec => ({
  ...values,
  number: (literal) => {
    const day = Number(literal);
    const isTwice = day >= firstGregorianDay && day < firstGregorianDay + skippedDays;
    return isTwice ? writtenTwice(values.number(literal)) : values.number(literal);
  },
});

const twiceInText = /^1582-10-(?:1[5-9]|2[0-4])(?!\d)/;

/** The same for timestamps with time zone, which are texts. */
export const javaZonedTimestamps = (values: Codec): Codec => ({
  ...values,
  string: (text) => (twiceInText.test(text) ? writtenTwice(text) : values.string(text)),
});

const writtenTwice = (written: Converted): Rejection =>
  written instanceof Rejection
    ? written
    : new Rejection('not_carried', `in an array Debezium writes ${String(written)} for two days of October 1582`);

/**
 * Whether Debezium writes an array of several dimensions as an array of NULLs. For other types it writes the text that Java prints for
 * an array, which is recognised.
 */
export function hidesDimensions({ type, semantic }: Field, element: PgType | null): boolean {
  if (type !== 'string') return true;
  return element?.name === 'numeric' || /\.time\./.test(semantic ?? '');
}
