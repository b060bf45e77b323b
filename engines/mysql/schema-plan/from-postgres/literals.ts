/** Constants of PostgreSQL in MySQL. */
import type { LogicalType } from '../../../types/logical-type.ts';
import { defaultPolicies } from '../../../types/policies.ts';
import type { CastTarget, Flavor } from '../../../types/to-mysql/cast.ts';
import { castToMysql } from '../../../types/to-mysql/column-cast.ts';
import { digitsOf } from '../../../types/to-mysql/numbers.ts';
import { textLiteral } from '../text-literal.ts';
import { NotTranslated } from './tokens.ts';
import { groupOf, nameOfType, type Value } from './value.ts';

/** A number as PostgreSQL writes it: an integer of the least size, or a decimal with its digits. */
export function numberLiteral(written: string): Value {
  const digits = digitsOf(written);
  if (digits === undefined) throw new NotTranslated(`${written} is not a number`);
  const { sign, whole, fraction } = digits;
  const size = Math.max(1, whole.length + fraction.length);
  const isInteger = /^-?\d+$/.test(written) && size <= 18;
  if (size > 65 || fraction.length > 30) throw new NotTranslated(`${written} has too many digits`);
  const sql = `${sign}${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`;
  const type: LogicalType = isInteger
    ? { kind: 'integer', bits: size < 10 ? 32 : 64, unsigned: false }
    : { kind: 'decimal', precision: size, scale: fraction.length };
  return { sql, type, constant: sql };
}

/** A constant of a type, from PostgreSQL's text form. Throws NotTranslated where MySQL has no such value. */
export function literal(written: string, type: LogicalType, flavor: Flavor): Value {
  const constant = type.kind === 'text' && type.padded ? written.replace(/ +$/, '') : written;
  const isCounted = type.kind === 'decimal' && type.precision === null;
  return { sql: sqlOf(constant, type, flavor), type: isCounted ? numberLiteral(constant).type : type, constant };
}

function sqlOf(constant: string, type: LogicalType, flavor: Flavor): string {
  switch (groupOf(type)) {
    case 'boolean':
      return booleanSql(constant);
    case 'number':
      return numberSql(constant, type);
    case 'float':
      return floatSql(constant, type);
    case 'text':
      return textLiteral(cutTo(constant, type));
    case 'uuid':
    case 'enum':
      return textLiteral(constant);
    case 'date':
      return `date'${encoded(constant, type, flavor)}'`;
    case 'time':
      return `time'${encoded(constant, type, flavor)}'`;
    case 'timestamp':
    case 'timestamptz':
      return `timestamp'${encoded(constant, type, flavor)}'`;
    default:
      // A label of an enum, whose type only the other side of a comparison knows.
      if (type.kind === 'other') return textLiteral(constant);
      throw new NotTranslated(`a constant of type ${nameOfType(type)} is not supported here`);
  }
}

function booleanSql(constant: string): string {
  if (constant === 'true' || constant === 't') return 'true';
  if (constant === 'false' || constant === 'f') return 'false';
  throw new NotTranslated(`'${constant}' is not supported as a boolean`);
}

/** A cast rounds to the digits of its type, which only matters to a constant with more digits. */
function numberSql(constant: string, type: LogicalType): string {
  const found = numberLiteral(constant);
  const scale = type.kind === 'decimal' ? (type.precision === null ? null : type.scale) : 0;
  const fraction = /\.(\d+)$/.exec(found.sql)?.[1] ?? '';
  if (scale !== null && fraction.length > scale) throw new NotTranslated(`${constant} has more digits than its type`);
  return found.sql;
}

/** A cast to a length cuts, which only matters to a longer constant. */
function cutTo(constant: string, type: LogicalType): string {
  if (type.kind === 'text' && type.limit !== null && constant.length > type.limit)
    throw new NotTranslated(`'${constant}' is longer than its type`);
  return constant;
}

function floatSql(constant: string, type: LogicalType): string {
  const number = Number(constant);
  if (!Number.isFinite(number)) throw new NotTranslated(`${constant} has no equal in MySQL`);
  // MySQL compares FLOAT with a constant as doubles.
  if (type.kind === 'float' && type.bits === 32 && Math.fround(number) !== number)
    throw new NotTranslated(`${constant} is not exact in single precision`);
  return /e/i.test(constant) ? constant : `${constant}e0`;
}

function encoded(constant: string, type: LogicalType, flavor: Flavor): string {
  const target: CastTarget = { flavor, policies: defaultPolicies, keyLimit: null, digits: null };
  const found = castToMysql(type, target).encode(constant);
  if (typeof found !== 'string') throw new NotTranslated(`'${constant}' has no equal in MySQL`);
  return found;
}
