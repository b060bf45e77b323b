/** Rules and promises are cited by number: every number that is cited stands in the docs, and every one there is cited. */
import { describe, expect, test } from 'vitest';
import { filesIn, read } from './tree.ts';

const texts = filesIn('.')
  .filter((file) => /\.(ts|js|md|sql|sh|ya?ml)$/.test(file) && file !== 'CHANGELOG.md')
  .map((file) => ({ file, text: read(file) }));
const sources = texts.filter(({ file }) => !file.endsWith('.md'));
const tests = texts.filter(({ file }) => file.endsWith('.test.ts'));

/** The numbers of a list in a page: `1. **Nothing lost…`. */
const listedIn = (page: string): number[] =>
  [...read(page).matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));

/** `rule 12`, `(rules 12 and 14)`, `Rules 2, 18 and 20`; across the line breaks of a comment, too. */
function citedIn(text: string, word: 'rule' | 'promise'): number[] {
  const flat = text.replace(/\s+(?:\*|\/\/|#|--)? ?/g, ' ');
  return [...flat.matchAll(new RegExp(`\\b${word}s? ((?:\\d+(?:, | and | to )?)+)`, 'gi'))].flatMap(
    ([, numbers = '']) => [...numbers.matchAll(/\d+/g)].map(([number]) => Number(number)),
  );
}

/** Numbers in the name of a test or a suite. */
const namedIn = (text: string): number[] =>
  [...text.matchAll(/\b(?:test|describe\w*|suite|it)\b[^\n]*?\(rules? [\d, and]+\)/g)].flatMap(([name]) =>
    citedIn(name, 'rule'),
  );

test('the pages have their numbers', () => {
  expect(listedIn('docs/reference/rules.md').length).toBeGreaterThan(18);
  expect(listedIn('docs/reference/rules.md')).toEqual(expect.arrayContaining([25, 29, 30]));
  expect(listedIn('docs/reference/promises.md')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

describe.each([
  ['rule', 'docs/reference/rules.md'],
  ['promise', 'docs/reference/promises.md'],
] as const)('%s by %s', (word, page) => {
  const listed = listedIn(page);

  test(`every ${word} that is cited stands in ${page}`, () => {
    const unknown = texts.flatMap(({ file, text }) =>
      citedIn(text, word)
        .filter((number) => !listed.includes(number))
        .map((number) => `${file}: ${word} ${number}`),
    );
    expect(unknown).toEqual([]);
  });

  test(`every ${word} of ${page} is cited by code or tests`, () => {
    const cited = new Set(sources.flatMap(({ text }) => citedIn(text, word)));
    expect(listed.filter((number) => !cited.has(number))).toEqual([]);
  });
});

test('every rule has a test named after it', () => {
  const proven = new Set(tests.flatMap(({ text }) => namedIn(text)));
  expect(listedIn('docs/reference/rules.md').filter((rule) => !proven.has(rule))).toEqual([]);
});

test('citations are found alone, in lists, and across lines', () => {
  const text = 'a (rule 3), Rules 5, 7 and 8; promise\n * 4, promises 1 to 9';
  expect(citedIn(text, 'rule')).toEqual([3, 5, 7, 8]);
  expect(citedIn(text, 'promise')).toEqual([4, 1, 9]);
});
