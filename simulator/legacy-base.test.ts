import { isValidPhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js';
import { describe, expect, test } from 'vitest';
import { parseUserEvent } from '../formats/flat/parse-user-event.ts';
import { UnknownFields } from '../formats/unknown-fields.ts';
import { Rejection } from '../schemas/rejection.ts';
import { countries } from './countries.ts';
import type { Country } from './country.ts';
import { LegacyBase, type LegacyBaseOptions, type LegacyEvent, maxSequence } from './legacy-base.ts';

/** Postal codes by country, written from the postal services' own descriptions, not from the templates. */
const postal: { readonly [code: string]: RegExp } = {
  US: /^\d{5}(?:-\d{4})?$/,
  CA: /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d$/,
  AR: /^[A-HJ-NP-Z]\d{4}[A-Z]{3}$/,
  BR: /^\d{5}-\d{3}$/,
  CL: /^\d{7}$/,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}$/,
  IE: /^(?:D6W|[AC-FHKNPRTV-Y]\d{2}) [\dAC-FHKNPRTV-Y]{4}$/,
  NL: /^[1-9]\d{3} (?!S[ADS])[A-Z]{2}$/,
  PL: /^\d{2}-\d{3}$/,
  PT: /^\d{4}-\d{3}$/,
  SE: /^\d{3} \d{2}$/,
  CZ: /^\d{3} \d{2}$/,
  GR: /^\d{3} \d{2}$/,
  JP: /^\d{3}-\d{4}$/,
  IL: /^\d{7}$/,
};
const digits: { readonly [length: number]: string } = {
  3: 'TW',
  4: 'AT CH BE NO DK HU BG AU NZ ZA BD PH',
  5: 'MX PE FR DE FI ES IT TR UA PK KR TH ID MY TW SA EG MA KE',
  6: 'CO RO IN CN VN SG NG',
};
const isPostalCode = (code: string, text: string): boolean =>
  postal[code]?.test(text) ?? (/^\d+$/.test(text) && (digits[text.length] ?? '').split(' ').includes(code));

type Row = { [column: string]: string | null };
const rowOf = (event: LegacyEvent): Row => JSON.parse(event.value.toString()) as Row;
const bytes = (options: LegacyBaseOptions, count: number): string => {
  const base = new LegacyBase(options);
  return Array.from({ length: count }, () => base.next().value.toString()).join('\n');
};
const spelt = new Map<string, Country>(countries.flatMap((one) => one.spellings.map((text) => [text, one] as const)));

/** Whether phone, postal code, city and state of a row match its country. */
function agrees(row: Row): boolean {
  const home = spelt.get(row.country ?? '');
  if (!home || !row.phone || !row.postal_code) return false;
  const phone = parsePhoneNumberFromString(row.phone);
  const city = home.cities.find(({ name }) => name === row.city);
  return (
    isValidPhoneNumber(row.phone) &&
    phone?.country === home.code &&
    isPostalCode(home.code, row.postal_code) &&
    city !== undefined &&
    city.state === row.state
  );
}

describe('the invented user base', () => {
  test('has 35 countries or more, and no two share a spelling', () => {
    expect(new Set(countries.map(({ code }) => code)).size).toBe(countries.length);
    expect(countries.length).toBeGreaterThanOrEqual(35);
    expect(spelt.size).toBe(countries.flatMap(({ spellings }) => spellings).length);
  });

  test('has at least 95% consistent rows among 1,000 clean ones', () => {
    const base = new LegacyBase({ seed: 11, startSequence: 1n, dirtyShare: 0 });
    const rows = Array.from({ length: 1000 }, () => rowOf(base.insert()));
    expect(rows.filter(agrees).length).toBeGreaterThanOrEqual(950);
    const distinct = (column: string) => new Set(rows.map((row) => row[column])).size;
    expect(distinct('phone')).toBeGreaterThan(990);
    expect(distinct('postal_code')).toBeGreaterThan(500);
    expect(new Set(rows.map(({ email }) => email?.split('@')[1])).size).toBeGreaterThan(300);
  });

  test('has matching templates in every city', () => {
    for (const country of countries) {
      const base = new LegacyBase({ seed: country.code, startSequence: 1n, dirtyShare: 0 });
      const rows = Array.from({ length: 100 }, () => rowOf(base.insert({ country })));
      expect(rows.filter(agrees).length, country.code).toBeGreaterThanOrEqual(98);
    }
  });

  test('keeps city, state, postal code and phone consistent when a user moves', () => {
    const base = new LegacyBase({
      seed: 5,
      startSequence: 1n,
      dirtyShare: 0,
      operations: { insert: 1, update: 9, delete: 0 },
    });
    const rows = Array.from({ length: 1000 }, () => rowOf(base.next()));
    expect(rows.filter(agrees).length).toBeGreaterThanOrEqual(980);
  });

  test('has the given share of blemished rows', () => {
    const base = new LegacyBase({ seed: 3, startSequence: 1n });
    const rows = Array.from({ length: 2000 }, () => rowOf(base.insert()));
    const dirty = rows.filter((row) => !agrees(row) || !/^[\w.]+@[\w-]+(?:\.[\w-]+)+$/.test(row.email ?? '')).length;
    expect(dirty / rows.length).toBeGreaterThan(0.08);
    expect(dirty / rows.length).toBeLessThan(0.16);
    for (const column of ['email', 'country', 'phone', 'postal_code', 'address']) {
      expect(
        rows.some((row) => row[column] === null),
        column,
      ).toBe(true);
    }
  });

  test('sends only events that the pipeline accepts', () => {
    const base = new LegacyBase({ seed: 8, startSequence: maxSequence - 4999n, dirtyShare: 0.5 });
    const noticed = { unknownFields: new UnknownFields(), truncated: 0, timesCut: 0 };
    for (let i = 0; i < 5000; i += 1) {
      const { key, value, sequence } = base.next();
      const event = parseUserEvent(value, { orderBy: 'sequence', onTooLong: 'park', noticed });
      if (event instanceof Rejection) throw new Error(`${event.message}: ${value}`);
      expect(event.id).toBe(key);
      expect(event.cdc_sequence).toBe(String(sequence));
    }
    expect(noticed).toEqual({ unknownFields: new UnknownFields(), truncated: 0, timesCut: 0 });
    expect(() => base.next()).toThrow('no sequence number is left above 9223372036854775807');
  });

  test('inserts each user once, then changes it, and sends nothing after its delete', () => {
    const base = new LegacyBase({ seed: 4, startSequence: 100n });
    const living = new Set<string>();
    const counts = { INSERT: 0, UPDATE: 0, DELETE: 0 };
    let before = '';
    for (let i = 0; i < 10_000; i += 1) {
      const event = base.next();
      const row = rowOf(event);
      counts[event.operation] += 1;
      expect(living.has(event.key)).toBe(event.operation !== 'INSERT');
      if (event.operation === 'INSERT') living.add(event.key);
      if (event.operation === 'DELETE') living.delete(event.key);
      expect(row.city).not.toBeUndefined();
      expect((row.cdc_timestamp ?? '') > before).toBe(true);
      expect((row.updated_at ?? '') >= (row.created_at ?? '')).toBe(true);
      before = row.cdc_timestamp ?? '';
    }
    expect(counts.INSERT / 10_000).toBeCloseTo(0.6, 1);
    expect(counts.UPDATE / 10_000).toBeCloseTo(0.3, 1);
    expect(counts.DELETE / 10_000).toBeCloseTo(0.1, 1);
  });

  test('keeps no more users in memory than the limit', () => {
    const base = new LegacyBase({ seed: 4, startSequence: 1n, livingLimit: 50 });
    for (let i = 0; i < 1000; i += 1) base.next();
    expect(base.living).toBeLessThanOrEqual(50);
  });

  test('gives the same bytes for the same seed and start, and others for another seed or start', () => {
    const options = { seed: 42, startSequence: 7n };
    expect(bytes(options, 2000)).toBe(bytes({ ...options, seed: '42' }, 2000));
    expect(bytes(options, 20)).not.toBe(bytes({ ...options, seed: 43 }, 20));
    expect(bytes(options, 20)).not.toBe(bytes({ ...options, startSequence: 8n }, 20));
  });
});
