import { expect, test } from 'vitest';
import { splitStatements } from './statements.ts';

const texts = (script: string) => splitStatements(script).map(({ text }) => text);

test.each([
  ['select 1', ['select 1']],
  ['select 1; select 2;', ['select 1', 'select 2']],
  [' ; ;; -- nothing\n /* at all; */ ', []],
  ["select ';', 'it''s;' ; select \"a;b\"\"\" from t", ["select ';', 'it''s;'", 'select "a;b""" from t']],
  [
    String.raw`select E'a\';b'; select 'a\'; select 2`,
    [String.raw`select E'a\';b'`, String.raw`select 'a\'`, 'select 2'],
  ],
  ['select $$a;b$$; select $x$;$y$;$x$', ['select $$a;b$$', 'select $x$;$y$;$x$']],
  ['select $1; select a$b$c; select 2', ['select $1', 'select a$b$c', 'select 2']],
  ['select 1 /* a; /* b; */ c; */; select 2 -- d;\n + 1', ['select 1 /* a; /* b; */ c; */', 'select 2 -- d;\n + 1']],
  [
    'create rule r as on insert to t do (select 1; select 2); select 3',
    ['create rule r as on insert to t do (select 1; select 2)', 'select 3'],
  ],
  [
    'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3',
    [
      'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end',
      'select 3',
    ],
  ],
  ['begin; update t set a = 1; end; select 1', ['begin', 'update t set a = 1', 'end', 'select 1']],
  ["select 'open; select 2", ["select 'open; select 2"]],
])('the script %j is split into its statements', (script, expected) => {
  expect(texts(script)).toEqual(expected);
});

test('a statement has its offset in the script', () => {
  const script = 'select 1;\n\n  select 2';
  expect(splitStatements(script).map(({ start }) => script.slice(start))).toEqual([script, 'select 2']);
});

test('a long script is split in linear time', () => {
  const script = `insert into t values ('${'x'.repeat(2_000_000)}'); select 2`;
  expect(texts(script)).toHaveLength(2);
});
