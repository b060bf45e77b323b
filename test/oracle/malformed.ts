/**
 * Every kind of record that must be parked. Each kind starts from a valid event and breaks one thing, so
 * that a pipeline that accepts it writes a row that the oracle does not expect.
 */

/** A field before it is written as JSON: text, null, an integer of any size, or literal JSON. */
export type DraftField = string | null | bigint | { readonly json: string };

/** An event before it is written as JSON, in the order of its fields. */
export type Draft = ReadonlyMap<string, DraftField>;

/** The reason for which a record must be parked. */
export type ParkReason =
  | 'invalid_utf8'
  | 'invalid_json'
  | 'not_an_object'
  | 'missing_field'
  | 'wrong_type'
  | 'not_an_integer'
  | 'integer_out_of_range'
  | 'unknown_operation'
  | 'invalid_timestamp'
  | 'timestamp_precision'
  | 'nul_character'
  | 'lone_surrogate'
  | 'too_long';

/** One way to be malformed. */
export type MalformedKind = {
  readonly name: string;
  readonly reason: ParkReason;
  /** The field that the reason must name; null if the record as a whole is malformed. */
  readonly field: string | null;
  /** Makes the message value from a valid event. */
  readonly make: (draft: Draft) => Buffer;
};

/** One field as JSON. */
export function fieldAsJson(field: DraftField): string {
  if (field === null) return 'null';
  if (typeof field === 'string') return JSON.stringify(field);
  return typeof field === 'bigint' ? field.toString() : field.json;
}

/** An event as compact JSON. */
export const draftAsJson = (draft: Draft): string =>
  `{${[...draft].map(([name, field]) => `${JSON.stringify(name)}:${fieldAsJson(field)}`).join(',')}}`;

const whole = (name: string, reason: ParkReason, make: (json: string) => string | Buffer): MalformedKind => ({
  name,
  reason,
  field: null,
  make: (draft) => Buffer.from(make(draftAsJson(draft))),
});

/** A kind that sets one field to a value that must be rejected. */
const put = (name: string, reason: ParkReason, field: string, value: DraftField): MalformedKind => ({
  name,
  reason,
  field,
  make: (draft) => Buffer.from(draftAsJson(new Map([...draft, [field, value]]))),
});

/** A kind without one required field. */
const without = (name: string, field: string): MalformedKind => ({
  name,
  reason: 'missing_field',
  field,
  make: (draft) => Buffer.from(draftAsJson(new Map([...draft].filter(([other]) => other !== field)))),
});

/** A kind whose address contains bytes that are not UTF-8. */
const bytesInAddress = (name: string, bytes: readonly number[]): MalformedKind => ({
  name,
  reason: 'invalid_utf8',
  field: null,
  make: (draft) => {
    const [before = '', after = ''] = draftAsJson(new Map([...draft, ['address', '@@bytes@@']])).split('@@bytes@@');
    return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
  },
});

export const malformedKinds: readonly MalformedKind[] = [
  whole('not JSON', 'invalid_json', () => 'this is not JSON'),
  whole('JSON cut short', 'invalid_json', (json) => json.slice(0, -1)),
  whole('two objects', 'invalid_json', (json) => json + json),
  whole('empty value', 'invalid_json', () => ''),
  whole('array', 'not_an_object', (json) => `[${json}]`),
  whole('bare number', 'not_an_object', () => '42'),
  whole('bare string', 'not_an_object', () => '"an event"'),
  bytesInAddress('invalid UTF-8: stray byte', [0xff]),
  bytesInAddress('invalid UTF-8: cut sequence', [0xe2, 0x82]),
  bytesInAddress('invalid UTF-8: encoded surrogate', [0xed, 0xa0, 0x80]),
  without('missing id', 'id'),
  put('null id', 'missing_field', 'id', null),
  put('id float', 'not_an_integer', 'id', { json: '12.5' }),
  put('id text', 'not_an_integer', 'id', 'twelve'),
  put('id boolean', 'wrong_type', 'id', { json: 'true' }),
  put('id beyond int64', 'integer_out_of_range', 'id', 2n ** 63n),
  put('id below int64', 'integer_out_of_range', 'id', -(2n ** 63n) - 1n),
  put('id string beyond int64', 'integer_out_of_range', 'id', '9223372036854775808'),
  without('missing operation', 'cdc_operation'),
  put('wrong operation', 'unknown_operation', 'cdc_operation', 'UPSERT'),
  without('missing sequence', 'cdc_sequence'),
  put('sequence beyond int64', 'integer_out_of_range', 'cdc_sequence', 2n ** 64n),
  put('sequence float', 'not_an_integer', 'cdc_sequence', { json: '99999999.5' }),
  put('first_name of 101 letters', 'too_long', 'first_name', 'a'.repeat(101)),
  put('first_name of 101 astral characters', 'too_long', 'first_name', '\u{1f600}'.repeat(101)),
  put('phone of 21 characters', 'too_long', 'phone', '+1 613 992 4793 x1234'),
  put('state of 51 letters', 'too_long', 'state', 's'.repeat(51)),
  put('NUL in address', 'nul_character', 'address', 'before\u0000after'),
  put('lone high surrogate', 'lone_surrogate', 'last_name', 'half \ud83d of a smile'),
  put('lone low surrogate', 'lone_surrogate', 'address', 'half \ude00'),
  put('number for city', 'wrong_type', 'city', 12345n),
  put('boolean for email', 'wrong_type', 'email', { json: 'false' }),
  put('object for first_name', 'wrong_type', 'first_name', { json: '{"given":"John"}' }),
  put('30 February', 'invalid_timestamp', 'created_at', '2024-02-30T00:00:00Z'),
  put('29 February of 2023', 'invalid_timestamp', 'updated_at', '2023-02-29T12:00:00Z'),
  put('hour 25', 'invalid_timestamp', 'created_at', '2024-01-15T25:00:00Z'),
  put('no timestamp', 'invalid_timestamp', 'updated_at', 'yesterday'),
  put('nanoseconds', 'timestamp_precision', 'created_at', '2024-01-15T10:30:00.123456789Z'),
];
