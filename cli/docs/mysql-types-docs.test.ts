/** Proves that the page of types matches the cast table. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { typesPage, withTypes } from './mysql-types-docs.ts';

test('the page of types in MySQL is the one that `npm run docs` writes', () => {
  const page = readFileSync(new URL(`../../${typesPage}`, import.meta.url), 'utf8');
  expect(withTypes(page)).toBe(page);
});
