/**
 * Values of every PostgreSQL type: ordinary, extreme and odd ones. `parked` ones have no equal in MySQL and MariaDB. Each test of
 * a path into these servers runs all of them.
 */

import { isDeepStrictEqual } from 'node:util';

/** A type with values in PostgreSQL's SQL. */
export type TypeCase = {
  /** The column's type in DDL. */
  readonly type: string;
  /** Values that must arrive equal. */
  readonly kept: readonly string[];
  /** Values that MariaDB keeps equal, and that must be parked for MySQL. */
  readonly onlyInMariadb?: readonly string[];
  /** Values that must be parked. */
  readonly parked?: readonly string[];
  /** How the texts of both sides are compared; as they are without it. `fraction` ignores zeros at its end. */
  readonly compare?: 'fraction' | 'float4' | 'float8' | 'json';
  /** How to read the column in MariaDB and MySQL, as text by default; `?` is the column. */
  readonly read?: string;
  /** How to read the column in PostgreSQL as the text that the target should have; `?` is the column. */
  readonly source?: string;
};

/** Statements that make the types that are not built in. */
export const typeSetup = `
  create extension if not exists hstore;
  create type mood as enum ('sad', 'o''k', 'a,b', '', 'A', 'a', 'ü');
  create type padded as enum ('x ', 'y');
  create type face as enum ('😀', '😂');
  create type pair as (n int, "a b" text, at date);
  create domain price as numeric(8,2) check (value >= 0);
`;

const allCases: readonly TypeCase[] = [
  { type: 'boolean', kept: ['true', 'false', 'null'], source: '?::int' },
  { type: 'smallint', kept: ['-32768', '32767', '0'] },
  { type: 'integer', kept: ['-2147483648', '2147483647'] },
  { type: 'bigint', kept: ['-9223372036854775808', '9223372036854775807', '9007199254740993'] },
  { type: 'oid', kept: ['0', '4294967295'] },
  {
    type: 'numeric(65,30)',
    compare: 'fraction',
    kept: [
      "'12345678901234567890123456789012345.123456789012345678901234567891'",
      '0',
      '-0.000000000000000000000000000001',
    ],
    parked: ["'NaN'"],
  },
  { type: 'numeric(12,3)', compare: 'fraction', kept: ['1.26', '-999999999.999', '0.001'], parked: ["'NaN'"] },
  { type: 'numeric(2,-3)', compare: 'fraction', kept: ['99000', '-1000'] },
  { type: 'numeric(3,5)', compare: 'fraction', kept: ['0.00999'] },
  {
    type: 'numeric',
    kept: ['1.5', '-12345678901234567890', '1e20', '0.000000000000000000000000000001'],
    parked: ["'NaN'", "'Infinity'", "'-Infinity'", "'1e70'", "'1e-31'"],
    compare: 'fraction',
  },
  {
    type: 'real',
    kept: ['1.1', '3.4028235e38', '-3.4028235e38', '1.1754944e-38', '0.1', '16777217', '0'],
    parked: ["'NaN'", "'Infinity'", "'-Infinity'"],
    compare: 'float4',
    read: '? + 0e0',
  },
  {
    type: 'double precision',
    kept: [
      '0.1',
      '1.7976931348623157e308',
      '-1.7976931348623157e308',
      '2.2250738585072014e-308',
      '9007199254740993',
      '1e22',
    ],
    parked: ["'NaN'", "'Infinity'", "'-Infinity'"],
    compare: 'float8',
    read: '? + 0e0',
  },
  {
    type: 'text',
    kept: [
      "''",
      "'a '",
      "' a'",
      "'A'",
      "E'tab\\t nl\\n cr\\r bs\\\\ q'''",
      "'\\N'",
      "'NULL'",
      "'😀 ü'",
      "repeat('x', 70000)",
      "E'\\x01\\x1a'",
      "E'\\f\\v'",
    ],
  },
  { type: 'varchar(5)', kept: ["'ab  '", "'😀😀😀😀😀'", "''"] },
  { type: 'char(5)', kept: ["'ab'", "'ab  '", "''", "'😀'"], source: "rtrim(?::text, ' ')" },
  { type: 'char(300)', kept: ["'ab'"], source: "rtrim(?::text, ' ')" },
  { type: 'name', kept: ["'a name'"] },
  { type: '"char"', kept: ["'x'"] },
  {
    type: 'bytea',
    kept: ["'\\x00ff0a0d5c27'", "''", "decode(repeat('00', 70000), 'hex')"],
    read: "concat('\\\\x', lower(hex(?)))",
  },
  { type: 'bit(3)', kept: ["b'101'", "b'000'"], read: 'lpad(bin(?), 3, 0)' },
  { type: 'bit(64)', kept: ['~0::bit(64)', '1::bit(64)'], read: 'lpad(bin(?), 64, 0)' },
  { type: 'bit(70)', kept: ["repeat('01', 35)::bit(70)"] },
  { type: 'bit varying', kept: ["b''", "b'0001'"] },
  {
    type: 'date',
    kept: ["'0001-01-01'", "'9999-12-31'", "'2024-02-29'", "'1582-10-10'"],
    parked: ["'0001-12-31 BC'", "'10000-01-01'", "'infinity'", "'-infinity'"],
  },
  { type: 'time', kept: ["'00:00'", "'23:59:59.999999'", "'24:00'"], compare: 'fraction' },
  { type: 'timetz', kept: ["'12:34:56.789+05:30'", "'24:00+00'"] },
  {
    type: 'timestamp',
    kept: ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'2024-02-29 12:00:00.5'", "'1970-01-01 00:00:00'"],
    parked: ["'4713-01-01 BC'", "'infinity'", "'-infinity'", "'294276-12-31'"],
    compare: 'fraction',
  },
  {
    type: 'timestamptz',
    kept: ["'2038-01-19 03:14:08+00'", "'2024-03-31 02:30:00.123456+02'", "'0001-01-02 00:00:00+00'"],
    parked: ["'infinity'", "'0001-01-01 00:00:00+00 BC'", "'10000-01-01 00:00:00+00'"],
    compare: 'fraction',
    source: "(? at time zone 'UTC')::text",
  },
  { type: 'timestamp(0)', kept: ["'2024-01-01 00:00:00'"], compare: 'fraction' },
  {
    type: 'interval',
    kept: ["'0'", "'1 year 2 mons -3 days 04:05:06.789'", "'-00:00:00.000001'", "'178000000 years'"],
    source: '?',
  },
  {
    type: 'uuid',
    kept: [
      "'00000000-0000-0000-0000-000000000000'",
      "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a00'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    ],
  },
  {
    type: 'json',
    kept: [`'{"a": [1, 2.50, null], "b": "x"}'`, "'null'", `'"\\u00e9"'`],
    onlyInMariadb: ["'1e400'"],
    compare: 'json',
  },
  {
    type: 'jsonb',
    kept: [`'{"b": 1, "a": {"c": []}}'`, "'true'"],
    onlyInMariadb: ["'12345678901234567890.123'"],
    compare: 'json',
  },
  { type: 'mood', kept: ["'sad'", "'o''k'", "'a,b'", "''", "'A'", "'a'", "'ü'"] },
  { type: 'padded', kept: ["'x '", "'y'"] },
  // ENUM would make both labels question marks.
  { type: 'face', kept: ["'😀'", "'😂'"] },
  { type: 'price', compare: 'fraction', kept: ['12.50'] },
  {
    type: 'integer[]',
    kept: ["'{1,NULL,-3}'", "'{}'", "'{{1,2},{3,4}}'"],
    parked: ["'[0:1]={1,2}'"],
    source: 'to_jsonb(?)',
    compare: 'json',
  },
  {
    type: 'text[]',
    kept: [`'{"a,b",NULL,"NULL","q\\"uote","back\\\\\\\\slash",""}'`],
    source: 'to_jsonb(?)',
    compare: 'json',
  },
  { type: 'boolean[]', kept: ["'{t,f}'"], source: 'to_jsonb(?)', compare: 'json' },
  { type: 'jsonb[]', kept: [`array['{"a": 1}'::jsonb, 'null']`], source: 'to_jsonb(?)', compare: 'json' },
  {
    type: 'pair',
    kept: [`row(1, 'a "b", (c)', '2024-01-01')::pair`, 'row(null, null, null)::pair', "row(1, '', null)::pair"],
    compare: 'json',
    source: 'to_jsonb(?)',
  },
  { type: 'hstore', kept: [`'"a b"=>"1", c=>NULL, d=>"NULL"'`, "''"], source: 'hstore_to_json(?)', compare: 'json' },
  { type: 'money', kept: ["'1234.56'", "'-0.01'"], compare: 'fraction', source: '?::numeric' },
  { type: 'inet', kept: ["'10.0.0.1/8'", "'::1'"], source: "format('%s', ?)" },
  { type: 'cidr', kept: ["'10.0.0.0/8'"] },
  { type: 'macaddr', kept: ["'08:00:2b:01:02:03'"] },
  { type: 'xml', kept: ["'<a>&lt;</a>'"] },
  { type: 'point', kept: ["'(1.5,-2)'"] },
  { type: 'polygon', kept: ["'((0,0),(1,1),(1,0))'"] },
  { type: 'int4range', kept: ["'[1,5)'", "'empty'", "'(,)'"] },
  { type: 'tstzrange', kept: ["'[2024-01-01 00:00:00+00,)'"] },
  { type: 'nummultirange', kept: ["'{[1,2),[5,6)}'"] },
  { type: 'tsvector', kept: [`'a:1 ''b c'':2'`] },
  { type: 'tsquery', kept: ["'a & !b'"] },
  { type: 'jsonpath', kept: ["'$.a[*]'"] },
  { type: 'pg_lsn', kept: ["'16/B374D848'"] },
];

/** The cases of a server. */
export const typeCases = (flavor: 'mariadb' | 'mysql') =>
  allCases.map(({ kept, parked = [], onlyInMariadb = [], ...one }) => ({
    ...one,
    kept: flavor === 'mariadb' ? [...kept, ...onlyInMariadb] : kept,
    parked: flavor === 'mariadb' ? parked : [...parked, ...onlyInMariadb],
  }));

/** Whether the texts of both sides are the same value. */
export function equalTexts(compare: TypeCase['compare'], a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  switch (compare) {
    case 'fraction':
      return withoutZeros(a) === withoutZeros(b);
    case 'float4':
      return Object.is(Math.fround(Number(a)), Math.fround(Number(b)));
    case 'float8':
      return Object.is(Number(a), Number(b));
    case 'json':
      return isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
    default:
      return a === b;
  }
}

/** Without zeros at the end of a fraction. */
const withoutZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
