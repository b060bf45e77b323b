/** Proves that every rule of docs/7-rules.md has a test named after it: nobody loses one without noticing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = [
  'adapters',
  'cli',
  'engines',
  'formats',
  'pipeline',
  'schemas',
  'services',
  'simulator',
  'stack',
  'test',
  'udfs',
];
const page = readFileSync(join(root, 'docs/7-rules.md'), 'utf8');
const rules = [...page.matchAll(/^(\d+)\. \*\*.*(?:\n {3,}.*)*/gm)]
  .filter(([text]) => !text.includes('*(with replication)*'))
  .map(([, number]) => Number(number));

/** `(rule 12)` and `(rules 12 and 14)` in the name of a test or a suite. */
function rulesIn(text: string): number[] {
  const names = [...text.matchAll(/\b(?:test|describe\w*|suite)\b[^\n]*?\(rules? ([\d, and]+)\)/g)];
  return names.flatMap(([, numbers = '']) => [...numbers.matchAll(/\d+/g)].map(Number));
}

test('the page has its rules', () => {
  expect(rules.length).toBeGreaterThan(18);
});

test('every rule has a test named after it', () => {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
  );
  const tests = files.filter((file) => file.endsWith('.test.ts'));
  const proven = new Set(tests.flatMap((file) => rulesIn(readFileSync(file, 'utf8'))));
  expect(rules.filter((rule) => !proven.has(rule))).toEqual([]);
});
