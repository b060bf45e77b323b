import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces } from '../../test/pieces.ts';
import { type ScriptPart, type SplitterOptions, StatementSplitter } from './statement-splitter.ts';

/** The parts of a script that arrives in these pieces. */
function split(pieces: readonly string[], options?: SplitterOptions): ScriptPart[] {
  const splitter = new StatementSplitter(options);
  const found: ScriptPart[] = [];
  const take = (isLast: boolean) => {
    for (let part = splitter.next(isLast); part !== undefined; part = splitter.next(isLast)) found.push(part);
  };
  for (const piece of pieces) {
    splitter.push(piece);
    take(false);
  }
  take(true);
  return found;
}

const texts = (script: string) => split([script]).map(({ text }) => text);

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
  expect(split([script]).map(({ start }) => script.slice(start))).toEqual([script, 'select 2']);
});

test('a statement has the line of its first word, behind its comments', () => {
  const script = '-- a; b\n\nselect\n1; /* c\n */ select 2;\n  -- d\n  select 3';
  const found = split([script]).map(({ text, contentStart, line }) => [line, text.slice(contentStart)]);
  expect(found).toEqual([
    [3, 'select\n1'],
    [5, 'select 2'],
    [7, 'select 3'],
  ]);
});

test('a backslash escapes a quote in every string if the server says so, and else only behind E', () => {
  const script = String.raw`select 'a\';b'; select 2`;
  expect(split([script], { backslashEscapes: true }).map(({ text }) => text)).toEqual([
    String.raw`select 'a\';b'`,
    'select 2',
  ]);
  expect(split([script])).toHaveLength(2);
  expect(split([script])[0]?.text).toBe(String.raw`select 'a\'`);
});

test('a command of psql ends with its line, and is part of a statement that has begun', () => {
  const script = '\\restrict a;b\r\nselect 1;\n  \\c x\nselect \\gset;';
  expect(split([script], { psqlCommands: true }).map(({ kind, text }) => [kind, text])).toEqual([
    ['psql-command', '\\restrict a;b'],
    ['statement', 'select 1'],
    ['psql-command', '\\c x'],
    ['statement', 'select \\gset'],
  ]);
});

/** Beginnings, ends and contents of every kind of token. */
const fragments = [
  ...[
    'a',
    'E',
    'é',
    '1',
    ' ',
    '\n',
    '\r\n',
    ';',
    "'",
    "''",
    '"',
    '\\',
    '$',
    '$$',
    '$x$',
    '$é$',
    '(',
    ')',
    '-',
    '--',
    '/',
    '/*',
  ],
  ...['*', '*/', 'create function ', 'begin ', 'case ', 'end ', "E'", 'select 1;'],
];
const scripts = fc.array(fc.constantFrom(...fragments), { maxLength: 40 }).map((parts) => parts.join(''));

test('a script is split the same, whatever pieces it arrives in', () => {
  const property = fc.property(scripts, fc.array(fc.nat(5), { maxLength: 60 }), fc.boolean(), (script, sizes, psql) => {
    const options = { psqlCommands: psql };
    expect(split(inPieces(script, sizes), options)).toEqual(split([script], options));
  });
  fc.assert(property, { numRuns: 2000 });
});

test('only white space and comments are between the statements of a script', () => {
  const property = fc.property(scripts, (script) => {
    let end = 0;
    for (const { text, start } of split([script])) {
      expect(script.slice(start, start + text.length)).toBe(text);
      expect(start).toBeGreaterThanOrEqual(end);
      expect(split([script.slice(end, start)])).toEqual([]);
      end = start + text.length;
    }
    expect(split([script.slice(end)])).toEqual([]);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('a long statement is split in linear time, in one piece and in many', () => {
  const script = `insert into t values ('${'x'.repeat(4_000_000)}'); select 2`;
  expect(texts(script)).toHaveLength(2);
  const pieces = Array.from({ length: Math.ceil(script.length / 500) }, (_, index) =>
    script.slice(index * 500, (index + 1) * 500),
  );
  const started = performance.now();
  expect(split(pieces)).toHaveLength(2);
  // 8,000 pieces: each one scanned again would be 16 billion characters.
  expect(performance.now() - started).toBeLessThan(5_000);
});
