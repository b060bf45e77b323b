import { expect, test } from 'vitest';
import type { Column, ColumnKind } from '../../engines/sql-session.ts';
import { shorten } from '../output/table.ts';
import { visible } from './cell.ts';
import { csvLine } from './csv.ts';
import { jsonRows } from './json.ts';
import { view } from './view.ts';

const column = (name: string, kind: ColumnKind = 'text'): Column => ({ name, kind });

test('CSV quotes cells where needed, and distinguishes NULL from the empty text', () => {
  expect(csvLine(['a', 'b,c', 'say "x"', 'two\nlines', ' padded', null, ''])).toBe(
    'a,"b,c","say ""x""","two\nlines"," padded",,""\r\n',
  );
});

test('CSV quotes texts with a special meaning: the end of the data for psql, NULL for others', () => {
  expect(csvLine(['\\.'])).toBe('"\\."\r\n');
  expect(csvLine(['\\N', 'a\\.', '\ufeffid'])).toBe('"\\N",a\\.,"\ufeffid"\r\n');
});

test('JSON keeps every digit and every column', () => {
  const row = jsonRows([
    column('id', 'exact'),
    column('n', 'exact'),
    column('i', 'integer'),
    column('f', 'float'),
    column('ok', 'boolean'),
  ]);
  expect(row(['9223372036854775807', '1.50', '7', '0.1', 't'])).toBe(
    '{"id":"9223372036854775807","n":"1.50","i":7,"f":0.1,"ok":true}',
  );
  expect(row([null, 'NaN', null, 'Infinity', 'f'])).toBe('{"id":null,"n":"NaN","i":null,"f":"Infinity","ok":false}');
  const same = jsonRows([column('a'), column('a'), column('a_2'), column('j', 'json')]);
  expect(same(['1', '2', '3', '{"x":\n 1}'])).toBe('{"a":"1","a_3":"2","a_2":"3","j":{"x":  1}}');
});

test('data cannot control the terminal', () => {
  expect(visible('a\x1b[31mb\r\n\t\u202eevil')).toBe('a\\u001b[31mb\\r\\n\\t\\u202eevil');
  expect(visible('İstanbul, 東京 👍')).toBe('İstanbul, 東京 👍');
});

test('a cell is shortened to a number of terminal columns', () => {
  expect(shorten('abcdef', 6)).toBe('abcdef');
  expect(shorten('abcdefg', 6)).toBe('abcde…');
  expect(shorten('東京都庁', 6)).toBe('東京…');
});

const head = [column('id', 'exact'), column('text')];

test('without a terminal cells are complete, numbers are right-aligned and NULL is marked', () => {
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

test('a result that fits the terminal is shown as a table', () => {
  expect(view(head, [['1', 'x'.repeat(26)]], 30)).toEqual([
    'id  text',
    `──  ${'─'.repeat(26)}`,
    ` 1  ${'x'.repeat(26)}`,
  ]);
});

test('a result wider than the terminal is shown row by row, and no value is cut', () => {
  const lines = view(head, [['1', `${'x'.repeat(30)}東京`]], 30);
  expect(lines).toEqual([
    `── row 1 ${'─'.repeat(21)}`,
    'id    1',
    `text  ${'x'.repeat(24)}`,
    `      ${'x'.repeat(6)}東京`,
  ]);
  expect(view([column('name'), column('n')], [[null, '']], 4)[1]).toBe('n…  ∅');
});
