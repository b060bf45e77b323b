import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Rejection } from '../../../schemas/rejection.ts';
import { javaDates, javaTimestamps, javaZonedTimestamps } from './array-elements.ts';
import type { Codec } from './codec.ts';
import {
  days,
  isoTimes,
  isoTimestamps,
  microDurations,
  timesOfDay,
  timestamps,
  zonedTimes,
  zonedTimestamps,
} from './times.ts';

const codeOf = (converted: unknown): unknown => (converted instanceof Rejection ? converted.code : converted);

const numbers: readonly (readonly [what: string, by: Codec, literal: string, text: string])[] = [
  ['day', days, '0', '1970-01-01'],
  ['leap day', days, '19782', '2024-02-29'],
  ['first day of PostgreSQL', days, '-2440588', '4714-11-24 BC'],
  ['last day of PostgreSQL', days, '2145042905', '5874897-12-31'],
  ['year 1', days, '-719162', '0001-01-01'],
  ['day before, in 1 BC', days, '-719163', '0001-12-31 BC'],
  ['infinity, streamed', days, '-2147472692', 'infinity'],
  ['-infinity, streamed', days, '-2147472691', '-infinity'],
  ['infinity, from a snapshot', days, '-622191234', 'infinity'],
  ['-infinity, from a snapshot', days, '-625821272', '-infinity'],
  ['milliseconds', timestamps('ms'), '1709210096789', '2024-02-29 12:34:56.789'],
  ['milliseconds before 1970', timestamps('ms'), '-1', '1969-12-31 23:59:59.999'],
  ['milliseconds, infinity', timestamps('ms'), '9223372036825200', 'infinity'],
  ['milliseconds, -infinity', timestamps('ms'), '-9223372036832400', '-infinity'],
  ['milliseconds, last year', timestamps('ms'), '9224318015999999', '294276-12-31 23:59:59.999'],
  ['microseconds', timestamps('us'), '1709210096789012', '2024-02-29 12:34:56.789012'],
  ['microseconds beyond a double', timestamps('us'), '9007199254740993', '2255-06-05 23:47:34.740993'],
  ['microseconds before 1970', timestamps('us'), '-1', '1969-12-31 23:59:59.999999'],
  ['microseconds before Christ', timestamps('us'), '-63517787999500000', '0044-03-15 10:00:00.5 BC'],
  ['microseconds, infinity', timestamps('us'), '9223372036825200000', 'infinity'],
  ['microseconds, -infinity', timestamps('us'), '-9223372036832400000', '-infinity'],
  ['nanoseconds', timestamps('ns'), '1709210096789012000', '2024-02-29 12:34:56.789012'],
  ['nanoseconds, infinity', timestamps('ns'), '9223372036854775807', 'infinity'],
  ['nanoseconds, -infinity', timestamps('ns'), '-9223372036854775808', '-infinity'],
  [
    'nanoseconds that look like the infinity of milliseconds',
    timestamps('ns'),
    '9223372036825000',
    '1970-04-17 18:02:52.036825',
  ],
  ['time', timesOfDay('ms'), '45296789', '12:34:56.789'],
  ['midnight', timesOfDay('us'), '0', '00:00:00'],
  ['end of the day', timesOfDay('us'), '86400000000', '24:00:00'],
  ['time in nanoseconds', timesOfDay('ns'), '86399999999000', '23:59:59.999999'],
  ['microseconds of an interval', microDurations, '-1', '-1 microseconds'],
];
test.each(numbers)('%s is converted (rule 29)', (_, by, literal, text) => expect(by.number(literal)).toBe(text));

const refused: readonly (readonly [by: Codec, literal: string, code: string])[] = [
  [days, '-2440589', 'invalid_timestamp'],
  [days, '2145042906', 'invalid_timestamp'],
  [days, '1.5', 'invalid_timestamp'],
  // Debezium's value for 294276-12-31 23:59:59.999999, which overflows 64 bits.
  [timestamps('us'), '-9223372036853775810', 'invalid_timestamp'],
  [timestamps('ms'), '9224318016000000', 'invalid_timestamp'],
  [timestamps('us'), '-210866803200000001', 'invalid_timestamp'],
  [timestamps('ns'), '1', 'timestamp_precision'],
  [timesOfDay('us'), '86400000001', 'invalid_timestamp'],
  [timesOfDay('us'), '-1', 'invalid_timestamp'],
  [timesOfDay('ns'), '1', 'timestamp_precision'],
  [microDurations, '9223372036854775807', 'not_carried'],
];
test.each(refused)('an invalid number is rejected: %#', (by, literal, code) =>
  expect(codeOf(by.number(literal))).toBe(code),
);

const texts: readonly (readonly [by: Codec, given: string, text: string])[] = [
  [zonedTimestamps, '2024-02-29T10:34:56.789012Z', '2024-02-29T10:34:56.789012Z'],
  [zonedTimestamps, '0001-01-01T00:00:00.000000Z', '0001-01-01 00:00:00.000000Z'],
  [zonedTimestamps, '0000-12-31T23:00:00Z', '0001-12-31 23:00:00Z BC'],
  [zonedTimestamps, '-0043-03-15T10:00:00.250000Z', '0044-03-15 10:00:00.250000Z BC'],
  [zonedTimestamps, '+12024-01-01T00:00:00.000000Z', '12024-01-01 00:00:00.000000Z'],
  [zonedTimestamps, '2024-02-29T10:34:56.789012000+02:00', '2024-02-29 10:34:56.789012+02:00'],
  [zonedTimestamps, 'infinity', 'infinity'],
  [zonedTimestamps, '-infinity', '-infinity'],
  [zonedTimestamps, '+292278994-08-16T22:00:00.000000Z', 'infinity'],
  [isoTimestamps, '2024-02-29Z', '2024-02-29'],
  [isoTimestamps, '-0043-03-15Z', '0044-03-15 BC'],
  [isoTimestamps, '-5877611-06-21Z', 'infinity'],
  [isoTimestamps, '+292269055-12-02Z', '-infinity'],
  [isoTimestamps, '2024-02-29T12:34:56.789012Z', '2024-02-29 12:34:56.789012'],
  [isoTimestamps, '+294247-01-10T04:00:25.2Z', 'infinity'],
  [isoTimestamps, '-290308-12-21T19:59:27.6Z', '-infinity'],
  [isoTimes, '12:34:56.789Z', '12:34:56.789'],
  [zonedTimes, '07:04:56.789012Z', '07:04:56.789012Z'],
  [zonedTimes, '24:00:00Z', '24:00:00Z'],
];
test.each(texts)('text %#, %s, is converted to %s (rule 29)', (by, given, text) => expect(by.string(given)).toBe(text));

test.each(['', 'yesterday', '2024-02-29T10:34:56.7890121Z', '2024-02-29T10:34:56.789012001Z'])(
  'a timestamp that PostgreSQL would round or guess is rejected: %s',
  (given) => expect(zonedTimestamps.string(given)).toBeInstanceOf(Rejection),
);

/** PostgreSQL's text as microseconds since 1970, by the calendar of Date (400 years repeat exactly). */
function microsOf(text: string): bigint {
  const [, y = '', mo, d, h = '0', mi = '0', s = '0', fraction = '', bc] =
    /^(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?( BC)?$/.exec(text) ?? [];
  const year = bc ? 1 - Number(y) : Number(y);
  const cycles = Math.floor((year - 2000) / 400);
  const ms = Date.UTC(year - 400 * cycles, Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  const cycleMs = 146_097n * 86_400_000n;
  return (BigInt(ms) + BigInt(cycles) * cycleMs) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

test('every date of PostgreSQL is preserved', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_440_588, max: 2_145_042_905 }), (day) => {
      expect(microsOf(String(days.number(String(day))))).toBe(BigInt(day) * 86_400_000_000n);
    }),
  );
});

test('every timestamp of PostgreSQL is preserved to the microsecond', () => {
  const micros = fc.bigInt({ min: -210_866_803_200_000_000n, max: 9_223_371_331_199_999_999n });
  fc.assert(
    fc.property(fc.oneof(micros, fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n })), (value) => {
      expect(microsOf(String(timestamps('us').number(String(value))))).toBe(value);
      const ms = value / 1000n;
      expect(microsOf(String(timestamps('ms').number(String(ms))))).toBe(ms * 1000n);
    }),
  );
});

test('every time of day is preserved', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 86_399_999_999 }), (micros) => {
      const text = String(timesOfDay('us').number(String(micros)));
      expect(microsOf(`1970-01-01 ${text}`)).toBe(BigInt(micros));
      expect(timesOfDay('ns').number(`${micros}000`)).toBe(
        micros === 0 ? text : timesOfDay('us').number(String(micros)),
      );
    }),
  );
});

describe('timestamps in an array, which Java converts to its own calendar', () => {
  const inArrays = javaTimestamps(timestamps('us'), 'us');
  const us = (day: string, clock = '00:00'): string => `${BigInt(Date.parse(`${day}T${clock}:00Z`)) * 1000n}`;

  it.each([
    ['1582-10-14', '00:00', '1582-10-04 00:00:00'],
    ['1500-01-10', '12:00', '1500-01-01 12:00:00'],
    ['1500-03-09', '00:00', '1500-02-28 00:00:00'],
    ['1000-03-05', '23:59', '1000-02-28 23:59:00'],
    ['1000-03-07', '00:00', '1000-03-01 00:00:00'],
    ['0000-12-30', '00:00', '0001-01-01 00:00:00'],
    ['1582-10-25', '00:00', '1582-10-25 00:00:00'],
    ['2024-03-10', '02:30', '2024-03-10 02:30:00'],
  ])('%s %s is restored as %s', (day, clock, was) => {
    expect(inArrays.number(us(day, clock))).toBe(was);
  });

  it.each(['1582-10-15', '1582-10-24'])('%s is rejected, because Java writes it for two days', (day) => {
    expect(inArrays.number(us(day))).toMatchObject({ code: 'not_carried' });
  });

  it('the same holds for timestamps with time zone', () => {
    const zoned = javaZonedTimestamps(zonedTimestamps);
    expect(codeOf(zoned.string('1582-10-20T00:00:00.000000Z'))).toBe('not_carried');
    expect(zoned.string('1582-10-04T00:00:00.000000Z')).toBe('1582-10-04T00:00:00.000000Z');
  });

  it('dates are preserved, except those that Java writes for two days', () => {
    const dates = javaDates(days);
    const codes = ['-141428', '-141427', '-141418', '-141417', '-2147472692', '0'].map((day) =>
      codeOf(dates.number(day)),
    );
    expect(codes).toEqual(['1582-10-14', 'not_carried', 'not_carried', '1582-10-25', 'infinity', '1970-01-01']);
  });

  it.each([
    ['9223372036825200000', 'infinity'],
    ['-9223372036832400000', '-infinity'],
  ])('%s stays %s', (literal, was) => expect(inArrays.number(literal)).toBe(was));
});
