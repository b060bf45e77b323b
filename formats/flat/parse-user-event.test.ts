/** Proves that an accepted event is valid and unaltered, that every fault is named, and that nothing throws. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rejection } from '../../schemas/rejection.ts';
import type { UserEvent } from '../../schemas/user-event.ts';
import { UnknownFields } from '../unknown-fields.ts';
import { type ParseOptions, parseUserEvent } from './parse-user-event.ts';

const optionsOf = (more: Partial<ParseOptions> = {}): ParseOptions => ({
  orderBy: 'sequence',
  onTooLong: 'park',
  noticed: { unknownFields: new UnknownFields(), truncated: 0, timesCut: 0 },
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

/** An ISO time with milliseconds in the form of the event. */
const plainTime = (iso: string | null): string | null =>
  iso === null ? null : `${iso.slice(0, 10)} ${iso.slice(11, 19)}${iso.slice(19, -1).replace(/\.?0+$/, '')}`;

/** Ways to damage bytes. */
type Damage = 'flip' | 'cut' | 'drop' | 'double' | 'insert';

const codeOf = (result: UserEvent | Rejection): string => (result instanceof Rejection ? result.code : 'accepted');

describe('an event', () => {
  test('of the specification is read with all its fields', () => {
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
    expect(options.noticed).toEqual({ unknownFields: new UnknownFields(), truncated: 0, timesCut: 0 });
  });

  test('with missing fields has nulls for them, in a delete too; null and missing are the same', () => {
    const bare = accepted(parse('{"id":1,"cdc_operation":"DELETE","cdc_sequence":2}'));
    expect(Object.values(bare).filter((value) => value !== null)).toEqual(['1', 'DELETE', '2']);
    expect(Object.keys(bare)).toHaveLength(17);
    const nulls = Object.fromEntries(Object.keys(bare).map((name) => [name, null]));
    expect(parse(event({ ...nulls, id: 1, cdc_operation: 'DELETE', cdc_sequence: 2 }))).toEqual(bare);
  });

  test('keeps its texts as they are: empty, spaced, escaped, beyond the BMP', () => {
    const texts = { first_name: '', last_name: '  a  ', email: '\\N', city: '😀 é ß \u2028', address: 'a\nb\tc\r\\.' };
    expect(parse(event(texts))).toMatchObject(texts);
    expect(parse('{"id":1,"cdc_operation":"INSERT","cdc_sequence":2,"city":"\\ud83d\\ude00\\u00e9"}')).toMatchObject({
      city: '😀é',
    });
  });

  test('may begin with a byte order mark, and may contain one', () => {
    expect(parse(`\ufeff${event({ city: '\ufeffx' })}`)).toMatchObject({ id: '1', city: '\ufeffx' });
  });

  test('with a repeated field has its last value', () => {
    const value = '{"id":1,"city":"a","cdc_operation":"INSERT","cdc_sequence":2,"city":"b","id":9007199254740993}';
    expect(parse(value)).toMatchObject({ id: '9007199254740993', city: 'b' });
  });

  test('with unknown fields is accepted, and they are counted by name', () => {
    const options = optionsOf();
    const value =
      '{"id":1,"cdc_operation":"INSERT","cdc_sequence":2,"extra":1,"other":{"id":7},"__proto__":{"city":"x"},"constructor":1}';
    expect(accepted(parseUserEvent(Buffer.from(value), options)).city).toBeNull();
    expect(options.noticed.unknownFields.names).toEqual([
      ['extra', 1],
      ['other', 1],
      ['__proto__', 1],
      ['constructor', 1],
    ]);
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

describe('an invalid value', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each<[string, string | Buffer, string, string?]>([
    ['text that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
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
  ])('is rejected with its field: %s', (_, value, code, field) => {
    const result = parse(value);
    expect(result).toBeInstanceOf(Rejection);
    expect(result).toMatchObject({ code, ...(field === undefined ? {} : { field }) });
    if (field !== undefined) expect(result).toMatchObject({ message: expect.stringContaining(`${field}: `) });
  });

  test.each([
    ['', 'the value is empty'],
    ['\ufeff', 'the value is empty'],
    [' \n ', 'the value is nothing but white space'],
    ['{"id":', 'not JSON: it ends too early'],
    ['{"id":"x', 'not JSON: unterminated string in JSON at position 8'],
    ['{"id":1,}', 'not JSON: expected double-quoted property name in JSON at position 8'],
    ['{"id":1} {', 'not JSON: unexpected non-whitespace character after JSON at position 9'],
    ['{"id":NaN}', 'not JSON: unexpected N'],
    ['end of JSON at position 7', 'not JSON: unexpected e'],
    ['{"a":é "at position 7', 'not JSON'],
    ['undefined', 'not JSON'],
  ])('%j is rejected with the reason', (value, message) => {
    expect(parse(value)).toMatchObject({ code: 'invalid_json', message });
  });

  test('of broken JSON is rejected with a message that contains no personal data', () => {
    for (const value of ['{"email":"john@example.com', '{"email":"john@example.com"x', 'john@example.com']) {
      const result = parse(value);
      expect(result).toMatchObject({ code: 'invalid_json' });
      expect(JSON.stringify(result)).not.toContain('john');
    }
  });

  test('of an unknown field is never rejected', () => {
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
  ] as const)('%s with %j gives %s', (orderBy, fields, code) => {
    expect(codeOf(parse(event(fields), { orderBy }))).toBe(code);
  });
});

describe('the length', () => {
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

  test('beyond the limit is kept whole when cutting is configured, and is counted', () => {
    const options = optionsOf({ onTooLong: 'truncate' });
    const value = Buffer.from(event({ phone: '😀'.repeat(21), state: 'x'.repeat(51), city: 'x'.repeat(100) }));
    expect(parseUserEvent(value, options)).toMatchObject({ phone: '😀'.repeat(21), state: 'x'.repeat(51) });
    expect(options.noticed.truncated).toBe(2);
  });
});

describe('random input', () => {
  test('is read or rejected without an error, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(['invalid_utf8', 'invalid_json', 'not_an_object']).toContain(codeOf(parse(Buffer.from(bytes))));
      }),
    );
  });

  test('is read or rejected without an error, for any JSON', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom('park', 'truncate'), (json, onTooLong) => {
        expect(codeOf(parse(json, { onTooLong }))).not.toBe('accepted');
      }),
    );
  });

  test('is read or rejected with the field, the same each time, for any values in the known fields', () => {
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

  test('is read or rejected without an error, for any damage to an event', () => {
    const whole = Buffer.from(
      event({ first_name: 'Zoë 😀', email: 'a@b.cd', created_at: '2024-01-15T10:30:00.5+02:00', address: 'a\n"\\u' }),
    );
    const damage = fc.record({
      at: fc.nat({ max: whole.length - 1 }),
      what: fc.constantFrom<Damage>('flip', 'cut', 'drop', 'double', 'insert'),
      length: fc.nat({ max: 40 }),
      bytes: fc.uint8Array({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const value = damages.reduce((bytes, { at, what, length, bytes: more }) => {
          const [before, here, behind] = [
            bytes.subarray(0, at),
            bytes.subarray(at, at + length),
            bytes.subarray(at + length),
          ];
          if (what === 'flip')
            return Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ (1 << (length % 8)) : byte)));
          if (what === 'cut') return before;
          if (what === 'drop') return Buffer.concat([before, behind]);
          if (what === 'double') return Buffer.concat([before, here, here, behind]);
          return Buffer.concat([before, more, here, behind]);
        }, whole);
        const result = parse(value);
        if (result instanceof Rejection) {
          expect(result.code).toMatch(/^[a-z_0-9]+$/);
          expect(result.message.length).toBeGreaterThan(0);
          return;
        }
        for (const digits of [result.id, result.cdc_sequence ?? ''])
          expect(BigInt.asIntN(64, BigInt(digits))).toBe(BigInt(digits));
        for (const cell of Object.values(result))
          expect(cell === null || (cell.isWellFormed() && !cell.includes('\0'))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is read exactly as written, for any valid event (rule 18)', () => {
    const text = (maxLength: number) =>
      fc.option(fc.string({ unit: 'binary', maxLength }).map((any) => any.replaceAll('\0', '')));
    const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
    const time = fc.option(
      fc
        .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    );
    const fields = fc.record({
      first_name: text(100),
      last_name: text(100),
      email: text(255),
      phone: text(20),
      address: text(1_000),
      city: text(100),
      state: text(50),
      country: text(50),
      postal_code: text(20),
      created_at: time,
      updated_at: time,
      source_system: text(50),
      cdc_operation: fc.constantFrom('INSERT', 'UPDATE', 'DELETE'),
      cdc_timestamp: time,
      cdc_source: text(300),
    });
    const extra = fc.dictionary(fc.string(), fc.jsonValue());
    const spelling = fc.record({
      asText: fc.boolean(),
      mark: fc.boolean(),
      pretty: fc.boolean(),
      escaped: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fields,
        int64,
        int64,
        extra,
        spelling,
        (known, id, sequence, unknown, { asText, mark, pretty, escaped }) => {
          const numbers = { id: asText ? String(id) : 0, cdc_sequence: asText ? String(sequence) : 1 };
          let json = JSON.stringify({ ...unknown, ...known, ...numbers }, null, pretty ? 2 : 0);
          const number = (name: string, digits: bigint) => {
            const at = json.lastIndexOf(`"${name}":`) + name.length + 3 + (pretty ? 1 : 0);
            json = `${json.slice(0, at)}${digits}${json.slice(at + 1)}`;
          };
          if (!asText) number('cdc_sequence', sequence);
          if (!asText) number('id', id);
          if (escaped)
            json = json.replace(/[^ -~\n]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
          const value = `${mark ? '\ufeff' : ''}${json}`;
          expect(parse(value)).toEqual({
            ...known,
            created_at: plainTime(known.created_at),
            updated_at: plainTime(known.updated_at),
            cdc_timestamp: plainTime(known.cdc_timestamp),
            id: String(id),
            cdc_sequence: String(sequence),
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
