import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from './fold.ts';

test.each([
  ['  Trinidad & Tobago ', 'trinidad and tobago'],
  ['TRINIDAD  AND\u00a0TOBAGO', 'trinidad and tobago'],
  ['Côte d’Ivoire', 'cote divoire'],
  ['U.S.A.', 'usa'],
  ['Österreich', 'osterreich'],
  ['Łódź', 'lodz'],
  ['İstanbul', 'istanbul'],
  ['ISPARTA', 'isparta'],
  ['Korea, Republic of', 'korea republic of'],
  ['日本', '日本'],
  ['...', ''],
])('%j folds to %j', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

test('folding a folded text changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => fold(fold(text)) === fold(text)),
    { numRuns: 2000 },
  );
});
