/** Proves that no two tables have the same name, and that a name is parsed back into its table. */
import { expect, test } from 'vitest';
import { parseTableName, tableName } from './table-name.ts';

const identifiers = ['a', 'A', 'a.b', '"', '""', 'a"b', '"a"', '.', 'a b', 'ä', `'`, '\\', 'a"."b', '"a.b', '\n'];
const tables = identifiers.flatMap((schema) => identifiers.map((name) => ({ schema, name })));

test('a name is parsed back into its table', () => {
  for (const table of tables) expect(parseTableName(tableName(table))).toEqual(table);
});

test('no two tables have the same name', () => {
  expect(new Set(tables.map(tableName)).size).toBe(tables.length);
});

test.each([
  ['public.users', 'public', 'users'],
  ['Public.Users', 'Public', 'Users'],
  ['a.b.c', 'a', 'b.c'],
  ['"a.b".c', 'a.b', 'c'],
  ['"a"."b"', 'a', 'b'],
  ['a."b""c"', 'a', 'b"c'],
])('the name %s is parsed', (text, schema, name) => {
  expect(parseTableName(text)).toEqual({ schema, name });
});

test.each(['users', '.users', 'public.', '"public.users', '"".a', 'a.""', '"a"b.c', 'a."b"c', ''])(
  '%j is rejected as the name of a table',
  (text) => {
    expect(parseTableName(text)).toBeUndefined();
  },
);
