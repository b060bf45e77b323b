/** Proves what errors of MySQL, MariaDB and their driver mean (rule 19). */
import { expect, test } from 'vitest';
import { diagnose, refusalOf } from './errors.ts';

/** An error as the driver makes it from an answer of the server. */
const serverError = (errno: number, message = 'm') => Object.assign(new Error(message), { errno, sqlState: 'HY000' });

const reactionsTo = (numbers: readonly number[]) =>
  new Set(numbers.map((errno) => diagnose(serverError(errno)).reaction));

test('a value or a constraint parks its record, and nothing else does (rule 19)', () => {
  const parking = [1048, 1062, 1264, 1265, 1292, 1366, 1406, 1690, 3140, 3819, 4025];
  expect(reactionsTo(parking)).toEqual(new Set(['park']));
  expect(parking.map((errno) => refusalOf(serverError(errno))?.kind)).toEqual(
    parking.map((errno) => (errno === 1062 ? 'collision' : 'value')),
  );
});

test('collisions of transactions and lost connections are retried, and refuse no record (rule 19)', () => {
  const retried = [1040, 1053, 1205, 1213, 1290, 1927, 2006, 2013];
  expect(reactionsTo(retried)).toEqual(new Set(['retry']));
  expect(retried.map((errno) => refusalOf(serverError(errno)))).toEqual(retried.map(() => undefined));
  expect(diagnose(serverError(1290)).advice).toContain('read-only');
});

test('everything else stops (rule 19)', () => {
  expect(reactionsTo([1044, 1045, 1049, 1064, 1146, 1153, 9999])).toEqual(new Set(['stop']));
  expect(diagnose(serverError(9999))).toMatchObject({ code: '9999', reaction: 'stop' });
});

test.each([
  [Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }), true],
  [Object.assign(new Error('Query inactivity timeout'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }), true],
  [new Error("Can't add new command when connection is in closed state"), true],
  [Object.assign(new Error('refused'), { code: 'ECONNREFUSED', errno: -111 }), true],
  [Object.assign(new Error('reset'), { code: 'ECONNRESET', errno: -104 }), true],
])('%s is a lost connection: %s', (error, isConnection) => {
  expect(diagnose(error)).toMatchObject({ reaction: 'retry', isConnection });
});

test('a statement that does not fit its table refuses no single record', () => {
  for (const errno of [1054, 1136, 1146, 1364])
    expect(refusalOf(serverError(errno))).toMatchObject({ kind: 'definition' });
});

test.each([
  [
    "Duplicate entry 'a'b' for key 'x' for key 't.name'",
    "Duplicate entry for key 't.name', error 1062",
    undefined,
    1062,
  ],
  ["Data too long for column 'name' at row 7", "Data too long for column 'name', error 1406", 'name', 1406],
  [
    "Incorrect integer value: 'x' for column `d`.`t`.`a b` at row 2",
    "Incorrect integer value: 'x' for column `d`.`t`.`a b`, error 1366",
    'a b',
    1366,
  ],
  ["Column 'n' cannot be null", "Column 'n' cannot be null, error 1048", 'n', 1048],
  ['CONSTRAINT `c` failed for `d`.`t`', 'CONSTRAINT `c` failed for `d`.`t`, error 4025', undefined, 4025],
])('the reason of %s quotes neither the key nor the number of a row', (message, reason, field, errno) => {
  expect(refusalOf(serverError(errno, message))?.rejection).toMatchObject({
    code: 'refused_by_database',
    message: reason,
    field,
  });
});
