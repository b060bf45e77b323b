import { expect, test } from 'vitest';
import { parseOperations } from './operations.ts';

test('shares are parsed', () => {
  expect(parseOperations('insert=60,update=30,delete=10')).toEqual({ insert: 60, update: 30, delete: 10 });
  expect(parseOperations(' insert = 1 , delete=0.5')).toEqual({ insert: 1, update: 0, delete: 0.5 });
});

test.each([
  ['', 'an operation is missing'],
  ['insert=1,', 'an operation is missing'],
  ['upsert=1', "'upsert' is not an operation"],
  ['toString=1', "'toString' is not an operation"],
  ['insert=1,insert=2', "'insert' is given twice"],
  ['insert', "the share of 'insert' must be a number from 0"],
  ['insert=-1', "the share of 'insert' must be a number"],
  ['insert=1=2', "the share of 'insert' must be a number"],
  ['insert=0,update=0', 'all shares are 0'],
  ['update=1', 'without inserts'],
])('%j is refused with the mistake and an example', (text, message) => {
  expect(() => parseOperations(text)).toThrow(message);
  expect(() => parseOperations(text)).toThrow('expected for example insert=60,update=30,delete=10');
});
