import { expect, test } from 'vitest';
import { quoted, quotedTable, readable } from './identifiers.ts';

test('an identifier is always quoted for statements that run', () => {
  expect(quoted('id')).toBe('"id"');
  expect(quoted('a"b.c')).toBe('"a""b.c"');
  expect(quotedTable({ schema: 'public', name: 'My Table' })).toBe('"public"."My Table"');
});

test.each([
  ['users', 'users'],
  ['_a1', '_a1'],
  ['user', '"user"'],
  ['order', '"order"'],
  ['ordered', 'ordered'],
  ['current_user', '"current_user"'],
  ['Users', '"Users"'],
  ['1st', '"1st"'],
  ['a b', '"a b"'],
  ['a"b', '"a""b"'],
  ['größe', '"größe"'],
])('readable writes %s as %s', (name, text) => {
  expect(readable(name)).toBe(text);
});
