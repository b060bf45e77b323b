/** Proves that tables line up, whatever stands in them. */
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

test('columns are as wide as their widest cell; numbers stand to the right; nothing trails', () => {
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

test('a column that is not all numbers stands to the left', () => {
  expect(table(['n'], [[1], ['many']])).toEqual(['n', '────', '1', 'many']);
});

test('without rows there is the head', () => {
  expect(table(['a', 'bc'], [])).toEqual(['a  bc', '─  ──']);
});

test('a table that has to fit shortens its widest cells, and none below its head', () => {
  const lines = fittedTable(['code', 'for example'], [['too_long', 'x'.repeat(90)]], 40);
  expect(lines.at(-1)).toBe(`too_long  ${'x'.repeat(29)}…`);
  expect(fittedTable(['a', 'bc'], [['1', '2']], 1)).toEqual(['a  bc', '─  ──', '1  2']);
});
