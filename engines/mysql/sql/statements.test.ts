/** Proves that scripts for MySQL and MariaDB are split where their statements end. */
import { expect, test } from 'vitest';
import { splitStatements } from './statements.ts';

const texts = (script: string) => splitStatements(script).map(({ text }) => text.trim());

test.each<[string, string, string[]]>([
  ['a semicolon', 'select 1; select 2;', ['select 1', 'select 2']],
  ['no semicolon at the end', 'select 1', ['select 1']],
  ['only white space and comments', ' ; -- a;\n # b;\n /* c; */ ;', []],
  ['quotes with a doubled quote', `select 'a;''b;'; select "c;""d;"`, [`select 'a;''b;'`, `select "c;""d;"`]],
  ['quotes with a backslash', String.raw`select 'a\';b'; select 2`, [String.raw`select 'a\';b'`, 'select 2']],
  ['names in backticks', 'select 1 as `a;``b`; select 2', ['select 1 as `a;``b`', 'select 2']],
  ['two minus signs that are no comment', 'select 1--1; select 2', ['select 1--1', 'select 2']],
  ['a comment that is code', '/*!40101 set @a = 1 */; select 2', ['/*!40101 set @a = 1 */', 'select 2']],
  [
    'another delimiter',
    'delimiter //\ncreate procedure p() begin select 1; end//\nDELIMITER ;\nselect 2;',
    ['create procedure p() begin select 1; end', 'select 2'],
  ],
])('statements end with %s', (_, script, expected) => {
  expect(texts(script)).toEqual(expected);
});

test('a statement knows its place in the script', () => {
  expect(splitStatements('select 1;\nselect 2')).toEqual([
    { text: 'select 1', start: 0 },
    { text: '\nselect 2', start: 9 },
  ]);
});
