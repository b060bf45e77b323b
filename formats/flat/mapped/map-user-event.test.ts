/** Proves that mapped records become the intended events with every digit, and that errors name both fields. */
import { describe, expect, test } from 'vitest';
import { parseMap } from '../../../cli/enrich/map-file.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { UnknownFields } from '../../unknown-fields.ts';
import type { ParseOptions } from '../parse-user-event.ts';
import { mappedReader } from './map-user-event.ts';

const optionsOf = (more: Partial<ParseOptions> = {}): ParseOptions => ({
  orderBy: 'offset',
  onTooLong: 'park',
  noticed: { unknownFields: new UnknownFields(), truncated: 0, timesCut: 0 },
  ...more,
});

const own = { id: 'user_id', cdc_operation: { constant: 'INSERT' } };

/** Reads one record by a map; a rejection as `code: message`. */
function read(map: object, record: string | Buffer, options = optionsOf(), columns?: readonly string[]) {
  const event = mappedReader(parseMap(JSON.stringify(map)), options)(Buffer.from(record as string), columns);
  return event instanceof Rejection ? `${event.code}: ${event.message}` : event;
}

const fields = (more: object, record: string | Buffer, options?: ParseOptions) =>
  read({ fields: { ...own, ...more } }, record, options);

describe('a map of JSON', () => {
  test('takes mapped fields by their own names, and the others by the names of the event', () => {
    expect(fields({ first_name: 'givenName' }, '{"user_id":1,"givenName":"Ann","last_name":"Lee"}')).toMatchObject({
      id: '1',
      first_name: 'Ann',
      last_name: 'Lee',
      email: null,
      cdc_operation: 'INSERT',
    });
  });

  test('finds members of objects, elements of lists, and names that contain dots', () => {
    const map = { email: 'contact.email', phone: 'contact.phones.1.number', city: 'address.city' };
    const record =
      '{"user_id":1,"contact":{"email":"a@x.org","phones":[{"number":"1"},{"number":"2"}]},"address.city":"Oslo"}';
    expect(fields(map, record)).toMatchObject({ email: 'a@x.org', phone: '2', city: 'Oslo' });
  });

  test.each([
    '{"user_id":1,"contact":"text"}',
    '{"user_id":1,"contact":null}',
    '{"user_id":1,"contact":{}}',
    '{"user_id":1}',
  ])('reads NULL where a path leads nowhere: %s', (record) => {
    expect(fields({ email: 'contact.email' }, record)).toMatchObject({ id: '1', email: null });
  });

  test.each(['9223372036854775807', '-9223372036854775808', '9007199254740993', '"9007199254740993"'])(
    'keeps every digit of %s',
    (literal) => {
      const map = { cdc_sequence: 'meta.version' };
      const digits = literal.replaceAll('"', '');
      expect(fields(map, `{"user_id":${literal},"meta":{"version":${literal}}}`)).toMatchObject({
        id: digits,
        cdc_sequence: digits,
      });
    },
  );

  test('takes numbers and booleans as texts only when the map says so, with their digits', () => {
    const record = '{"user_id":1,"zip":1.0e3,"vip":true}';
    expect(
      fields({ postal_code: { from: 'zip', as: 'text' }, state: { from: 'vip', as: 'text' } }, record),
    ).toMatchObject({
      postal_code: '1.0e3',
      state: 'true',
    });
    expect(fields({ postal_code: 'zip' }, record)).toBe(
      'wrong_type: zip → postal_code: expected a text, got a number; "as": "text" in the map reads it',
    );
  });

  test.each([
    ['epoch_s', '1705314600.000001', '2024-01-15 10:30:00.000001'],
    ['epoch_ms', '1705314600123', '2024-01-15 10:30:00.123'],
    ['epoch_ms', '"1705314600123"', '2024-01-15 10:30:00.123'],
    ['epoch_us', '9007199254740993', '2255-06-05 23:47:34.740993'],
    ['epoch_ns', '1705314600123456000', '2024-01-15 10:30:00.123456'],
  ])('reads times of %s: %s', (as, literal, expected) => {
    expect(fields({ created_at: { from: 'made', as } }, `{"user_id":1,"made":${literal}}`)).toMatchObject({
      created_at: expected,
    });
  });

  test('names the units that a numeric time may have', () => {
    expect(fields({ created_at: 'made' }, '{"user_id":1,"made":1705314600}')).toMatch(
      /^wrong_type: made → created_at: .*"as": "epoch_s", "epoch_ms", "epoch_us" or "epoch_ns"/,
    );
  });

  test('cuts digits below a microsecond when so configured', () => {
    const record = '{"user_id":1,"made":1705314600123456789,"at":"2024-01-15T10:30:00.1234567Z"}';
    const map = { created_at: { from: 'made', as: 'epoch_ns' }, updated_at: 'at' };
    expect(fields(map, record)).toMatch(/^timestamp_precision: made → created_at: .*--on-too-precise cut/);
    const options = optionsOf({ onTooPrecise: 'cut' });
    expect(fields(map, record, options)).toMatchObject({
      created_at: '2024-01-15 10:30:00.123456',
      updated_at: '2024-01-15 10:30:00.123456',
    });
    expect(options.noticed.timesCut).toBe(2);
  });

  test.each([
    ['"insert"', 'INSERT'],
    ['"Delete"', 'DELETE'],
    ['"c"', 'INSERT'],
    ['"upsert"', 'UPDATE'],
    ['3', 'DELETE'],
    ['true', 'DELETE'],
    ['null', 'UPDATE'],
  ])('reads the operation %s as %s', (literal, operation) => {
    const values = { c: 'INSERT', upsert: 'update', 3: 'DELETE', true: 'DELETE' };
    const map = { cdc_operation: { from: 'op', values, default: 'UPDATE' } };
    expect(fields(map, `{"user_id":1,"op":${literal}}`)).toMatchObject({ cdc_operation: operation });
  });

  test('rejects an operation that neither the map nor the event knows', () => {
    expect(fields({ cdc_operation: { from: 'op', values: { c: 'INSERT' } } }, '{"user_id":1,"op":"x"}')).toBe(
      "unknown_operation: op → cdc_operation: 'x' is not INSERT, UPDATE or DELETE; the map has c",
    );
  });

  test('fills constants and defaults, and leaves out fields mapped to null', () => {
    const map = { source_system: { constant: 'crm' }, country: { from: 'land', default: 'NO' }, phone: null };
    expect(fields(map, '{"user_id":1,"land":null,"phone":"+47 1"}')).toMatchObject({
      source_system: 'crm',
      country: 'NO',
      phone: null,
    });
    expect(fields(map, '{"user_id":1,"land":"SE"}')).toMatchObject({ country: 'SE' });
  });

  test.each([
    ['{"user_id":"12x"}', "not_an_integer: user_id → id: '12x' is not an integer"],
    ['{"user_id":9223372036854775808}', 'integer_out_of_range: user_id → id: 9223372036854775808 does not fit 64 bits'],
    ['{"user_id":1.0}', "not_an_integer: user_id → id: '1.0' is not an integer"],
    ['{"id":1}', 'missing_field: user_id → id: required, but missing'],
    [
      '{"user_id":1,"givenName":"a\\u0000"}',
      'nul_character: givenName → first_name: PostgreSQL cannot store the NUL character',
    ],
    [
      '{"user_id":1,"givenName":"\\ud800"}',
      'lone_surrogate: givenName → first_name: half of a surrogate pair is not a character',
    ],
    ['{"user_id":1,"givenName":["a"]}', 'wrong_type: givenName → first_name: expected a string, got an array'],
    ['{"user_id":1,"givenName":{"a":1}}', 'wrong_type: givenName → first_name: expected a string, got an object'],
    [
      `{"user_id":1,"givenName":"${'x'.repeat(101)}"}`,
      'too_long: givenName → first_name: 101 characters, the column holds 100',
    ],
    ['{"user_id":1', 'invalid_json: not JSON: it ends too early'],
    ['[1]', 'not_an_object: expected a JSON object, got an array'],
  ])('rejects %s with the names of both fields', (record, reason) => {
    expect(fields({ first_name: 'givenName' }, record)).toBe(reason);
  });

  test('reports the unknown fields of accepted records, without the ignored ones', () => {
    const options = optionsOf();
    const map = { fields: { ...own, email: 'contact.email' }, ignore: ['_id', 'meta.trace'] };
    for (const id of ['1', '2', '"x"']) {
      read(map, `{"user_id":${id},"_id":{"a":1},"nick":1,"contact":{"fax":1},"meta":{"trace":1,"host":2}}`, options);
    }
    expect(options.noticed.unknownFields.describe()).toBe('nick (2), contact.fax (2), meta.host (2)');
  });
});

describe('a map of CSV', () => {
  const columns = ['user_id', 'mail', 'made.at', 'nick'];
  const map = {
    format: 'csv',
    fields: { id: 'user_id', email: 'mail', created_at: { from: 'made.at', as: 'epoch_s' } },
  };
  const row = (record: string | Buffer, more: object = {}, options = optionsOf()) =>
    read({ ...map, ...more }, record, options, columns);

  test('takes columns by their names, and rows without an operation are inserts', () => {
    const options = optionsOf();
    expect(row('9007199254740993,"a@x.org",1705314600.25,x', {}, options)).toMatchObject({
      id: '9007199254740993',
      email: 'a@x.org',
      created_at: '2024-01-15 10:30:00.25',
      cdc_operation: 'INSERT',
    });
    expect(options.noticed.unknownFields.describe()).toBe('nick (1)');
  });

  test('reads empty cells as NULL, and other configured texts as well', () => {
    expect(row('1,,,')).toMatchObject({ email: null, created_at: null });
    expect(row('1,NULL,\\N,', { nulls: ['NULL', '\\N'] })).toMatchObject({ email: null, created_at: null });
    expect(row('1,,0,', { nulls: [] })).toMatchObject({ email: '' });
  });

  test('does not take a row with an empty operation for an INSERT', () => {
    const named = { ...map, columns: ['user_id', 'cdc_operation'], fields: { id: 'user_id' } };
    expect(read(named, '1,')).toBe('missing_field: cdc_operation: required, but missing');
    expect(read(named, '1,delete')).toMatchObject({ cdc_operation: 'DELETE' });
  });

  test.each([
    ['1,a@x.org', 'wrong_column_count: 2 values for 4 columns'],
    ['1,a,0,x,y', 'wrong_column_count: 5 values for 4 columns'],
    ['1,"a"b,0,x', 'malformed_csv: value 2 of the CSV record: text follows its closing quote'],
    ['x,,,', "not_an_integer: user_id → id: 'x' is not an integer"],
    ['1,,soon,', "invalid_timestamp: made.at → created_at: 'soon' is not a number since 1970"],
    ['1,a\0b,,', 'nul_character: mail → email: PostgreSQL cannot store the NUL character'],
  ])('rejects %j', (record, reason) => {
    expect(row(record)).toBe(reason);
  });

  test('advises what to do about bytes of another encoding', () => {
    expect(row(Buffer.from('1,é,0,x', 'latin1'))).toMatch(/^invalid_utf8: .*iconv -f WINDOWS-1252/);
  });
});
