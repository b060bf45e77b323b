/** Proves that what is behind the edge can trust the event: each fault is named, nothing is altered, nothing throws. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ParseOptions, parseUserEvent } from './parse-user-event.ts';
import { Rejection } from './rejection.ts';
import type { UserEvent } from './user-event.ts';

const optionsOf = (more: Partial<ParseOptions> = {}): ParseOptions => ({
  orderBy: 'sequence',
  onTooLong: 'park',
  noticed: { unknownFields: 0, truncated: 0 },
  ...more,
});

const parse = (value: string | Buffer, more?: Partial<ParseOptions>): UserEvent | Rejection =>
  parseUserEvent(Buffer.from(value as string), optionsOf(more));

const event = (fields: object): string =>
  JSON.stringify({ id: 1, cdc_operation: 'INSERT', cdc_sequence: 2, ...fields });

function accepted(result: UserEvent | Rejection): UserEvent {
  if (result instanceof Rejection) throw new Error(`${result.code}: ${result.message}`);
  return result;
}

const codeOf = (result: UserEvent | Rejection): string => (result instanceof Rejection ? result.code : 'accepted');

describe('an event', () => {
  test('as the specification has it is read whole', () => {
    const value =
      '{"id":1,"first_name":"John","last_name":"Doe","email":"john.doe@example.com","phone":"+1-555-0123","address":"123 Main St","city":"New York","state":"NY","country":"USA","postal_code":"10001","created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-15T10:30:00Z","source_system":"legacy_system","cdc_operation":"INSERT","cdc_timestamp":"2024-01-15T10:30:00Z","cdc_sequence":1234,"cdc_source":"legacy_database"}';
    const options = optionsOf();
    expect(parseUserEvent(Buffer.from(value), options)).toEqual({
      id: '1',
      first_name: 'John',
      last_name: 'Doe',
      email: 'john.doe@example.com',
      phone: '+1-555-0123',
      address: '123 Main St',
      city: 'New York',
      state: 'NY',
      country: 'USA',
      postal_code: '10001',
      created_at: '2024-01-15 10:30:00',
      updated_at: '2024-01-15 10:30:00',
      source_system: 'legacy_system',
      cdc_operation: 'INSERT',
      cdc_timestamp: '2024-01-15 10:30:00',
      cdc_sequence: '1234',
      cdc_source: 'legacy_database',
    });
    expect(options.noticed).toEqual({ unknownFields: 0, truncated: 0 });
  });

  test('with missing fields has nulls for them, in a delete too; null and missing are the same', () => {
    const bare = accepted(parse('{"id":1,"cdc_operation":"DELETE","cdc_sequence":2}'));
    expect(Object.values(bare).filter((value) => value !== null)).toEqual(['1', 'DELETE', '2']);
    expect(Object.keys(bare)).toHaveLength(17);
    const nulls = Object.fromEntries(Object.keys(bare).map((name) => [name, null]));
    expect(parse(event({ ...nulls, id: 1, cdc_operation: 'DELETE', cdc_sequence: 2 }))).toEqual(bare);
  });

  test('keeps texts as they are: empty, spaced, escaped, beyond the BMP', () => {
    const texts = { first_name: '', last_name: '  a  ', email: '\\N', city: '😀 é ß \u2028', address: 'a\nb\tc\r\\.' };
    expect(parse(event(texts))).toMatchObject(texts);
    expect(parse('{"id":1,"cdc_operation":"INSERT","cdc_sequence":2,"city":"\\ud83d\\ude00\\u00e9"}')).toMatchObject({
      city: '😀é',
    });
  });

  test('ignores and counts fields it does not know', () => {
    const options = optionsOf();
    const value =
      '{"id":1,"cdc_operation":"INSERT","cdc_sequence":2,"extra":1,"other":{"id":7},"__proto__":{"city":"x"},"constructor":1}';
    expect(accepted(parseUserEvent(Buffer.from(value), options)).city).toBeNull();
    expect(options.noticed.unknownFields).toBe(4);
    expect(({} as { city?: unknown }).city).toBeUndefined();
  });

  test('has every int64 exactly, as a number or as a text', () => {
    for (const [id, sequence] of [
      ['9223372036854775807', '9007199254740993'],
      ['-9223372036854775808', '0'],
    ]) {
      const number = `{"id":${id},"cdc_sequence": ${sequence} ,"cdc_operation":"UPDATE"}`;
      expect(parse(number)).toMatchObject({ id, cdc_sequence: sequence });
      expect(parse(JSON.stringify({ id, cdc_sequence: sequence, cdc_operation: 'UPDATE' }))).toMatchObject({
        id,
        cdc_sequence: sequence,
      });
    }
  });
});

describe('refused is', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each<[string, string | Buffer, string, string?]>([
    ['what is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0x80, 0x22]), 'invalid_utf8'],
    ['half a surrogate pair in bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8'],
    ['nothing', '', 'invalid_json'],
    ['half an object', '{"id":1', 'invalid_json'],
    ['a comma too many', '{"id":1,}', 'invalid_json'],
    ['NaN', '{"id":NaN}', 'invalid_json'],
    ['a raw control character', '{"id":"\n"}', 'invalid_json'],
    ['two values', '{} {}', 'invalid_json'],
    ['an array', '[{"id":1}]', 'not_an_object'],
    ['deep nesting', deep, 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['a text', '"x"', 'not_an_object'],
    ['a number', '7', 'not_an_object'],
    ['no id', '{"cdc_operation":"INSERT","cdc_sequence":1}', 'missing_field', 'id'],
    ['a null id', event({ id: null }), 'missing_field', 'id'],
    ['no operation', '{"id":1,"cdc_sequence":1}', 'missing_field', 'cdc_operation'],
    ['no sequence', '{"id":1,"cdc_operation":"INSERT"}', 'missing_field', 'cdc_sequence'],
    ['an id that is a list', event({ id: [1] }), 'wrong_type', 'id'],
    ['an e-mail that is a number', event({ email: 7 }), 'wrong_type', 'email'],
    ['an address that is an object', event({ address: { street: 'x' } }), 'wrong_type', 'address'],
    ['a flag for a name', event({ first_name: false }), 'wrong_type', 'first_name'],
    ['a time that is a number', event({ created_at: 1705314600 }), 'wrong_type', 'created_at'],
    ['a broken id', event({ id: 1.5 }), 'not_an_integer', 'id'],
    [
      'a sequence with a point',
      '{"id":1,"cdc_operation":"INSERT","cdc_sequence":1.0}',
      'not_an_integer',
      'cdc_sequence',
    ],
    [
      'an id beyond 64 bits',
      '{"id":9223372036854775808,"cdc_operation":"INSERT","cdc_sequence":1}',
      'integer_out_of_range',
      'id',
    ],
    ['another operation', event({ cdc_operation: 'TRUNCATE' }), 'unknown_operation', 'cdc_operation'],
    ['an operation in lower case', event({ cdc_operation: 'insert' }), 'unknown_operation', 'cdc_operation'],
    ['an operation that is a number', event({ cdc_operation: 1 }), 'unknown_operation', 'cdc_operation'],
    ['a date that does not exist', event({ created_at: '2023-02-29' }), 'invalid_timestamp', 'created_at'],
    [
      'a time finer than a microsecond',
      event({ updated_at: '2024-01-15T10:30:00.1234567Z' }),
      'timestamp_precision',
      'updated_at',
    ],
    ['NUL', event({ city: 'a\0b' }), 'nul_character', 'city'],
    [
      'half a surrogate pair',
      '{"id":1,"cdc_operation":"INSERT","cdc_sequence":1,"city":"\\ud83d"}',
      'lone_surrogate',
      'city',
    ],
    ['NUL in a field without a column', event({ cdc_source: '\0' }), 'nul_character', 'cdc_source'],
    ['a phone too long', event({ phone: '1'.repeat(21) }), 'too_long', 'phone'],
  ])('%s', (_, value, code, field) => {
    const result = parse(value);
    expect(result).toBeInstanceOf(Rejection);
    expect(result).toMatchObject({ code, ...(field === undefined ? {} : { field }) });
    if (field !== undefined) expect(result).toMatchObject({ message: expect.stringContaining(`${field}: `) });
  });

  test('broken JSON without the person in it', () => {
    for (const value of ['{"email":"john@example.com', '{"email":"john@example.com"x', 'john@example.com']) {
      const result = parse(value);
      expect(result).toMatchObject({ code: 'invalid_json' });
      expect(JSON.stringify(result)).not.toContain('john');
    }
  });

  test('never an unknown field, whatever it holds', () => {
    expect(codeOf(parse(event({ extra: '\0', deep: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) })))).toBe(
      'accepted',
    );
    expect(codeOf(parse(`{"id":1,"cdc_operation":"INSERT","cdc_sequence":1,"x":${deep}}`))).toBe('accepted');
  });
});

describe('the ordering field', () => {
  test.each([
    ['sequence', { cdc_sequence: null, cdc_timestamp: '2024-01-15' }, 'missing_field'],
    ['timestamp', { cdc_sequence: null, cdc_timestamp: '2024-01-15' }, 'accepted'],
    ['timestamp', { cdc_timestamp: null }, 'missing_field'],
    ['timestamp', { cdc_timestamp: 'infinity' }, 'invalid_timestamp'],
    ['timestamp', { cdc_timestamp: '-infinity' }, 'invalid_timestamp'],
    ['sequence', { cdc_timestamp: 'infinity' }, 'accepted'],
    ['offset', { cdc_sequence: null, cdc_timestamp: null }, 'accepted'],
    ['offset', { cdc_sequence: 'x' }, 'not_an_integer'],
  ] as const)('%s with %j: %s', (orderBy, fields, code) => {
    expect(codeOf(parse(event(fields), { orderBy }))).toBe(code);
  });
});

describe('a length', () => {
  const limits = {
    first_name: 100,
    last_name: 100,
    email: 255,
    phone: 20,
    city: 100,
    state: 50,
    country: 50,
    postal_code: 20,
    source_system: 50,
  };

  test.each(Object.entries(limits))('of %s is at most %i code points', (name, limit) => {
    for (const char of ['x', 'é', '😀']) {
      expect(codeOf(parse(event({ [name]: char.repeat(limit) })))).toBe('accepted');
      const result = parse(event({ [name]: char.repeat(limit + 1) }));
      expect(result).toMatchObject({ code: 'too_long', field: name });
      expect(result).toMatchObject({ message: `${name}: ${limit + 1} characters, the column holds ${limit}` });
    }
  });

  test('of an address has no limit', () => {
    expect(parse(event({ address: 'x'.repeat(100_000) }))).toMatchObject({ address: 'x'.repeat(100_000) });
  });

  test('beyond the limit is cut between characters when that was asked for, and counted', () => {
    const options = optionsOf({ onTooLong: 'truncate' });
    const value = Buffer.from(event({ phone: '😀'.repeat(21), state: 'x'.repeat(51), city: 'x'.repeat(100) }));
    expect(parseUserEvent(value, options)).toMatchObject({ phone: '😀'.repeat(20), state: 'x'.repeat(50) });
    expect(options.noticed.truncated).toBe(2);
  });
});

describe('whatever comes', () => {
  test('any bytes are read or refused, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(['invalid_utf8', 'invalid_json', 'not_an_object']).toContain(codeOf(parse(Buffer.from(bytes))));
      }),
    );
  });

  test('any JSON is read or refused, and never throws', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom('park', 'truncate'), (json, onTooLong) => {
        expect(codeOf(parse(json, { onTooLong }))).not.toBe('accepted');
      }),
    );
  });

  test('any values in the known fields are read or refused with the field named, the same each time', () => {
    const names = Object.keys(accepted(parse(event({}))));
    const values = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('2024-01-15T10:30:00Z', 'INSERT', '7', 7),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), values), (fields) => {
        const value = event(fields);
        const first = parse(value);
        expect(parse(value)).toEqual(first);
        if (first instanceof Rejection) expect(names).toContain(first.field);
        else
          for (const cell of Object.values(first))
            expect(cell === null || (cell.isWellFormed() && !cell.includes('\0'))).toBe(true);
      }),
    );
  });
});
