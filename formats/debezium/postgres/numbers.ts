/** Numbers in PostgreSQL's text form. Literals keep their digits; nothing here is converted to a double. */
import { Rejection } from '../../../schemas/rejection.ts';
import { isObject, JsonNumber } from '../../json/value.ts';
import { base64Bytes } from './bytes.ts';
import { type Codec, type Converted, codec, convert, excerpt } from './codec.ts';

const integer = /^-?\d+$/;

/** Debezium's names of NaN and the infinities of `numeric`, when it writes decimals as strings. */
const notFinite: ReadonlyMap<string, string> = new Map([
  ['NAN', 'NaN'],
  ['NaN', 'NaN'],
  ['POSITIVE_INFINITY', 'Infinity'],
  ['Infinity', 'Infinity'],
  ['NEGATIVE_INFINITY', '-Infinity'],
  ['-Infinity', '-Infinity'],
]);

/** Integers of any width. The column checks the range. */
export const integers = codec('an integer', {
  number: (literal) =>
    integer.test(literal) ? literal : new Rejection('not_an_integer', `'${excerpt(literal)}' is not an integer`),
});

/** float4 and float8. JSON has no NaN and no infinity, so they are strings. */
export const floats = codec('a number', {
  number: (literal) => literal,
  string: (text) => notFinite.get(text) ?? new Rejection('wrong_type', 'expected a number, got a string'),
});

/** `numeric` as a string (exact) or a number (a double, unless the converter is configured otherwise). */
export const decimals = codec('a decimal', {
  number: (literal) => literal,
  string: (text) => notFinite.get(text) ?? text,
});

/** Decimal text of an unscaled two's complement integer, highest byte first. */
function decimalText(bytes: Buffer, scale: number): string {
  let unscaled = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
  if (((bytes[0] ?? 0) & 0x80) !== 0) unscaled -= 1n << BigInt(8 * bytes.length);
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  if (scale <= 0) return digits === '0' ? '0' : sign + digits + '0'.repeat(-scale);
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** PostgreSQL's largest scale is 16,383. A larger one could only serve to fill the memory. */
const isScale = (scale: number): boolean => Number.isInteger(scale) && Math.abs(scale) <= 16_383;

/** `org.apache.kafka.connect.data.Decimal`: unscaled bytes in the value, the scale in the schema. */
export const scaledDecimals = (scale: number): Codec =>
  codec('a decimal', {
    number: (literal) => literal,
    string: (text) => scaled(text, scale),
  });

function scaled(text: string, scale: number): Converted {
  const bytes = base64Bytes(text);
  if (bytes instanceof Rejection) return bytes;
  return isScale(scale)
    ? decimalText(bytes, scale)
    : new Rejection('wrong_type', `${scale} is not the scale of a decimal`);
}

/** `io.debezium.data.VariableScaleDecimal`: scale and unscaled bytes in the value. */
export const variableScaleDecimals = codec('a decimal with its scale', {
  number: (literal) => literal,
  tree: (value) => {
    const scale = isObject(value) ? value.get('scale') : undefined;
    const unscaled = isObject(value) ? value.get('value') : undefined;
    if (!(scale instanceof JsonNumber) || typeof unscaled !== 'string') {
      return new Rejection('wrong_type', 'expected a decimal with its scale');
    }
    return convert(scaledDecimals(Number(scale.literal)), unscaled);
  },
});
