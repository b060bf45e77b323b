/**
 * The form in which a value is staged, and the SQL that turns it into the column's value. Cells have PostgreSQL's text form. A
 * value that the column cannot hold exactly is rejected here: the server would round or cut many of them without an error, even
 * in strict mode (promise 7).
 */
import type { Field } from '../../../formats/debezium/connect-schema.ts';
import { declaredType } from '../../../formats/debezium/postgres/pg-type.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import type { LogicalType } from '../../types/logical-type.ts';
import type { Policies } from '../../types/policies.ts';
import { postgresType } from '../../types/postgres-types.ts';
import type { Flavor } from '../../types/to-mysql/cast.ts';
import { castInto } from '../catalogue/cast-column.ts';
import type { TargetColumn } from './tables/target-table.ts';

/** Returns the staged text of a value, null if a policy makes it null, or why the column cannot hold it. Never throws. */
export type Encode = (text: string) => string | null | Rejection;

/** What is known of a column at its source. */
export type SourceColumn = {
  /** The column in the message's schema; null when the message has none. */
  readonly field: Field | null;
  /** Its type in the source's catalogue; undefined if the source was not asked. */
  readonly type: LogicalType | undefined;
  readonly flavor: Flavor;
  readonly policies: Policies;
};

/** Returns the encoding of a column's values: the form of the cast table, then the check that the column holds it exactly. */
export function castOf(source: SourceColumn, column: TargetColumn): Encode {
  const { field, flavor, policies } = source;
  const type = source.type ?? declaredAs(field);
  const check = checkOf(field, column);
  // Bytes and bits are staged in PostgreSQL's own form.
  if (type === undefined || type.kind === 'bytes' || type.kind === 'bits' || column.dataType === 'bit') return check;
  const convert = castInto(
    { ...column, notNull: !column.isNullable, hasDefault: false, generated: false },
    type,
    flavor,
    policies,
  );
  // These are in their final form: a float4 has the digits of its double, and a binary uuid has no hyphens.
  const isFinal =
    type.kind === 'float' && (column.dataType === 'double' || (type.bits === 32 && column.dataType === 'float'));
  const isBinaryUuid = type.kind === 'uuid' && column.dataType === 'binary';
  return (text) => {
    const value = convert.encode(text);
    if (value instanceof Rejection) return new Rejection(value.code, `${column.name}: ${value.message}`, column.name);
    if (value === null) return null;
    if (isBinaryUuid) return value.replaceAll('-', '');
    return isFinal ? value : check(value);
  };
}

/** The type that the message declares. A type of a user is unknown: its values keep their text. */
function declaredAs(field: Field | null): LogicalType | undefined {
  const declared = field === null ? null : declaredType(field);
  if (declared === null) return undefined;
  const type = postgresType(declared.name);
  return declared.array ? { kind: 'array', element: type } : type;
}

/** Returns the check that a column holds a value exactly. */
function checkOf(field: Field | null, column: TargetColumn): Encode {
  const { dataType } = column;
  if (integerTypes.has(dataType)) return integers(column);
  if (byteTypes.has(dataType)) return bytes(column);
  switch (dataType) {
    case 'decimal':
      return decimals(column);
    case 'float':
    case 'double':
      return floats(column);
    case 'bit':
      return bits(column);
    case 'date':
    case 'datetime':
    case 'timestamp':
      return moments(column, field);
    case 'time':
      return timesOfDay(column);
    case 'char':
      return fixedTexts(column);
    case 'varchar':
      return limitedTexts(column);
    default:
      return (text) => text;
  }
}

/** The SQL expression of a column's value, from its staged text. */
export function typedValue({ dataType }: TargetColumn, staged: string): string {
  if (byteTypes.has(dataType)) return `unhex(${staged})`;
  if (dataType === 'bit') return `cast(conv(${staged}, 2, 10) as unsigned)`;
  return staged;
}

const integerTypes: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'year']);
const byteTypes: ReadonlySet<string> = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob']);

const refused = ({ name, type }: TargetColumn, why: string): Rejection =>
  new Rejection('refused_by_database', `${name}: ${type} cannot hold the value exactly: ${why}`, name);

/** A whole number, also of a boolean. The server checks its range. */
const integers = (column: TargetColumn): Encode => {
  return (text) => {
    if (/^-?\d+$/.test(text)) return text;
    if (text === 't') return '1';
    if (text === 'f') return '0';
    if (!/^-?\d+(?:\.0*)?$/.test(text)) return refused(column, 'it is not a whole number');
    return text.replace(/\..*$/, '');
  };
};

/** Digits beyond the scale must be zeros, because the server rounds them without an error. */
const decimals = (column: TargetColumn): Encode => {
  const scale = column.scale ?? 0;
  const exact = new RegExp(scale === 0 ? '^-?\\d+$' : `^-?\\d+\\.\\d{${scale}}$`);
  return (text) => {
    if (exact.test(text)) return text;
    if (/^-?(?:NaN|Infinity)$/.test(text)) return refused(column, `${text} is not a decimal`);
    const [, sign = '', whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
    if (whole === undefined) return refused(column, 'it is not a decimal');
    if (/[1-9]/.test(fraction.slice(scale))) return refused(column, `it has more than ${scale} digits after the point`);
    return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${fraction.slice(0, scale).padEnd(scale, '0')}`;
  };
};

/** A number whose shortest form is the same in the precision of the column. */
const floats = (column: TargetColumn): Encode => {
  const isSingle = column.dataType === 'float';
  return (text) => {
    if (!isSingle && text.length <= exactDigits && /^-?[1-9]\d*(?:\.\d+)?$/.test(text)) return text;
    if (/^-?(?:NaN|Infinity)$/.test(text)) return refused(column, `${text} is not supported`);
    const number = Number(text);
    if (text === '' || Number.isNaN(number)) return refused(column, 'it is not a number');
    const stored = isSingle ? Math.fround(number) : number;
    if (!Number.isFinite(stored)) return refused(column, 'it is out of range');
    if (significant(text) !== significant(isSingle ? shortestSingle(stored) : String(number)))
      return refused(column, 'it has more digits than the column keeps');
    return text;
  };
};

/** Double precision keeps every decimal number of so many digits. */
const exactDigits = 15;

/** Nine significant digits tell all numbers of single precision apart. */
const singleDigits = 9;

/** The shortest decimal number that stands for a number of single precision. */
function shortestSingle(value: number): string {
  for (let digits = 1; digits < singleDigits; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toPrecision(singleDigits);
}

/** Sign, significant digits and magnitude of a number, so that 1e3 and 1000.0 have one form. */
function significant(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text.trim()) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const magnitude = Number(exponent) - fraction.length + (digits.length - digits.replace(/0+$/, '').length);
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? `${sign}0` : `${sign}${kept}e${magnitude}`;
}

/** PostgreSQL's `\x00ff` as hex digits. A binary(n) must have all its bytes, because the server adds zero bytes. */
const bytes = (column: TargetColumn): Encode => {
  const { dataType, length } = column;
  return (text) => {
    const hex = text.startsWith('\\x') ? text.slice(2) : Buffer.from(text, 'utf8').toString('hex');
    if (hex.length % 2 !== 0 || /[^0-9a-f]/i.test(hex)) return refused(column, 'it is not a text of hex digits');
    if (dataType === 'binary' && hex.length / 2 !== length) return refused(column, `it has ${hex.length / 2} bytes`);
    return hex;
  };
};

/** Digits of a bit string, of exactly the length of the column. */
const bits = (column: TargetColumn): Encode => {
  const length = column.precision ?? 1;
  return (text) => {
    const digits = text === 't' ? '1' : text === 'f' ? '0' : text;
    if (!/^[01]+$/.test(digits)) return refused(column, 'it is not a bit string');
    return digits.length === length ? digits : refused(column, `it has ${digits.length} bits`);
  };
};

/** A fraction of a second with exactly the digits of the column; undefined if others than zeros would be cut. */
function exactFraction(fraction: string, digits: number): string | undefined {
  if (/[1-9]/.test(fraction.slice(digits))) return undefined;
  return digits === 0 ? '' : `.${fraction.slice(0, digits).padEnd(digits, '0')}`;
}

const moment =
  /^(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:([-+]\d\d(?::?\d\d)?(?::?\d\d)?)|Z)?$/;

const wholeSecond = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** Dates and timestamps. One with a zone is stored in UTC, as the session of Sluice has it. */
const moments = (column: TargetColumn, field: Field | null): Encode => {
  const { dataType } = column;
  const isDate = dataType === 'date';
  const digits = column.fraction ?? 0;
  const zeros = digits === 0 ? '' : `.${'0'.repeat(digits)}`;
  return (text) => {
    if (isDate ? /^\d{4}-\d\d-\d\d$/.test(text) : wholeSecond.test(text)) return isDate ? text : `${text}${zeros}`;
    if (/^-?infinity$/.test(text)) return refused(column, `${text} is not supported`);
    if (text.endsWith(' BC')) return refused(column, 'years before Christ are not supported');
    const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] =
      moment.exec(text) ?? [];
    if (year === undefined) return refused(column, `it is no ${field?.semantic ?? 'timestamp'} that is supported`);
    if (year.length > 4) return refused(column, 'its year is after 9999');
    let date = `${year}-${month}-${day}`;
    let time = `${hour}:${minute}:${second}`;
    if (zone !== undefined) {
      const shifted = inUtc(date, time, zone);
      if (shifted === undefined) return refused(column, 'its year in UTC is not between 0 and 9999');
      [date, time] = shifted;
    }
    if (isDate) return `${time}${fraction}`.replace(/[0:]/g, '') === '' ? date : refused(column, 'it has a time');
    const cut = exactFraction(fraction, digits);
    if (cut === undefined) return refused(column, `it has more than ${digits} digits of a second`);
    return `${date} ${time}${cut}`;
  };
};

/** Date and time in UTC of a time with a zone such as `+05:30`; undefined if the year leaves 0 to 9999. */
function inUtc(date: string, time: string, zone: string): [date: string, time: string] | undefined {
  const [, sign, ...parts] = /^([-+])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(zone) ?? [];
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  const offsetMs = (hours * 3600 + minutes * 60 + seconds) * 1000 * (sign === '-' ? -1 : 1);
  if (offsetMs === 0) return [date, time];
  const shifted = new Date(Date.parse(`${date}T${time}Z`) - offsetMs);
  if (Number.isNaN(shifted.getTime())) return [date, time];
  const [, day, clock] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(shifted.toISOString()) ?? [];
  return day === undefined || clock === undefined ? undefined : [day, clock];
}

const timesOfDay = (column: TargetColumn): Encode => {
  return (text) => {
    const [, clock, fraction = ''] = /^(\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
    if (clock === undefined) return refused(column, 'it is no time of day without a zone');
    const cut = exactFraction(fraction, column.fraction ?? 0);
    if (cut === undefined) return refused(column, `it has more than ${column.fraction ?? 0} digits of a second`);
    return `${clock}${cut}`;
  };
};

/** PostgreSQL pads char(n) with spaces, which have no meaning there. The server removes them when it reads the column. */
const fixedTexts = (_: TargetColumn): Encode => {
  return (text) => (text.endsWith(' ') ? text.replace(/ +$/, '') : text);
};

/** The server cuts spaces beyond the length without an error, and refuses all other characters. */
const limitedTexts = (column: TargetColumn): Encode => {
  const length = column.length ?? 0;
  return (text) => {
    if (text.length <= length || !text.endsWith(' ')) return text;
    const characters = [...text].length;
    const isCut = characters > length && [...text].slice(length).every((one) => one === ' ');
    return isCut ? refused(column, `it ends in ${characters - length} spaces too many`) : text;
  };
};
