/**
 * Whether a target's column is narrower than its source in a way that the server does not mind: it rounds numbers and
 * times, and cuts names and trailing spaces, without a word. Nothing is silently altered (promise 7), so such columns
 * are written by `exactly`.
 */
import pg from 'pg';
import { type PgType, parsePgType } from '../../../formats/debezium/postgres/pg-type.ts';
import type { CatalogueColumn } from './table.ts';

const integers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'oid']);
const floats: ReadonlySet<string> = new Set(['float4', 'float8']);
const times: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'time', 'timetz', 'interval']);
const stamps: ReadonlySet<string> = new Set(['timestamp', 'timestamptz']);

/** A type, the fields of an interval apart: `day to second`. */
type Type = PgType & { readonly fields: string };

function typeOf(text: string): Type {
  const type = parsePgType(text);
  const [, fields] = /^interval (.+)$/.exec(type.name) ?? [];
  return { ...type, name: fields === undefined ? type.name : 'interval', fields: fields ?? '' };
}

/** Digits of a second. */
const precision = ({ modifiers: [digits = 6] }: Type): number => digits;

/** Digits behind the point; undefined when there may be any number. */
function scale({ name, modifiers: [digits, behind = 0] }: Type): number | undefined {
  if (integers.has(name)) return 0;
  if (name === 'money') return 2;
  return name === 'numeric' && digits !== undefined ? behind : undefined;
}

/**
 * True when assigning a value of the source's type to the column may alter it without an error.
 *
 * Of a source that is not known it is taken that its type is the column's without length, precision and scale; so a
 * float4 is not suspected then, because the text of a float4 and a float8 cannot be told apart.
 * @param source its type as `format_type` writes it, domains resolved.
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

/** Longest part of a value that is shown. */
const shown = 60;

/**
 * SQL of the value as the column takes it, or an error of class 22 where that is another value; null stays null. There
 * is nothing in SQL to raise an error with, so a sentence is read as a boolean, which fails and shows the sentence. It
 * depends on the value, or else the server would read it ahead of time.
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
    when (left((${expression})::text, ${shown}) || ${pg.escapeLiteral(sentence)})::boolean then null end`;
}

/** The value before and after, in a type that can tell them apart. */
function bothAs(target: Type, from: Type | null, expression: string, value: string): readonly [string, string] {
  const as = (type: string): string => `::${type}${target.array ? '[]' : ''}`;
  switch (target.name) {
    case 'float4':
    case 'float8':
      if (from?.name === 'float8') return [`${expression}${as('float8')}`, `${value}${as('float8')}`];
      // Casting a float to numeric rounds it to the digits that are sure.
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
      // The date of a timestamp is lost in any case.
      if (from !== null && stamps.has(from.name)) return [`${expression}::text`, `${value}::text`];
      return [`${expression}${as(target.name)}`, `${value}${as(target.name)}`];
    case 'interval':
      // To the server a month equals 30 days.
      return [`${expression}${as('interval')}::text`, `${value}::text`];
    case 'bit':
    case 'varbit':
      return [`${expression}${as('varbit')}`, `${value}${as('varbit')}`];
    case 'bpchar': {
      // Trailing spaces mean nothing in a char(n), but do in a text.
      const type = from === null || from.name === 'bpchar' ? 'bpchar' : 'text';
      return [`${expression}${as(type)}`, `${value}${as(type)}`];
    }
    default:
      return [`${expression}${as('text')}`, `${value}${as('text')}`];
  }
}
