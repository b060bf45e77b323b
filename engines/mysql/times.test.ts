/** Proves how timestamps of records become DATETIME. */
import { expect, test } from 'vitest';
import { datetimeOf, msOf } from './times.ts';

test.each([
  ['0', '1970-01-01 00:00:00.000'],
  ['1700000000123', '2023-11-14 22:13:20.123'],
  ['253402300799999', '9999-12-31 23:59:59.999'],
])('%s is %s, and back', (ms, datetime) => {
  expect(datetimeOf(ms)).toBe(datetime);
  expect(msOf(datetime)).toBe(ms);
});

test.each([null, '-1', '253402300800000', '1700000000123456789'])('%s is no time of a record (rule 20)', (ms) => {
  expect(datetimeOf(ms)).toBeNull();
});
