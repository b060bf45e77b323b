/** Proves that format and order never contradict each other unnoticed. */
import { expect, test } from 'vitest';
import { UsageError } from './option.ts';
import { orderOf } from './order.ts';

const given = { origins: { orderBy: 'flag' } } as const;
const left = { origins: { orderBy: 'default' } } as const;

test('flat events are ordered as asked, those of Debezium by lsn (rules 9 and 11)', () => {
  expect(orderOf({ format: 'flat', orderBy: 'sequence' }, left)).toBe('sequence');
  expect(orderOf({ format: 'flat', orderBy: 'offset' }, given)).toBe('offset');
  expect(orderOf({ format: 'debezium', orderBy: 'sequence' }, left)).toBe('lsn');
  expect(orderOf({ format: 'debezium', orderBy: 'lsn' }, given)).toBe('lsn');
});

test('a contradiction is a mistake', () => {
  expect(() => orderOf({ format: 'flat', orderBy: 'lsn' }, given)).toThrow(UsageError);
  expect(() => orderOf({ format: 'debezium', orderBy: 'sequence' }, given)).toThrow(UsageError);
});
