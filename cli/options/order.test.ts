/** Proves that a contradiction between format and order is refused. */
import { expect, test } from 'vitest';
import { parseMap } from '../enrich/map-file.ts';
import { UsageError } from './option.ts';
import { orderOf } from './order.ts';

const given = { origins: { orderBy: 'flag' } } as const;
const left = { origins: { orderBy: 'default' } } as const;

test('flat events are ordered by --order-by, events of Debezium by lsn (rules 9 and 11)', () => {
  expect(orderOf({ format: 'flat', orderBy: 'sequence' }, left)).toBe('sequence');
  expect(orderOf({ format: 'flat', orderBy: 'offset' }, given)).toBe('offset');
  expect(orderOf({ format: 'debezium', orderBy: 'sequence' }, left)).toBe('lsn');
  expect(orderOf({ format: 'debezium', orderBy: 'lsn' }, given)).toBe('lsn');
});

test('the order of a map applies, and a flag that contradicts it is refused', () => {
  const map = parseMap('{"orderBy":"timestamp"}');
  expect(orderOf({ format: 'flat', orderBy: 'sequence' }, left, map)).toBe('timestamp');
  expect(orderOf({ format: 'flat', orderBy: 'timestamp' }, given, map)).toBe('timestamp');
  expect(orderOf({ format: 'flat', orderBy: 'offset' }, given, parseMap('{}'))).toBe('offset');
  expect(() => orderOf({ format: 'flat', orderBy: 'offset' }, given, map)).toThrow(
    'the map says "orderBy": "timestamp"',
  );
  expect(() => orderOf({ format: 'debezium', orderBy: 'sequence' }, left, map)).toThrow('--format debezium');
});

test('a contradiction is a usage error', () => {
  expect(() => orderOf({ format: 'flat', orderBy: 'lsn' }, given)).toThrow(UsageError);
  expect(() => orderOf({ format: 'debezium', orderBy: 'sequence' }, given)).toThrow(UsageError);
});
