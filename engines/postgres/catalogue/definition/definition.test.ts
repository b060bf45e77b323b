/** Proves that two spellings of one type are equal, and that different types are not. */
import { expect, test } from 'vitest';
import { isSameType } from './definition.ts';

test.each([
  ['public.st', 'st'],
  ['"Odd Schema"."Mood"', 'Mood'],
  ['"with.dot".st[]', 'st[]'],
  ['numeric(5)', 'numeric(5,0)'],
  ['character(1)', 'bpchar(1)'],
  ['character varying(20)', 'varchar(20)'],
])('%s is the same type as %s', (one, other) => {
  expect(isSameType(one, other)).toBe(true);
  expect(isSameType(other, one)).toBe(true);
});

test.each([
  ['public.st', 'public.status'],
  ['st', 'st[]'],
  ['numeric(5,1)', 'numeric(5,2)'],
])('%s is not the same type as %s', (one, other) => {
  expect(isSameType(one, other)).toBe(false);
});
