/** Generates the table of types in the docs from the cast table. `npm run docs` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { LogicalType } from '../../engines/types/logical-type.ts';
import { defaultPolicies, policiesFor } from '../../engines/types/policies.ts';
import type { CastTarget, Flavor } from '../../engines/types/to-mysql/cast.ts';
import { castToMysql } from '../../engines/types/to-mysql/column-cast.ts';

/** The documentation page. */
export const typesPage = 'docs/reference/types-in-mysql.md';

const start = '<!-- types: made by `npm run docs` -->';
const end = '<!-- /types -->';

const int: LogicalType = { kind: 'integer', bits: 32, unsigned: false };

/** Every logical type, as PostgreSQL declares it. */
const shown: readonly (readonly [declared: string, type: LogicalType])[] = [
  ['boolean', { kind: 'boolean' }],
  ['smallint', { kind: 'integer', bits: 16, unsigned: false }],
  ['integer, serial', int],
  ['bigint, bigserial', { kind: 'integer', bits: 64, unsigned: false }],
  ['oid', { kind: 'integer', bits: 32, unsigned: true }],
  ['numeric(12,2)', { kind: 'decimal', precision: 12, scale: 2 }],
  ['numeric', { kind: 'decimal', precision: null, scale: 0 }],
  ['money', { kind: 'money' }],
  ['real', { kind: 'float', bits: 32 }],
  ['double precision', { kind: 'float', bits: 64 }],
  ['text, citext', { kind: 'text', limit: null, padded: false }],
  ['varchar(20)', { kind: 'text', limit: 20, padded: false }],
  ['char(5)', { kind: 'text', limit: 5, padded: true }],
  ['bytea', { kind: 'bytes', limit: null }],
  ['bit(8)', { kind: 'bits', length: 8, varying: false }],
  ['bit varying', { kind: 'bits', length: null, varying: true }],
  ['date', { kind: 'date' }],
  ['time', { kind: 'time', precision: 6, zoned: false }],
  ['time with time zone', { kind: 'time', precision: 6, zoned: true }],
  ['timestamp', { kind: 'timestamp', precision: 6, zoned: false }],
  ['timestamp with time zone', { kind: 'timestamp', precision: 6, zoned: true }],
  ['interval', { kind: 'interval' }],
  ['uuid', { kind: 'uuid' }],
  ['json, jsonb', { kind: 'json', binary: true }],
  ['enum', { kind: 'enum', labels: ['a', 'b'] }],
  ['domain', { kind: 'other', name: 'domain' }],
  ['arrays', { kind: 'array', element: int }],
  ['row types', { kind: 'composite', fields: [{ name: 'a', type: int }] }],
  ['hstore', { kind: 'map' }],
  ['inet, ranges, xml, ltree, geometry, all others', { kind: 'other', name: 'the type' }],
];

const marks = { exact: 'exact', policy: 'exact but for the policy', partial: 'some values are parked' } as const;

function rowOf([declared, type]: (typeof shown)[number]): readonly string[] {
  if (declared === 'domain')
    return [declared, 'as its base type', '', 'as its base type', 'its CHECKs become those of the table'];
  const castFor = (flavor: Flavor) => {
    const target: CastTarget = { flavor, policies: defaultPolicies, keyLimit: null, digits: null };
    return castToMysql(type, target);
  };
  const [mariadb, mysql] = [castFor('mariadb'), castFor('mysql')];
  const policies = policiesFor(type).map((name) => `\`${name}\``);
  return [
    declared,
    `\`${mariadb.sqlType}\``,
    mysql.sqlType === mariadb.sqlType ? '' : `\`${mysql.sqlType}\``,
    marks[mysql.fidelity],
    [mysql.note, policies.length === 0 ? '' : `policies ${policies.join(', ')}`].filter(Boolean).join('; '),
  ];
}

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const heads = ['PostgreSQL', 'MariaDB', 'MySQL, if it differs', 'values', 'notes'];

/** Returns the page with the current table between its marks. Throws when the marks are missing. */
export function withTypes(text: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${typesPage} lacks ${start} and ${end}`);
  const table = [line(heads), line(heads.map(() => '---')), ...shown.map((one) => line(rowOf(one)))].join('\n');
  return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
}

if (process.argv[1] === import.meta.filename) {
  const file = new URL(`../../${typesPage}`, import.meta.url);
  writeFileSync(file, withTypes(readFileSync(file, 'utf8')));
}
