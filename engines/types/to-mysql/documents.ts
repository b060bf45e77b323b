/** JSON, and the types that become JSON: arrays, composites and maps. */
import { parseJson } from '../../../formats/json/reader.ts';
import { isObject, type Json, JsonNumber } from '../../../formats/json/value.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import type { LogicalType } from '../logical-type.ts';
import { type Element, parseArray, parseComposite, parseHstore } from '../postgres-literals.ts';
import { asIs, type Cast, type CastTarget, type Encoded } from './cast.ts';
import { digitsOf } from './numbers.ts';

type ArrayType = Extract<LogicalType, { kind: 'array' }>;
type Composite = Extract<LogicalType, { kind: 'composite' }>;

/** MySQL orders the members of an object and writes spaces; the value is the same. */
export const sameDocument = (text: string): string => JSON.stringify(ordered(parsed(text)));

function ordered(value: Json): unknown {
  if (value instanceof JsonNumber) return { number: digitsOf(value.literal) };
  if (typeof value !== 'object' || value === null) return value;
  if (!isObject(value)) return value.map(ordered);
  return [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, ordered(one)]);
}

const document = (encode: Cast['encode'], note: string | null, fidelity: Cast['fidelity'] = 'exact'): Cast => ({
  sqlType: 'json',
  fidelity,
  note,
  encode,
  expression: asIs,
});

/** MariaDB keeps the text. MySQL keeps the value, with numbers as integers of 64 bits or as doubles. */
export function json({ flavor }: CastTarget): Cast {
  if (flavor === 'mariadb') return document(asIs, 'at most 32 levels', 'partial');
  return document(
    (text) => {
      const number = inexactNumber(parsed(text));
      return number === undefined
        ? text
        : new Rejection('not_carried', `the number ${number.slice(0, 40)} is beyond a double`);
    },
    'equal as JSON, at most 100 levels; numbers beyond a double are parked',
    'partial',
  );
}

/** Null stands for a text that only the server can judge, such as one that is nested very deeply. */
function parsed(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

const maxUnsigned = 2n ** 64n - 1n;
const minSigned = -(2n ** 63n);

/** The first number that MySQL would alter. */
function inexactNumber(value: Json): string | undefined {
  if (value instanceof JsonNumber) return isExact(value.literal) ? undefined : value.literal;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of isObject(value) ? value.values() : value) {
    const found = inexactNumber(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isExact(literal: string): boolean {
  if (/^-?\d+$/.test(literal)) {
    const value = BigInt(literal);
    return value >= minSigned && value <= maxUnsigned;
  }
  const [given, kept] = [digitsOf(literal), digitsOf(String(Number(literal)))];
  return given !== undefined && kept !== undefined && JSON.stringify(given) === JSON.stringify(kept);
}

const noArray = new Rejection('not_carried', 'an array with bounds of its own has no equal in JSON');

export const arrays = ({ element }: ArrayType): Cast =>
  document(
    (text) => {
      const elements = parseArray(text, ',');
      return elements === undefined ? noArray : jsonOf(elements, element);
    },
    'as a JSON array, decimals and times as strings; arrays with bounds of their own are parked',
    'partial',
  );

/** The JSON text of an element. */
function jsonOf(value: Element, type: LogicalType): string {
  if (value === null) return 'null';
  if (typeof value !== 'string') return `[${value.map((one) => jsonOf(one, type)).join(',')}]`;
  switch (type.kind) {
    case 'boolean':
      return value === 't' || value === 'true' ? 'true' : 'false';
    case 'integer':
      return value;
    case 'float':
      return /^-?\d/.test(value) ? value : JSON.stringify(value);
    case 'json':
      return value;
    case 'array':
      return jsonOf(parseArray(value) ?? value, type.element);
    case 'composite':
      return objectOf(value, type) ?? JSON.stringify(value);
    default:
      return JSON.stringify(value);
  }
}

export const composites = (type: Composite): Cast =>
  document(
    (text): Encoded => objectOf(text, type) ?? new Rejection('wrong_type', 'expected the fields of a row type'),
    'as a JSON object; decimals and times as strings',
  );

function objectOf(text: string, { fields }: Composite): string | undefined {
  const values = parseComposite(text);
  if (values?.length !== fields.length) return undefined;
  return `{${fields.map(({ name, type }, at) => `${JSON.stringify(name)}:${jsonOf(values[at] ?? null, type)}`).join(',')}}`;
}

export const maps: Cast = document((text) => {
  const pairs = parseHstore(text);
  if (pairs === undefined) return new Rejection('wrong_type', 'expected the pairs of an hstore');
  return `{${[...pairs].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}, 'as a JSON object of strings');
