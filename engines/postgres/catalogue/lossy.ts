/**
 * Finds target columns that are narrower than their source where the server raises no error. PostgreSQL silently rounds
 * numbers and times, and cuts names and trailing spaces. Sluice alters no value silently (promise 7), so `exactly`
 * writes such columns.
 */
import pg from 'pg';
import { type PgType, parsePgType } from '../../../formats/debezium/postgres/pg-type.ts';
import type { CatalogueColumn } from './table.ts';

const integers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'oid']);
const floats: ReadonlySet<string> = new Set(['float4', 'float8']);
const times: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'time', 'timetz', 'interval']);
const stamps: ReadonlySet<string> = new Set(['timestamp', 'timestamptz']);

/** A type, with the fields of an interval (`day to second`) apart from its name. */
type Type = PgType & { readonly fields: string };

function typeOf(text: string): Type {
  const type = parsePgType(text);
  const [, fields] = /^interval (.+)$/.exec(type.name) ?? [];
  return { ...type, name: fields === undefined ? type.name : 'interval', fields: fields ?? '' };
}

/** Fractional digits of the seconds. */
const precision = ({ modifiers: [digits = 6] }: Type): number => digits;

/** Fractional digits; undefined if the type has no limit. */
function scale({ name, modifiers: [digits, behind = 0] }: Type): number | undefined {
  if (integers.has(name)) return 0;
  if (name === 'money') return 2;
  return name === 'numeric' && digits !== undefined ? behind : undefined;
}

/**
 * True when assigning a value of the source's type to the column may alter it without an error.
 *
 * An unknown source counts as the column's type without length, precision and scale. A float4 column then counts as
 * lossless: the text of a float4 looks the same as the text of a float8.
 * @param source the source's type as `format_type` writes it, domains resolved.
 */
export function lossy({ baseType }: Pick<CatalogueColumn, 'baseType'>, source: string | undefined): boolean {
  if (baseType === source) return false;
  const target = typeOf(baseType);
  const from = source === undefined ? null : typeOf(source);
  return isNarrower(target, from?.array === target.array ? from : null);
}

function isNarrower(target: Type, from: Type | null): boolean {
  const { name, modifiers } = target;
  switch (name) {
    case 'numeric':
      return modifiers.length > 0 && loses(target, from);
    case 'money':
      return loses(target, from);
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
      return from !== null && (floats.has(from.name) || (isDecimal(from) && loses(target, from)));
    case 'float8':
      return from !== null && !['float8', 'float4', 'int4', 'int2'].includes(from.name);
    case 'float4':
      return from !== null && !['float4', 'int2'].includes(from.name);
    case 'date':
      return from !== null && stamps.has(from.name);
    case 'varchar':
    case 'varbit':
      return modifiers.length > 0 && !(from !== null && isShortText(name, from) && isAsShort(target, from));
    case 'bpchar':
    case 'bit':
      return modifiers.length > 0 && !(from?.name === name && (name === 'bpchar' ? isAsShort : isAsLong)(target, from));
    case 'name':
    case 'char':
      return from?.name !== name;
    default:
      return times.has(name) && isLessPrecise(target, from);
  }
}

const isDecimal = ({ name }: Type): boolean => name === 'numeric' || name === 'money';

function loses(target: Type, from: Type | null): boolean {
  const behind = from === null ? undefined : scale(from);
  return behind === undefined || behind > (scale(target) ?? 0);
}

const isShortText = (name: string, from: Type): boolean =>
  from.name === name || from.name === (name === 'varchar' ? 'bpchar' : 'bit');
const isAsShort = ({ modifiers: [most = 0] }: Type, { modifiers: [length] }: Type): boolean =>
  length !== undefined && length <= most;
const isAsLong = ({ modifiers: [most] }: Type, { modifiers: [length] }: Type): boolean => length === most;

function isLessPrecise(target: Type, from: Type | null): boolean {
  if (from === null) return precision(target) < 6 || target.fields !== '';
  if (stamps.has(from.name) && !stamps.has(target.name)) return true;
  if (target.fields !== '' && target.fields !== from.fields) return true;
  return times.has(from.name) && precision(from) > precision(target);
}

/** Most characters of a value in an error message. */
const shownLength = 60;

/**
 * SQL that casts the value to the column's type, and fails with an error of class 22 if the cast alters it. Null stays
 * null. Plain SQL cannot raise an error, so the expression casts a sentence to boolean, which fails and shows the
 * sentence. The sentence contains the value; the server would evaluate a constant cast at planning time.
 * @param expression SQL of the value as text.
 * @param source as in {@link lossy}.
 */
export function exactly(
  { name, baseType }: Pick<CatalogueColumn, 'name' | 'baseType'>,
  expression: string,
  source: string | undefined,
): string {
  const target = typeOf(baseType);
  const value = `(${expression})::${baseType}`;
  const [before, after] = bothAs(target, source === undefined ? null : typeOf(source), `(${expression})`, value);
  const sentence = ` does not fit ${name} ${baseType} without loss`;
  return `case when ${before} = ${after} then ${value}
    when (left((${expression})::text, ${shownLength}) || ${pg.escapeLiteral(sentence)})::boolean then null end`;
}

/** The value before and after the cast, in a type in which both compare exactly. */
function bothAs(target: Type, from: Type | null, expression: string, value: string): readonly [string, string] {
  const as = (type: string): string => `::${type}${target.array ? '[]' : ''}`;
  switch (target.name) {
    case 'float4':
    case 'float8':
      if (from?.name === 'float8') return [`${expression}${as('float8')}`, `${value}${as('float8')}`];
      // A cast from float to numeric rounds to the guaranteed digits (6 or 15).
      return [`${expression}${as('numeric')}`, `${value}::text${as('numeric')}`];
    case 'numeric':
    case 'money':
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
      return [
        `${expression}${as('numeric')}`,
        target.name === 'oid' ? `${value}${as('int8')}` : `${value}${as('numeric')}`,
      ];
    case 'date':
      return [`${expression}${as(from?.name ?? 'date')}`, `${value}${as(from?.name ?? 'date')}`];
    case 'timestamp':
    case 'timestamptz':
      return [`${expression}${as(target.name)}`, `${value}${as(target.name)}`];
    case 'time':
    case 'timetz':
      // A time never keeps the date of a timestamp.
      if (from !== null && stamps.has(from.name)) return [`${expression}::text`, `${value}::text`];
      return [`${expression}${as(target.name)}`, `${value}${as(target.name)}`];
    case 'interval':
      // In interval comparisons a month equals 30 days.
      return [`${expression}${as('interval')}::text`, `${value}::text`];
    case 'bit':
    case 'varbit':
      return [`${expression}${as('varbit')}`, `${value}${as('varbit')}`];
    case 'bpchar': {
      // Trailing spaces are significant in text, but not in char(n).
      const type = from === null || from.name === 'bpchar' ? 'bpchar' : 'text';
      return [`${expression}${as(type)}`, `${value}${as(type)}`];
    }
    default:
      return [`${expression}${as('text')}`, `${value}${as('text')}`];
  }
}
