import { expect, test } from 'vitest';
import { policies } from './policy.ts';

test('policies for all columns, for single columns and for schemas are distinguished', () => {
  expect(
    policies(
      'onNaN=null, uuid=text,public.orders.price.onNaN=park,public.orders.price.onInfinity=limit,schemas=merge,schemas.sales=shop',
    ),
  ).toEqual({
    policies: {
      all: { onNaN: 'null', uuid: 'text' },
      columns: { 'public.orders.price': { onNaN: 'park', onInfinity: 'limit' } },
    },
    schemas: { mode: 'merge', databases: { sales: 'shop' } },
  });
});

test.each([
  '',
  'onNaN',
  'onNaN=limit',
  'nan=null',
  'orders.price.onNaN=null',
  'schemas=one',
  'schemas.=x',
  'public.a.b.uuid=text,',
])('%j is refused with the expected form', (text) => {
  expect(() => policies(text)).toThrow(/^expected onNaN=park\|null, .* or schemas\.NAME=DATABASE, got '/);
});
