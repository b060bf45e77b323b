/** Proves that a timestamp is read exactly, to the microsecond and in UTC, or is rejected. It is never shifted or rounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rejection } from './rejection.ts';
import { epochMicros, parseTimestamp } from './timestamp.ts';

const read = (text: string): string => {
  const result = parseTimestamp(text, 'f');
  return result instanceof Rejection ? result.code : result;
};

describe('a timestamp', () => {
  test.each([
    ['2024-01-15T10:30:00Z', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30:00z', '2024-01-15 10:30:00'],
    ['2024-01-15t10:30:00', '2024-01-15 10:30:00'],
    ['2024-01-15 10:30:00', '2024-01-15 10:30:00'],
    ['2024-01-15 10:30:00 Z', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30Z', '2024-01-15 10:30:00'],
    ['2024-01-15', '2024-01-15 00:00:00'],
    ['2024-01-15T10:30:00.1Z', '2024-01-15 10:30:00.1'],
    ['2024-01-15T10:30:00,123Z', '2024-01-15 10:30:00.123'],
    ['2024-01-15T10:30:00.123456Z', '2024-01-15 10:30:00.123456'],
    ['2024-01-15T10:30:00.123456000Z', '2024-01-15 10:30:00.123456'],
    ['2024-01-15T10:30:00.000Z', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30:00.000001Z', '2024-01-15 10:30:00.000001'],
    ['2024-01-15T10:30:00+00:00', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30:00-00:00', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30:00+02:00', '2024-01-15 08:30:00'],
    ['2024-01-15T10:30:00+0530', '2024-01-15 05:00:00'],
    ['2024-01-15T10:30:00-08', '2024-01-15 18:30:00'],
    ['2024-01-15T10:30:00.5+05:45', '2024-01-15 04:45:00.5'],
    ['2024-01-01T00:30:00+01:00', '2023-12-31 23:30:00'],
    ['2024-02-29T23:30:00-01:00', '2024-03-01 00:30:00'],
    ['2024-03-01T00:30:00+01:00', '2024-02-29 23:30:00'],
    ['2000-02-29T00:00:00Z', '2000-02-29 00:00:00'],
    ['0001-01-01T00:00:00Z', '0001-01-01 00:00:00'],
    ['0099-06-15T12:00:00+01:00', '0099-06-15 11:00:00'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31 23:59:59.999999'],
    ['2024-01-15T10:30:00+15:59', '2024-01-14 18:31:00'],
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
  ])('%s is read as %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each([
    '',
    ' ',
    'x',
    'now',
    'today',
    'Infinity',
    '+infinity',
    '2024',
    '2024-01',
    '20240115',
    '2024-1-15',
    '24-01-15',
    '2024-01-15T',
    '2024-01-15T10',
    '2024-01-15T10:30:00X',
    '2024-01-15T10:30:00 UTC',
    '2024-01-15T10:30:00+2',
    ' 2024-01-15',
    '2024-01-15 ',
    '2024-01-15T10:30:00Z\n',
    '15.01.2024',
    '01/15/2024',
    '1705314600',
    '1705314600000',
    '2024-01-15T10:30:00.Z',
    '-2024-01-15',
    '12024-01-15',
    '٢٠٢٤-01-15',
    '2023-02-29',
    '1900-02-29',
    '2100-02-29',
    '2024-02-30',
    '2024-04-31',
    '2024-00-15',
    '2024-13-15',
    '2024-01-00',
    '2024-01-32',
    '0000-01-01',
    '2024-01-15T24:00:00Z',
    '2024-01-15T10:60:00Z',
    '2016-12-31T23:59:60Z',
    '2024-01-15T10:30:61Z',
    '2024-01-15T10:30:00+16:00',
    '2024-01-15T10:30:00+01:60',
    '2024-01-15T10:30:00+99',
    '0001-01-01T00:30:00+01:00',
    '9999-12-31T23:30:00-01:00',
  ])('the text %j is rejected', (text) => {
    expect(read(text)).toBe('invalid_timestamp');
  });

  test.each([
    ['2024-01-15T10:30:00.1234567Z', '2024-01-15 10:30:00.123456'],
    ['2024-01-15T10:30:00.000000001Z', '2024-01-15 10:30:00'],
    ['2024-01-15T10:30:00.123456789+02:00', '2024-01-15 08:30:00.123456'],
    ['2024-01-15 10:30:00.999999999999', '2024-01-15 10:30:00.999999'],
    ['2024-12-31T23:59:59.9999999Z', '2024-12-31 23:59:59.999999'],
    ['2024-01-15T10:30:00,1000009Z', '2024-01-15 10:30:00.1'],
  ])('the time %s is rejected, or cut if so configured, but never rounded', (text, cut) => {
    expect(parseTimestamp(text, 'f')).toMatchObject({
      code: 'timestamp_precision',
      message: expect.stringContaining('--on-too-precise cut'),
    });
    const noticed = { timesCut: 0 };
    expect(parseTimestamp(text, 'f', { onTooPrecise: 'cut', noticed })).toBe(cut);
    expect(noticed.timesCut).toBe(1);
  });

  test('zeros below the microsecond are dropped and not counted as a cut', () => {
    const noticed = { timesCut: 0 };
    const text = '2024-01-15T10:30:00.120000000Z';
    expect(parseTimestamp(text, 'f', { onTooPrecise: 'cut', noticed })).toBe('2024-01-15 10:30:00.12');
    expect(noticed.timesCut).toBe(0);
  });

  test('any text gives a timestamp or a rejection that names the field, and never an error', () => {
    const close = fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), close), (text) => {
        const result = parseTimestamp(text, 'created_at');
        if (result instanceof Rejection) expect(result.message).toContain('created_at');
        else expect(result).toMatch(/^(-?infinity|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?)$/);
      }),
    );
  });
});

/** Days since 1970-01-01 by Howard Hinnant's formula, so that the test does not rely on `Date`. */
function daysFromCivil(year: number, month: number, day: number): bigint {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return BigInt(era * 146_097 + dayOfEra - 719_468);
}

test('any time in any zone is read as the microsecond that an independent formula computes', () => {
  const two = (value: number) => String(value).padStart(2, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 9998 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.integer({ min: 0, max: 86_399 }),
      fc.integer({ min: 0, max: 999_999 }),
      fc.integer({ min: -959, max: 959 }),
      (year, month, day, second, micro, zone) => {
        const time = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
        const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zone) / 60))}:${two(Math.abs(zone) % 60)}`;
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${time}.${String(micro).padStart(6, '0')}${offset}`;
        const seconds = daysFromCivil(year, month, day) * 86_400n + BigInt(second - zone * 60);
        expect(epochMicros(read(text))).toBe(String(seconds * 1_000_000n + BigInt(micro)));
      },
    ),
    { numRuns: 1_000 },
  );
});

test.each([
  ['1970-01-01 00:00:00', '0'],
  ['1970-01-01 00:00:00.000001', '1'],
  ['1969-12-31 23:59:59.999999', '-1'],
  ['1969-12-31 23:59:59.5', '-500000'],
  ['2024-01-15 10:30:00.1', '1705314600100000'],
  ['0001-01-01 00:00:00', '-62135596800000000'],
  ['9999-12-31 23:59:59.999999', '253402300799999999'],
  ['infinity', null],
  ['-infinity', null],
])('%s is %s µs after 1970', (text, micros) => {
  expect(epochMicros(text)).toBe(micros);
});
