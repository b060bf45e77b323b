import { expect, it } from 'vitest';
import { chooseTables, type SourceTable } from './source-tables.ts';

const table = (schema: string, name: string, isUnlogged = false): SourceTable => ({
  oid: 0,
  schema,
  table: name,
  hasKey: true,
  identity: 'default',
  isParent: false,
  isPartitioned: false,
  isUnlogged,
  isRowSecured: false,
  owned: true,
  readable: true,
  weak: [],
});
const tables = [
  table('public', 'users'),
  table('public', 'user_log'),
  table('public', 'cache', true),
  table('shop', 'users'),
];
const names = (list: string) => chooseTables(list, tables).chosen.map((one) => `${one.schema}.${one.table}`);

it.each([
  ['public.*', ['public.users', 'public.user_log']],
  ['users', ['public.users']],
  ['public.user*, shop.users', ['public.users', 'public.user_log', 'shop.users']],
  ['*.users', ['public.users', 'shop.users']],
  ['public.users,users', ['public.users']],
  ['public.cache', ['public.cache']],
  ['public.user.', []],
])('chooseTables expands %s', (list, expected) => {
  expect(names(list)).toEqual(expected);
});

it('returns the parts that name no table', () => {
  expect(chooseTables('users,nothing,shop.x*', tables).unknown).toEqual(['public.nothing', 'shop.x*']);
});
