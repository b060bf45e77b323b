/** Proves that a value of a user's own function is stored exactly, or rejected with the value and the type. */
import { expect, test } from 'vitest';
import { ownType } from './own-type.ts';

const instant = new Date('2024-02-29T10:30:00.123Z');

test.each<[type: string, given: unknown, stored: unknown]>([
  ['boolean', true, true],
  ['text', 'é', 'é'],
  ['text', '', ''],
  ['varchar(3)', 'abcd', 'abcd'],
  ['integer', -0, 0],
  ['integer', 2147483647, 2147483647],
  ['integer', '-2147483648', -2147483648],
  ['integer', 7n, 7],
  ['bigint', 9007199254740991, 9007199254740991n],
  ['bigint', '9223372036854775807', 9223372036854775807n],
  ['bigint', -9223372036854775808n, -9223372036854775808n],
  ['numeric', 0.1, '0.1'],
  ['numeric', '00012.3400', '00012.3400'],
  ['numeric', 1e21, '1000000000000000000000'],
  ['numeric', 1.5e-7, '0.00000015'],
  ['numeric', -2.5e-9, '-0.0000000025'],
  ['numeric', 1.25e25, '12500000000000000000000000'],
  ['numeric', 123456789012345678901234567890n, '123456789012345678901234567890'],
  ['numeric(5,2)', '999.99', '999.99'],
  ['numeric(5,2)', '1.50000', '1.50000'],
  ['numeric(2,2)', 0.25, '0.25'],
  ['numeric(3, 0)', -100, '-100'],
  ['double precision', 0.1 + 0.2, 0.1 + 0.2],
  ['double precision', 1e300, 1e300],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', instant, '2024-02-29'],
  ['timestamp', instant, '2024-02-29 10:30:00.123'],
  ['timestamp', '2024-02-29T12:30:00+02:00', '2024-02-29 10:30:00'],
  ['timestamptz', '2024-02-29 10:30:00', '2024-02-29 10:30:00+00'],
  ['TIMESTAMPTZ', instant, '2024-02-29 10:30:00.123+00'],
])('a column of type %s stores %o exactly', (type, given, stored) => {
  expect(ownType(type).convert(given)).toEqual(stored);
});

test.each<[type: string, given: unknown]>([
  ['boolean', 'true'],
  ['boolean', 1],
  ['text', 7],
  ['text', 'a\0b'],
  ['text', 'a\ud800'],
  ['text', undefined],
  ['text', Promise.resolve('later')],
  ['integer', 1.5],
  ['integer', 2147483648],
  ['integer', '1e3'],
  ['integer', Number.NaN],
  ['integer', true],
  ['bigint', 2 ** 53],
  ['bigint', '9223372036854775808'],
  ['numeric', Number.POSITIVE_INFINITY],
  ['numeric', 'NaN'],
  ['numeric', '1,5'],
  ['numeric', '1e5'],
  ['numeric', ''],
  ['numeric', '9'.repeat(3000)],
  ['numeric(5,2)', '1000'],
  ['numeric(5,2)', 1.001],
  ['numeric(2,2)', 1],
  ['double precision', Number.NaN],
  ['double precision', '1.5'],
  ['date', '2023-02-29'],
  ['date', '2024-02-29T10:30:00Z'],
  ['date', new Date(Number.NaN)],
  ['date', new Date('+012024-01-01T00:00:00Z')],
  ['timestamp', 'infinity'],
  ['timestamp', 1709202600],
  ['timestamptz', '2024-02-30 10:30:00'],
])('a column of type %s rejects %o and names it', (type, given) => {
  expect(() => ownType(type).convert(given)).toThrow(/is no |a text with/);
});

test.each(['int', 'varchar', 'varchar(0)', 'varchar(99999999)', 'numeric(2,3)', 'numeric(0,0)', 'json', ''])(
  "the type '%s' is rejected with the list of supported types",
  (type) => {
    expect(() => ownType(type)).toThrow(/expected one of bigint, boolean, date/);
  },
);
