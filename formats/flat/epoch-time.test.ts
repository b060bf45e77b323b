/** Proves that a number since 1970 is read exactly, to the microsecond, or rejected; never rounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochMicros } from '../../schemas/timestamp.ts';
import { parseEpoch } from './epoch-time.ts';

describe('a number since 1970', () => {
  test.each([
    ['0', 'epoch_s', '1970-01-01 00:00:00'],
    ['1705314600', 'epoch_s', '2024-01-15 10:30:00'],
    ['1705314600.5', 'epoch_s', '2024-01-15 10:30:00.5'],
    ['1705314600.123456', 'epoch_s', '2024-01-15 10:30:00.123456'],
    ['1.7053146E9', 'epoch_s', '2024-01-15 10:30:00'],
    ['-1', 'epoch_s', '1969-12-31 23:59:59'],
    ['-0', 'epoch_ms', '1970-01-01 00:00:00'],
    ['1705314600123', 'epoch_ms', '2024-01-15 10:30:00.123'],
    ['-1', 'epoch_ms', '1969-12-31 23:59:59.999'],
    ['1705314600123456', 'epoch_us', '2024-01-15 10:30:00.123456'],
    ['9007199254740993', 'epoch_us', '2255-06-05 23:47:34.740993'],
    ['1705314600123456000', 'epoch_ns', '2024-01-15 10:30:00.123456'],
    ['-62135596800', 'epoch_s', '0001-01-01 00:00:00'],
    ['253402300799999999', 'epoch_us', '9999-12-31 23:59:59.999999'],
  ] as const)('%s in %s is read as %s', (literal, unit, expected) => {
    expect(parseEpoch(literal, unit, 'f')).toBe(expected);
  });

  test.each([
    ['1705314600.1234567', 'epoch_s', '2024-01-15 10:30:00.123456'],
    ['1705314600123456789', 'epoch_ns', '2024-01-15 10:30:00.123456'],
    ['-1', 'epoch_ns', '1969-12-31 23:59:59.999999'],
    ['1e-900', 'epoch_s', '1970-01-01 00:00:00'],
  ] as const)(
    '%s in %s, which is finer than a microsecond, is rejected, or cut if so configured',
    (literal, unit, cut) => {
      const noticed = { timesCut: 0 };
      expect(parseEpoch(literal, unit, 'f')).toMatchObject({ code: 'timestamp_precision' });
      expect(parseEpoch(literal, unit, 'f', { onTooPrecise: 'cut', noticed })).toBe(cut);
      expect(noticed.timesCut).toBe(1);
    },
  );

  test.each(['', ' 1', '0x1', 'NaN', 'Infinity', '1_000', '--1', '2024-01-15', '9'.repeat(41), '1e9999'])(
    '%j is rejected as a number since 1970',
    (literal) => {
      expect(parseEpoch(literal, 'epoch_s', 'f')).toMatchObject({ code: 'invalid_timestamp', field: 'f' });
    },
  );

  test.each(['253402300800', '-62135596801', '1e300', '9'.repeat(40)])(
    '%s seconds are rejected, because the year is out of range',
    (literal) => {
      expect(parseEpoch(literal, 'epoch_s', 'f')).toMatchObject({
        code: 'invalid_timestamp',
        message: expect.stringContaining('outside the years 0001 to 9999'),
      });
    },
  );

  test('any microsecond is read from each unit without losing a digit', () => {
    const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(micros, (value) => {
        const sign = value < 0n ? '-' : '';
        const digits = String(value < 0n ? -value : value).padStart(7, '0');
        const forms = [
          [`${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`, 'epoch_s'],
          [`${sign}${digits.slice(0, -3)}.${digits.slice(-3)}`, 'epoch_ms'],
          [String(value), 'epoch_us'],
          [`${value}000`, 'epoch_ns'],
        ] as const;
        for (const [literal, unit] of forms) {
          const read = parseEpoch(literal, unit, 'f');
          expect(read).toBeTypeOf('string');
          expect(epochMicros(String(read))).toBe(String(value));
        }
      }),
    );
  });
});
