/**
 * Converts times that are numbers since 1970-01-01 in UTC, without leap seconds, into the text that PostgreSQL reads as a TIMESTAMP:
 * exact to the microsecond, without a float.
 */
import type { Rejection } from '../../schemas/rejection.ts';
import { exactly, type Precision, rejectTime, tooPrecise } from '../../schemas/timestamp.ts';

/** The length of each unit, as a power of ten of a second. */
const exponents = { epoch_s: 0, epoch_ms: -3, epoch_us: -6, epoch_ns: -9 } as const;

/** Units of a time that is counted from 1970-01-01 in UTC, without leap seconds. */
export type EpochUnit = keyof typeof exponents;

/** The names of the units. */
export const epochUnits = Object.keys(exponents) as readonly EpochUnit[];

const decimalNumber = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Reads a number of units since 1970 exactly, with a fraction and an exponent, too.
 * Rejected times are those of `parseTimestamp`.
 */
export function parseEpoch(
  literal: string,
  unit: EpochUnit,
  field: string,
  precision: Precision = exactly,
): string | Rejection {
  const [, sign, whole = '', fraction = '', exponent = '0'] = decimalNumber.exec(literal) ?? [];
  if (sign === undefined) return rejectTime(field, `'${literal.slice(0, 40)}' is not a number since 1970`);
  // digits * 10^shift microseconds
  const shift = 6 + exponents[unit] + Number(exponent) - fraction.length;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  if (digits !== 0n && shift > 40)
    return rejectTime(field, `'${literal.slice(0, 40)}' is outside the years 0001 to 9999`);
  const scale = 10n ** BigInt(Math.min(Math.abs(shift), 400));
  let micros = shift >= 0 ? digits * (digits === 0n ? 1n : scale) : digits / scale;
  if (shift < 0 && digits % scale !== 0n) {
    if (precision.onTooPrecise !== 'cut') return tooPrecise(field, literal);
    precision.noticed.timesCut += 1;
    // Cutting a time before 1970 makes it earlier, as cutting the digits of its text does.
    if (digits < 0n) micros -= 1n;
  }
  if (micros < firstMicro || micros > lastMicro) {
    return rejectTime(field, `'${literal.slice(0, 40)}' is outside the years 0001 to 9999`);
  }
  const below = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - below) / 1000n)).toISOString();
  const tail = below === 0n ? '' : `.${String(below).padStart(6, '0').replace(/0+$/, '')}`;
  return `${date.slice(0, 10)} ${date.slice(11, 19)}${tail}`;
}

/** 0001-01-01 and the end of 9999-12-31 in microseconds since 1970. */
const firstMicro = -62_135_596_800_000_000n;
const lastMicro = 253_402_300_799_999_999n;
