/** Proves that the page of errors matches the code, and that every code is in use. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes } from '../../pipeline/error-codes.ts';
import { filesIn, read } from '../../test/tree.ts';
import { errorsPage, withErrors } from './error-docs.ts';

test('the page of errors is the one that `npm run docs` writes', () => {
  const page = readFileSync(new URL(`../../${errorsPage}`, import.meta.url), 'utf8');
  expect(withErrors(page)).toBe(page);
});

test('every error code is raised somewhere', () => {
  const sources = filesIn('.').filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'pipeline/error-codes.ts',
  );
  const raised = new Set(sources.flatMap((file) => read(file).match(/'[a-z_0-9]+'/g) ?? []));
  expect(Object.keys(errorCodes).filter((code) => !raised.has(`'${code}'`))).toEqual([]);
});
