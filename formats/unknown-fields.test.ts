/** Proves that unknown fields are named, and that neither many names nor long ones fill the memory. */
import { expect, test } from 'vitest';
import { UnknownFields } from './unknown-fields.ts';

test('fields are counted by name, in the order of their first occurrence', () => {
  const unknown = new UnknownFields();
  for (const name of ['nick', 'age', 'nick', '__proto__']) unknown.note(name);
  unknown.note('age', 5);
  expect(unknown.total).toBe(9);
  expect(unknown.describe()).toBe('nick (2), age (6), __proto__ (1)');
});

test('names beyond the first 20 are counted together', () => {
  const unknown = new UnknownFields();
  for (let i = 0; i < 1000; i += 1) unknown.note(`field${i}`);
  unknown.note('field0');
  expect(unknown.names.length).toBe(20);
  expect(unknown.describe()).toMatch(/^field0 \(2\), field1 \(1\), .*, field19 \(1\), others \(980\)$/);
});

test('a long name is shortened for display and still counted as itself', () => {
  const unknown = new UnknownFields();
  const long = 'x'.repeat(10_000);
  unknown.note(`${long}a`);
  unknown.note(`${long}b`);
  expect(unknown.names).toEqual([
    [`${'x'.repeat(60)}…`, 1],
    [`${'x'.repeat(60)}…`, 1],
  ]);
});
