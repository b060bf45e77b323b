/** Numbers for MySQL and MariaDB. Values are compared digit by digit, because the servers round without an error. */
import { Rejection } from '../../../schemas/rejection.ts';
import type { LogicalType } from '../logical-type.ts';
import { asIs, type Cast, type CastTarget, type Encoded, withoutZeros } from './cast.ts';

type Integer = Extract<LogicalType, { kind: 'integer' }>;
type Decimal = Extract<LogicalType, { kind: 'decimal' }>;
type Float = Extract<LogicalType, { kind: 'float' }>;

export const booleans: Cast = {
  sqlType: 'tinyint(1)',
  fidelity: 'exact',
  note: null,
  encode: (text) => (text === 't' || text === 'true' ? '1' : '0'),
  expression: asIs,
};

const integerNames = { 8: 'tinyint', 16: 'smallint', 24: 'mediumint', 32: 'int', 64: 'bigint' } as const;

export const integers = ({ bits, unsigned }: Integer): Cast => ({
  sqlType: integerNames[bits] + (unsigned ? ' unsigned' : ''),
  fidelity: 'exact',
  note: null,
  encode: (text) => text,
  expression: asIs,
});

/** Most digits of DECIMAL, and most of them after the point (MySQL; MariaDB has 38). */
const maxPrecision = 65;
const maxScale = 30;

/** Room for growth beyond the data: digits before the point of a decimal without precision. */
export const spareDigits = 10;

export function decimals(type: Decimal, { policies, digits }: CastTarget): Cast {
  const { precision, scale } = decimalSize(type, digits);
  const isWhole = type.precision !== null && type.precision <= maxPrecision && type.scale <= maxScale;
  const whole = precision - scale;
  return {
    sqlType: `decimal(${precision},${scale})`,
    fidelity: isWhole ? 'policy' : 'partial',
    note: isWhole
      ? 'NaN by onNaN'
      : `values of more than ${whole} digits before or ${scale} after the point are parked; NaN by onNaN`,
    encode: (text) => {
      const special = notFinite(text, policies);
      if (special !== undefined) return special;
      const parts = digitsOf(text);
      if (parts === undefined) return new Rejection('wrong_type', `'${text.slice(0, 40)}' is not a decimal`);
      if (parts.whole.length > whole)
        return new Rejection('too_long', `${parts.whole.length} digits before the point, the column holds ${whole}`);
      if (parts.fraction.length > scale)
        return new Rejection('too_long', `${parts.fraction.length} digits after the point, the column holds ${scale}`);
      const point = parts.fraction === '' ? '' : `.${parts.fraction}`;
      return `${parts.sign}${parts.whole || '0'}${point}`;
    },
    expression: asIs,
    canonical: withoutZeros,
  };
}

/** A scale may be negative, or greater than the precision. */
function decimalSize(
  { precision, scale }: Decimal,
  counted: CastTarget['digits'],
): { precision: number; scale: number } {
  if (precision === null) {
    if (counted === null) return { precision: maxPrecision, scale: maxScale };
    const fraction = Math.min(counted.fraction, maxScale);
    return { precision: Math.min(maxPrecision, counted.whole + spareDigits + fraction), scale: fraction };
  }
  const kept = Math.min(Math.max(scale, 0), maxScale);
  const whole = Math.max(precision - scale, 0);
  return { precision: Math.max(1, Math.min(maxPrecision, whole + kept)), scale: kept };
}

/** Digits before and after the point, without zeros that have no meaning. */
type Digits = { readonly sign: '' | '-'; readonly whole: string; readonly fraction: string };

const decimalText = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;

/** Splits a decimal; undefined if it is none. */
export function digitsOf(text: string): Digits | undefined {
  const found = decimalText.exec(text);
  if (found === null) return undefined;
  const [, sign, before = '', after = '', exponent = '0'] = found;
  if (before === '' && after === '') return undefined;
  const shift = Number(exponent);
  let whole = before;
  let fraction = after;
  if (shift > 0) {
    whole += fraction.slice(0, shift).padEnd(shift, '0');
    fraction = fraction.slice(shift);
  } else if (shift < 0) {
    const padded = whole.padStart(-shift, '0');
    fraction = padded.slice(padded.length + shift) + fraction;
    whole = padded.slice(0, padded.length + shift);
  }
  whole = whole.replace(/^0+/, '');
  fraction = fraction.replace(/0+$/, '');
  // Zero has no sign in a decimal.
  return { sign: sign === '-' && (whole !== '' || fraction !== '') ? '-' : '', whole, fraction };
}

export const floats = ({ bits }: Float, { policies }: CastTarget): Cast => ({
  sqlType: bits === 32 ? 'float' : 'double',
  fidelity: 'policy',
  note: 'NaN by onNaN, infinities by onInfinity',
  encode: (text) => {
    const special = notFinite(text, policies);
    if (special !== undefined) return special;
    // The shortest text of the greatest float4 is above the greatest float for a server that reads it as a double.
    return bits === 32 ? textOf(Math.fround(Number(text))) : text;
  },
  expression: asIs,
  // Without it the server writes six digits of a FLOAT.
  readBack: (column) => `${column} + 0e0`,
  canonical: (text) => textOf(bits === 32 ? Math.fround(Number(text)) : Number(text)),
});

const textOf = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function notFinite(text: string, { onNaN, onInfinity }: CastTarget['policies']): Encoded | undefined {
  if (text === 'NaN') return onNaN === 'null' ? null : new Rejection('not_carried', 'NaN has no equal in MySQL');
  if (text !== 'Infinity' && text !== '-Infinity') return undefined;
  return onInfinity === 'null' ? null : new Rejection('not_carried', `${text} has no equal in MySQL`);
}

/** Money is a decimal with the signs of the server's locale around it. */
export const money: Cast = {
  sqlType: 'decimal(19,2)',
  fidelity: 'exact',
  note: 'the amount without its currency',
  encode: (text) => {
    const digits = text.replaceAll(/[^\d.-]/g, '');
    return digitsOf(digits) === undefined
      ? new Rejection('wrong_type', `'${text.slice(0, 40)}' is no amount with a point: set lc_monetary to C`)
      : digits;
  },
  expression: asIs,
  canonical: withoutZeros,
};
