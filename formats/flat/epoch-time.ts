/**
 * Converts numbers of seconds or parts of a second since 1970-01-01 in UTC, without leap seconds, into the text that PostgreSQL reads as
 * a TIMESTAMP. Exact to the microsecond: it does not use floating-point numbers.
 */
import type { Rejection } from '../../schemas/rejection.ts';
import { exactly, type Precision, rejectTime, tooPrecise } from '../../schemas/timestamp.ts';

/** Each unit in seconds, as an exponent of ten. */
const exponents = { epoch_s: 0, epoch_ms: -3, epoch_us: -6, epoch_ns: -9 } as const;

/** A unit of the time since 1970. */
export type EpochUnit = keyof typeof exponents;

export const epochUnits = Object.keys(exponents) as readonly EpochUnit[];

const decimalNumber = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Parses a number of units since 1970 exactly. It may have a fraction and an exponent.
 * Rejects the same times as `parseTimestamp`.
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
  const microsOfSecond = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - microsOfSecond) / 1000n)).toISOString();
  const tail = microsOfSecond === 0n ? '' : `.${String(microsOfSecond).padStart(6, '0').replace(/0+$/, '')}`;
  return `${date.slice(0, 10)} ${date.slice(11, 19)}${tail}`;
}

/** 0001-01-01 and the end of 9999-12-31 in microseconds since 1970. */
const firstMicro = -62_135_596_800_000_000n;
const lastMicro = 253_402_300_799_999_999n;
