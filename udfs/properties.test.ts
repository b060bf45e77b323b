/**
 * Properties of every enrichment function for every text. It never throws, and its value fits its column or is null. The same cells give
 * the same value on any host, independent of earlier calls. A normalised value is stable.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UserEvent } from '../schemas/user-event.ts';
import { enrichedColumns } from '../schemas/users-enriched.ts';
import { cpuMs } from '../test/cpu-time.ts';
import { clearCaches } from './memo.ts';
import { type EnrichedValue, enrichments } from './registry.ts';

type Row = Record<string, EnrichedValue>;

function enrich(event: UserEvent): Row {
  const row: Row = {};
  for (const { column, compute } of enrichments) row[column] = compute(event, row);
  return row;
}

/** Texts that are meaningful to a function, whole or in pieces, among arbitrary ones. */
const telling = fc.constantFrom(
  ...'Ada|Müller|N/A|null|-|Deutschland|USA|NA|840|Gemrany|日本|مصر|NY|Texas|Bayern|ENG|Paris|San José|Bir Tamtam|名古屋市|10115|SW1A 1AA|97861 CEDEX|0033 1 42 68 53 00|+49 30 901820|030 901820|(809) 234-3323|ada@gmail.com|a.d.a+x@googlemail.com|ada-x@yahoo.com|ada@cs.ox.ac.uk|jürgen@bücher.de|İ@x.com|Ada <ada@x.org>|a@b@c.com'.split(
    '|',
  ),
);
const any = fc.string({ unit: 'binary', maxLength: 300 });
const text = fc.oneof(
  telling,
  any,
  fc.tuple(telling, any).map(([a, b]) => a + b),
  fc.tuple(any, telling).map(([a, b]) => a + b),
);
const cell = fc.option(text, { freq: 8 });
const fields = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'address',
  'city',
  'state',
  'country',
  'postal_code',
] as const;
const bare: UserEvent = {
  id: '1',
  first_name: null,
  last_name: null,
  email: null,
  phone: null,
  address: null,
  city: null,
  state: null,
  country: null,
  postal_code: null,
  created_at: null,
  updated_at: null,
  source_system: null,
  cdc_operation: 'INSERT',
  cdc_timestamp: null,
  cdc_sequence: '1',
  cdc_source: null,
};
const events = fc
  .tuple(...fields.map(() => cell))
  .map(
    (cells): UserEvent => ({ ...bare, ...Object.fromEntries(fields.map((field, at) => [field, cells[at] ?? null])) }),
  );

const columns = new Map(enrichedColumns.map((column) => [column.name, column]));

/** Columns whose longest text depends on bounded cells, so that a value never has to be dropped. */
const neverTooLong = ['email_category', 'inferred_country', 'country_source', 'phone_e164'];

test('no text makes a function throw, and every value fits its column', () => {
  fc.assert(
    fc.property(events, (event) => {
      for (const [name, value] of Object.entries(enrich(event))) {
        const column = columns.get(name);
        if (column === undefined) throw new Error(`${name} is no column`);
        if (value === null) continue;
        expect(typeof value).toBe(column.type === 'boolean' ? 'boolean' : 'string');
        if (typeof value !== 'string') continue;
        expect(value).not.toBe('');
        if (neverTooLong.includes(name)) expect(value.length).toBeLessThanOrEqual(column.limit ?? 0);
      }
    }),
    { numRuns: 3000 },
  );
});

test('the same cells give the same values, independent of earlier calls', () => {
  fc.assert(
    fc.property(events, events, (one, other) => {
      const first = enrich(one);
      enrich(other);
      expect(enrich({ ...one })).toEqual(first);
      clearCaches();
      expect(enrich({ ...one })).toEqual(first);
    }),
    { numRuns: 500 },
  );
});

test('a normalised value is its own normal form', () => {
  fc.assert(
    fc.property(events, (event) => {
      const row = enrich(event);
      const { full_name: name, normalized_email: email, phone_e164: phone, inferred_country: country } = row;
      const again = enrich({
        ...bare,
        first_name: typeof name === 'string' ? name : null,
        email: typeof email === 'string' ? email : null,
        phone: typeof phone === 'string' ? phone : null,
        country: typeof country === 'string' ? country : null,
      });
      expect(again.full_name).toBe(name);
      expect(again.normalized_email).toBe(email);
      expect(again.phone_e164).toBe(phone);
      // The normalised phone may decide on a country that was undecided before.
      if (country !== null) expect(again.inferred_country).toBe(country);
      if (email !== null)
        expect(again).toMatchObject({ is_valid_email_flag: true, email_domain: String(email).split('@').at(-1) });
    }),
    { numRuns: 2000 },
  );
});

test('neither the locale nor the time zone of the process changes a value', async () => {
  const sample = fc.sample(events, { numRuns: 300, seed: 7 });
  const here = sample.map(enrich);
  const program = `
    const { enrichments } = await import('./udfs/registry.ts');
    let text = '';
    for await (const chunk of process.stdin) text += chunk;
    const rows = JSON.parse(text).map((event) => {
      const row = {};
      for (const { column, compute } of enrichments) row[column] = compute(event, row);
      return row;
    });
    console.log(JSON.stringify(rows));`;
  const there = async (locale: string, zone: string): Promise<unknown> => {
    const running = promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      {
        cwd: join(import.meta.dirname, '..'),
        env: { ...process.env, LANG: locale, LC_ALL: locale, TZ: zone },
        maxBuffer: 1e8,
      },
    );
    running.child.stdin?.end(JSON.stringify(sample));
    return JSON.parse((await running).stdout);
  };
  // Turkish lower-cases I differently, the usual way in which a locale breaks code.
  const written = JSON.parse(JSON.stringify(here));
  expect(await there('tr_TR.UTF-8', 'Asia/Kathmandu')).toEqual(written);
  expect(await there('C', 'America/St_Johns')).toEqual(written);
});

test('a hostile record is enriched in linear time, in any cell', () => {
  const pieces = [
    'a',
    'a.',
    'a@',
    ' ',
    '\u00a0',
    '-',
    '+',
    '0',
    '9',
    '(',
    ',',
    '/',
    'republic of the ',
    'CEDEX ',
    'é',
    'İ',
    'ß',
    '٣',
    '\u0301',
    '名',
    '𝔸',
    '\ud800',
    '<',
    '"',
    '\\',
    '\n',
  ];
  const started = cpuMs();
  for (const piece of pieces)
    for (const length of [20, 40, 100, 120, 254, 100_000]) {
      const long = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
      for (const [before, behind] of [
        ['', ''],
        ['a@', '.com'],
        ['', '@a.com'],
        ['+1', ''],
        ['x', '!'],
      ] as const) {
        const value = before + long + behind;
        enrich({ ...bare, ...Object.fromEntries(fields.map((field) => [field, value])) });
        enrich({ ...bare, ...Object.fromEntries(fields.map((field) => [field, value])), country: null });
      }
    }
  // 1,560 records, two thirds of them with cells that are too long for any column.
  expect(cpuMs() - started).toBeLessThan(5000);
});
