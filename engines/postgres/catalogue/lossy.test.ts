/** Proves which columns need no `exactly`, which costs time. */
import { expect, test } from 'vitest';
import { lossy } from './lossy.ts';

test.each([
  ['numeric', 'double precision'],
  ['numeric(12,2)', 'numeric(12,2)'],
  ['numeric(14,3)', 'numeric(12,2)'],
  // The server itself refuses values with too many digits before the point.
  ['numeric(4,2)', 'numeric(12,2)'],
  ['numeric(12,2)', 'bigint'],
  ['numeric(12,2)', 'money'],
  ['integer', 'bigint'],
  ['integer', undefined],
  ['integer', 'numeric(10,0)'],
  ['real', 'real'],
  ['real', undefined],
  ['double precision', 'real'],
  ['double precision', 'integer'],
  ['timestamp without time zone', undefined],
  ['timestamp with time zone', 'timestamp(3) with time zone'],
  ['timestamp(3) without time zone', 'timestamp(3) without time zone'],
  ['timestamp(3) without time zone', 'timestamp(0) with time zone'],
  ['date', 'date'],
  ['date', undefined],
  ['interval', 'interval day to second(3)'],
  ['character varying', 'text'],
  ['character varying(20)', 'character varying(9)'],
  ['character varying(20)', 'character(20)'],
  ['character(20)', 'character(3)'],
  ['bit varying(9)', 'bit(9)'],
  ['bit(9)', 'bit(9)'],
  ['name', 'name'],
  ['text', 'name'],
  ['text', 'text[]'],
  ['jsonb', 'json'],
  ['uuid', undefined],
  ['public.mood', 'text'],
  // User-defined types with the names of built-in ones.
  ['s.money', undefined],
  ['s.bit', 'text'],
  ['public.interval', undefined],
  ['text[]', undefined],
  ['numeric(10,2)[]', 'numeric(10,2)[]'],
])('%s accepts every value of %s, or the server refuses it', (baseType, source) => {
  expect(lossy({ baseType }, source)).toBe(false);
});
