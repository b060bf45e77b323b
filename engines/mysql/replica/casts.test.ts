import { describe, expect, test } from 'vitest';
import { Rejection } from '../../../schemas/rejection.ts';
import { defaultPolicies } from '../../types/policies.ts';
import { castOf, typedValue } from './casts.ts';
import type { TargetColumn } from './tables/target-table.ts';

const column = (dataType: string, more: Partial<TargetColumn> = {}): TargetColumn => ({
  name: 'c',
  type: dataType,
  dataType,
  charset: null,
  collation: null,
  length: null,
  precision: null,
  scale: null,
  fraction: null,
  isNullable: true,
  isOptional: true,
  ...more,
});

/** The staged text; the reason where the value is rejected. */
const cast = (of: TargetColumn, text: string): string => {
  const source = { field: null, type: undefined, flavor: 'mariadb', policies: defaultPolicies } as const;
  const result = castOf(source, of)(text) ?? 'null';
  return result instanceof Rejection ? `! ${result.message.replace(/^.*exactly: /, '')}` : result;
};

describe('a value is staged in the form of its column, or rejected', () => {
  test.each<[string, TargetColumn, string, string]>([
    ['a boolean', column('tinyint'), 't', '1'],
    ['a boolean', column('tinyint'), 'f', '0'],
    ['an integer', column('bigint'), '-9223372036854775808', '-9223372036854775808'],
    ['an integer with zeros after the point', column('int'), '7.00', '7'],
    ['a fraction in an integer', column('int'), '1.26', '! it is not a whole number'],
    ['a decimal', column('decimal', { scale: 2 }), '-1.5', '-1.50'],
    ['a decimal with zeros', column('decimal', { scale: 2 }), '1.5000', '1.50'],
    ['a decimal without a point', column('decimal', { scale: 2 }), '12', '12.00'],
    [
      'a decimal that would be rounded',
      column('decimal', { scale: 1 }),
      '1.26',
      '! it has more than 1 digits after the point',
    ],
    ['NaN in a decimal', column('decimal', { scale: 1 }), 'NaN', '! NaN is not a decimal'],
    ['infinity in a decimal', column('decimal', { scale: 1 }), '-Infinity', '! -Infinity is not a decimal'],
    ['a float', column('float'), '0.1', '0.1'],
    ['a float of nine digits', column('float'), '16777216', '16777216'],
    ['a double in a float', column('float'), '0.123456789012', '! it has more digits than the column keeps'],
    ['a large float', column('float'), '1e+39', '! it is out of range'],
    ['a double', column('double'), '1e-300', '1e-300'],
    [
      'a numeric in a double',
      column('double'),
      '12345678901234567890.12',
      '! it has more digits than the column keeps',
    ],
    ['NaN in a double', column('double'), 'NaN', '! NaN is not supported'],
    ['bytes', column('longblob'), '\\x00FFab', '00FFab'],
    ['no bytes', column('longblob'), '\\x', ''],
    ['too few bytes', column('binary', { length: 3 }), '\\x00', '! it has 1 bytes'],
    ['bits', column('bit', { precision: 10 }), '1010101010', '1010101010'],
    ['too few bits', column('bit', { precision: 10 }), '101', '! it has 3 bits'],
    ['a bit', column('bit', { precision: 1 }), 't', '1'],
    ['a date', column('date'), '2024-02-29', '2024-02-29'],
    ['a date before Christ', column('date'), '0044-03-15 BC', '! years before Christ are not supported'],
    ['a late date', column('date'), '10000-01-01', '! its year is after 9999'],
    ['an endless date', column('date'), 'infinity', '! infinity is not supported'],
    ['a timestamp in a date', column('date'), '2024-02-29 10:00:00', '! it has a time'],
    ['a timestamp', column('datetime', { fraction: 6 }), '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789000'],
    [
      'microseconds that would be cut',
      column('datetime', { fraction: 3 }),
      '2024-02-29 12:34:56.7891',
      '! it has more than 3 digits of a second',
    ],
    [
      'a timestamp with a zone',
      column('datetime', { fraction: 0 }),
      '2024-03-01 00:30:00+05:30',
      '2024-02-29 19:00:00',
    ],
    [
      'a timestamp with a zone of seconds',
      column('datetime', { fraction: 0 }),
      '1900-01-01 00:00:00-00:19:32',
      '1900-01-01 00:19:32',
    ],
    [
      'a timestamp in UTC',
      column('datetime', { fraction: 6 }),
      '2024-02-29 12:34:56.789012+00',
      '2024-02-29 12:34:56.789012',
    ],
    [
      'a timestamp that leaves the year 9999',
      column('datetime', { fraction: 0 }),
      '9999-12-31 23:30:00-01',
      '! its year in UTC is not between 0 and 9999',
    ],
    ['a time of day', column('time', { fraction: 6 }), '24:00:00', '24:00:00.000000'],
    ['a time with a zone', column('time', { fraction: 6 }), '12:00:00+02', '! it is no time of day without a zone'],
    ['a padded text', column('char', { length: 5 }), 'abc  ', 'abc'],
    ['a text', column('varchar', { length: 3 }), 'ab ', 'ab '],
    ['a text with more spaces than fit', column('varchar', { length: 3 }), 'abc  ', '! it ends in 2 spaces too many'],
    ['a longer text, which the server refuses', column('varchar', { length: 3 }), 'abcd ', 'abcd '],
    ['an astral text, counted in characters', column('varchar', { length: 3 }), '😀😀 ', '😀😀 '],
    ['JSON', column('json'), '{"a":  1}', '{"a":  1}'],
    ['an array', column('longtext'), '{1,NULL}', '{1,NULL}'],
  ])('%s', (_, of, text, expected) => {
    expect(cast(of, text)).toBe(expected);
  });

  test('the server turns hex digits into bytes, and digits into bits', () => {
    expect(typedValue(column('blob'), 'x.a')).toBe('unhex(x.a)');
    expect(typedValue(column('bit'), 'x.a')).toBe('cast(conv(x.a, 2, 10) as unsigned)');
    expect(typedValue(column('int'), 'x.a')).toBe('x.a');
  });
});
