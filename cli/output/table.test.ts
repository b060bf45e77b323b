/** Proves that tables line up for any content. */
import { expect, test } from 'vitest';
import { fittedTable, table, width } from './table.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['東京', 4],
  ['한국', 4],
  ['ｆｕｌｌ', 8],
  ['😀', 2],
  ['Ω', 1],
])('%s takes %i columns', (text, columns) => {
  expect(width(text)).toBe(columns);
});

test('columns are as wide as their widest cell; numbers are right-aligned; lines have no trailing spaces', () => {
  expect(
    table(
      ['city', 'users', 'note'],
      [
        ['東京', 7, 'x'],
        ['Oslo', 12_345n, null],
      ],
    ),
  ).toEqual(['city  users  note', '────  ─────  ────', '東京      7  x', 'Oslo  12345']);
});

test('a column with a text is left-aligned', () => {
  expect(table(['n'], [[1], ['many']])).toEqual(['n', '────', '1', 'many']);
});

test('a table without rows has its header', () => {
  expect(table(['a', 'bc'], [])).toEqual(['a  bc', '─  ──']);
});

test('a table with a width limit shortens its widest cells, but no column below its header', () => {
  const lines = fittedTable(['code', 'for example'], [['too_long', 'x'.repeat(90)]], 40);
  expect(lines.at(-1)).toBe(`too_long  ${'x'.repeat(29)}…`);
  expect(fittedTable(['a', 'bc'], [['1', '2']], 1)).toEqual(['a  bc', '─  ──', '1  2']);
});
