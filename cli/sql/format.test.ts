import { expect, test } from 'vitest';
import { shorten, visible } from './cell.ts';
import { csvLine } from './csv.ts';
import type { Column } from './execute.ts';
import { jsonRows } from './json.ts';
import { view } from './view.ts';

const column = (name: string, type = 25): Column => ({ name, type });

test('CSV quotes what needs it, and tells NULL from the empty text', () => {
  expect(csvLine(['a', 'b,c', 'say "x"', 'two\nlines', ' padded', null, ''])).toBe(
    'a,"b,c","say ""x""","two\nlines"," padded",,""\r\n',
  );
});

test('JSON keeps every digit and every column', () => {
  const row = jsonRows([column('id', 20), column('n', 1700), column('i', 23), column('f', 701), column('ok', 16)]);
  expect(row(['9223372036854775807', '1.50', '7', '0.1', 't'])).toBe(
    '{"id":"9223372036854775807","n":"1.50","i":7,"f":0.1,"ok":true}',
  );
  expect(row([null, 'NaN', null, 'Infinity', 'f'])).toBe('{"id":null,"n":"NaN","i":null,"f":"Infinity","ok":false}');
  const same = jsonRows([column('a'), column('a'), column('a_2'), column('j', 114)]);
  expect(same(['1', '2', '3', '{"x":\n 1}'])).toBe('{"a":"1","a_3":"2","a_2":"3","j":{"x":  1}}');
});

test('data cannot steer the terminal', () => {
  expect(visible('a\x1b[31mb\r\n\t\u202eevil')).toBe('a\\u001b[31mb\\r\\n\\t\\u202eevil');
  expect(visible('İstanbul, 東京 👍')).toBe('İstanbul, 東京 👍');
});

test('a cell is shortened by columns of the terminal', () => {
  expect(shorten('abcdef', 6)).toBe('abcdef');
  expect(shorten('abcdefg', 6)).toBe('abcde…');
  expect(shorten('東京都庁', 6)).toBe('東京…');
});

const head = [column('id', 20), column('text')];

test('without a terminal every cell is whole; numbers stand to the right; NULL is marked', () => {
  expect(
    view(
      head,
      [
        ['1', 'x'.repeat(50)],
        ['10', null],
        [null, ''],
      ],
      null,
    ),
  ).toEqual(['id  text', `──  ${'─'.repeat(50)}`, ` 1  ${'x'.repeat(50)}`, '10  ∅', ' ∅']);
});

test('on a terminal long cells are shortened until the table fits', () => {
  const lines = view(head, [['1', 'x'.repeat(50)]], 30);
  expect(lines.at(-1)).toBe(` 1  ${'x'.repeat(25)}…`);
});

test('too many columns for a terminal are shown one by one', () => {
  const wide = Array.from({ length: 8 }, (_, i) => column(`column_${i}`));
  const lines = view(wide, [wide.map(() => 'y'.repeat(40))], 40);
  expect(lines).toHaveLength(9);
  expect(lines[0]).toMatch(/^── row 1 ─+$/);
  expect(lines[1]).toBe(`column_0  ${'y'.repeat(29)}…`);
});
