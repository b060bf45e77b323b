import { expect, test } from 'vitest';
import type { LogicalType } from '../../../types/logical-type.ts';
import { type ScopeColumns, translate } from './translate.ts';

const types: { readonly [name: string]: LogicalType } = {
  i: { kind: 'integer', bits: 32, unsigned: false },
  big: { kind: 'integer', bits: 64, unsigned: false },
  oid: { kind: 'integer', bits: 32, unsigned: true },
  n: { kind: 'decimal', precision: 8, scale: 2 },
  any_n: { kind: 'decimal', precision: null, scale: 0 },
  f4: { kind: 'float', bits: 32 },
  f8: { kind: 'float', bits: 64 },
  t: { kind: 'text', limit: null, padded: false },
  code: { kind: 'text', limit: 3, padded: true },
  b: { kind: 'boolean' },
  d: { kind: 'date' },
  ts: { kind: 'timestamp', precision: 6, zoned: false },
  tsz: { kind: 'timestamp', precision: 6, zoned: true },
  at: { kind: 'time', precision: 6, zoned: false },
  u: { kind: 'uuid' },
  mood: { kind: 'enum', labels: ['sad', 'ok'] },
  j: { kind: 'json', binary: true },
  ci: { kind: 'text', limit: null, padded: false },
};

const columns: ScopeColumns = new Map(
  Object.entries(types).map(([name, type]) => [
    name,
    { name, sql: `\`${name}\``, type, folding: name === 'ci', isPlain: true, refusal: null },
  ]),
);

const translated = (sql: string) => translate(sql, 'mariadb', columns);

test.each([
  ['(i > 0)', '(`i` > 0)'],
  ['((i >= 1) AND (i <= 5))', '((`i` >= 1) and (`i` <= 5))'],
  ['(NOT (b OR (i IS NULL)))', '(not (`b` or (`i` is null)))'],
  ['(b IS NOT TRUE)', '(`b` is not true)'],
  ['(b = true)', '(`b` = true)'],
  ["(n > ('-1'::integer)::numeric)", '(`n` > -1)'],
  ['((n * (2)::numeric) >= 0.05)', '((`n` * 2) >= 0.05)'],
  ['((i / 2) = (big % (7)::bigint))', '((`i` div 2) = (`big` % 7))'],
  ['((- i) < 0)', '((- `i`) < 0)'],
  ['(f8 >= (0)::double precision)', '(`f8` >= 0e0)'],
  ["(f4 > '0.5'::real)", '(`f4` > 0.5e0)'],
  ["((t)::text = 'a''b'::text)", "(`t` = 'a''b')"],
  ["(t <> E'a\\\\b'::text)", "(`t` <> 'a\\\\b')"],
  ["(code = 'AB '::bpchar)", "(`code` = 'AB')"],
  ["((code)::text = ANY (ARRAY['x'::text, 'y'::text]))", "(`code` in ('x', 'y'))"],
  ["((t)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))", "(`t` in ('x', 'y'))"],
  ['(t = ANY (\'{x,"y z"}\'::text[]))', "(`t` in ('x', 'y z'))"],
  ['(i <> ALL (ARRAY[1, 2]))', '(`i` not in (1, 2))'],
  ["(mood = 'ok'::public.mood)", "(`mood` = 'ok')"],
  ["(mood = ANY (ARRAY['ok'::public.mood, 'sad'::public.mood]))", "(`mood` in ('ok', 'sad'))"],
  ["((t || '-'::text) || (i)::text)", "concat(concat(`t`, '-'), concat(`i`))"],
  ["(t ~~ 'a%'::text)", "(`t` like 'a%')"],
  ["(t !~~ 'a_'::text)", "(`t` not like 'a_')"],
  ['(length(t) <= 10)', '(char_length(`t`) <= 10)'],
  ['("substring"(t, 1, 2) = upper(t))', '(substring(`t`, 1, 2) = upper(`t`))'],
  ['(COALESCE(i, 0) > 0)', '(coalesce(`i`, 0) > 0)'],
  ["(d >= '2020-01-01'::date)", "(`d` >= date'2020-01-01')"],
  ["(ts < '2020-01-01 10:00:00'::timestamp without time zone)", "(`ts` < timestamp'2020-01-01 10:00:00')"],
  ["(tsz < '2020-01-01 10:00:00+02'::timestamp with time zone)", "(`tsz` < timestamp'2020-01-01 08:00:00')"],
  ["(at > '09:00:00'::time without time zone)", "(`at` > time'09:00:00')"],
  ['((d)::timestamp without time zone < ts)', '(cast(`d` as datetime(6)) < `ts`)'],
  ['(EXTRACT(year FROM d) > (2000)::numeric)', '(extract(year from `d`) > 2000)'],
  ['(i IS DISTINCT FROM 3)', '(not (`i` <=> 3))'],
  ['CASE WHEN (i > 0) THEN t ELSE NULL::text END', '(case when (`i` > 0) then `t` else null end)'],
  ['(j IS NOT NULL)', '(`j` is not null)'],
  ['(abs(n) < 10.5)', '(abs(`n`) < 10.5)'],
])('%s becomes %s', (sql, expected) => {
  expect(translated(sql)).toMatchObject({ sql: expected });
});

test.each([
  ["(t > 'a'::text)", 'orders texts by the collation of the source'],
  ["(ci = 'a'::text)", "the collation of 'ci' takes different texts for equal"],
  ['((i / i) > 0)', 'a division by zero is an error at the source, and NULL in MySQL'],
  ['((n / (2)::numeric) > (0)::numeric)', 'quotients of numeric have other digits in MySQL'],
  ['((any_n * any_n) > (0)::numeric)', 'a product of numeric without precision'],
  ['((oid - oid) > 0)', 'arithmetic of oid would be unsigned'],
  ["(f4 > '0.1'::real)", '0.1 is not exact in single precision'],
  ["(t ~ '^a'::text)", "regular expressions ('~') differ"],
  ["(t ~~* 'a'::text)", "the operator '~~*' is not supported"],
  ["(t ~~ 'a\\_%'::text)", 'LIKE is carried only with a constant pattern without backslashes'],
  ['(t ~~ t)', 'LIKE is carried only with a constant pattern without backslashes'],
  ['(code ~~ t)', 'LIKE is carried only'],
  ["((code || 'a'::bpchar) = 'a'::text)", 'the padding of character(n) counts here'],
  ["(mood > 'ok'::public.mood)", "'>' of enum has no equal"],
  ["(mood = 'other'::public.mood)", 'enum and public.mood are compared by other rules'],
  ['(GREATEST(i, 1) > 0)', 'the function greatest has no known equal'],
  ['public.is_valid(i)', 'the function public.is_valid has no known equal'],
  ["((j ->> 'a'::text) = 'b'::text)", "the operator '->>' is not supported"],
  ['((n)::integer > 0)', 'a cast from decimal to integer may have another result'],
  ['((t)::character varying(2) = t)', 'a cast from text to character varying may have another result'],
  ['((1.5)::integer = i)', '1.5 has more digits than its type'],
  ['(ts = tsz)', 'timestamp and timestamp are compared by other rules'],
  ["(d < 'infinity'::date)", "'infinity' has no equal in MySQL"],
  ['(now() > tsz)', 'the function now has no known equal'],
  ['(unknown > 0)', "'unknown' is not a column of the table"],
  ["(i = ANY (string_to_array('1'::text, ','::text)))", 'an array that is not a list of values has no equal'],
  ['(i > 0', 'the expression ends too early'],
  ['(i[1] > 0)', "'[' is not understood here"],
])('%s is not carried: %s', (sql, reason) => {
  expect(translated(sql)).toEqual({ reason: expect.stringContaining(reason) });
});

test('a difference that few data have is noted', () => {
  expect(translated('(lower(t) = t)')).toEqual({
    sql: '(lower(`t`) = `t`)',
    type: { kind: 'boolean' },
    notes: ["lower() follows the server's own tables for letters outside of ASCII"],
    columns: ['t'],
  });
});
