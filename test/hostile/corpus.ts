/**
 * Kinds of records that a topic can hold, each with its expected outcome: applied with exactly these cells, parked with this reason, or
 * filtered. Each starts from a valid event and changes one thing.
 */
import type { Header } from '../../pipeline/change.ts';
import type { RejectionCode } from '../../schemas/rejection.ts';
import { type Draft, type DraftField, draftAsJson, malformedKinds } from '../oracle/malformed.ts';

/** A row as PostgreSQL prints it; `sequence` is the column `source_major`. */
export type Row = { readonly [column: string]: string | boolean | null };

/** The expected outcome of a record. `row`: the cells that differ from the row of the valid event. */
export type Outcome =
  | { readonly row: Row }
  | { readonly parked: RejectionCode; readonly field: string | null }
  | 'filtered';

/** Key, headers and timestamp of a record. By default the id is the key, with no headers and the current time. */
export type Envelope = {
  readonly key?: Buffer | null;
  readonly headers?: readonly Header[];
  /** Milliseconds since 1970, in decimal. */
  readonly timestamp?: string;
};

/** One kind of record. */
export type Kind = Envelope & {
  readonly name: string;
  /** The value, made from a valid event. */
  readonly value: (draft: Draft) => Buffer | null;
  readonly outcome: Outcome;
};

/** The valid event: an id, a sequence, and texts with known computed columns. */
export const soundDraft = (id: bigint, sequence: bigint): Draft =>
  new Map<string, DraftField>([
    ['id', id],
    ['first_name', 'Ada'],
    ['last_name', 'Lovelace'],
    ['email', 'Ada.Lovelace@gmail.com'],
    ['address', '12 St James Square'],
    ['country', 'United Kingdom'],
    ['created_at', '2024-01-15T10:30:00Z'],
    ['updated_at', '2024-01-15T10:30:00.5Z'],
    ['source_system', 'legacy_system'],
    ['cdc_operation', 'INSERT'],
    ['cdc_timestamp', '2024-01-15T10:30:01Z'],
    ['cdc_sequence', sequence],
    ['cdc_source', 'legacy_database'],
  ]);

/** The row of the valid event. */
export const soundRow = (id: bigint, sequence: bigint): Row => ({
  id: String(id),
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'Ada.Lovelace@gmail.com',
  email_domain: 'gmail.com',
  phone: null,
  address: '12 St James Square',
  city: null,
  state: null,
  country: 'United Kingdom',
  postal_code: null,
  created_at: '2024-01-15 10:30:00',
  updated_at: '2024-01-15 10:30:00.5',
  source_system: 'legacy_system',
  cdc_operation: 'INSERT',
  full_name: 'Ada Lovelace',
  email_category: 'personal',
  inferred_country: 'GB',
  is_valid_email_flag: true,
  normalized_email: 'adalovelace@gmail.com',
  cdc_timestamp: '2024-01-15 10:30:01',
  sequence: String(sequence),
});

/** The columns of an event that has only id, operation and sequence. */
const bareRow: Row = {
  first_name: null,
  last_name: null,
  email: null,
  email_domain: null,
  address: null,
  country: null,
  created_at: null,
  updated_at: null,
  source_system: null,
  full_name: null,
  email_category: 'unknown',
  inferred_country: null,
  is_valid_email_flag: false,
  normalized_email: null,
  cdc_timestamp: null,
};

/** The computed columns of a text that is not an e-mail address. */
const noEmail: Row = {
  email_domain: null,
  email_category: 'unknown',
  is_valid_email_flag: false,
  normalized_email: null,
};

type Fields = { readonly [field: string]: DraftField };

const withFields = (draft: Draft, fields: Fields): string =>
  draftAsJson(new Map([...draft, ...Object.entries(fields)]));

/** A kind that sets fields and is applied; other cells are those of the valid event. */
const applied = (name: string, fields: Fields, row: Row): Kind => ({
  name,
  value: (draft) => Buffer.from(withFields(draft, fields)),
  outcome: { row },
});

/** A kind that sets texts, which are stored unchanged. */
const kept = (name: string, texts: { readonly [field: string]: string }, more: Row = {}): Kind =>
  applied(name, texts, { ...texts, ...more });

/** A kind whose value is made from the JSON of the valid event, and applied. */
const wrapped = (name: string, make: (json: string) => string | Buffer, row: Row = {}): Kind => ({
  name,
  value: (draft) => Buffer.from(make(draftAsJson(draft)) as string),
  outcome: { row },
});

/** A kind that sets one field to a value that must be rejected, with that field named. */
const refused = (name: string, code: RejectionCode, field: string, value: DraftField): Kind => ({
  name,
  value: (draft) => Buffer.from(withFields(draft, { [field]: value })),
  outcome: { parked: code, field },
});

/** A kind whose whole value must be rejected. */
const unreadable = (name: string, code: RejectionCode, make: (json: string) => string | Buffer): Kind => ({
  name,
  value: (draft) => Buffer.from(make(draftAsJson(draft)) as string),
  outcome: { parked: code, field: null },
});

/** A kind with a valid value in an uncommon envelope. */
const enveloped = (name: string, envelope: Envelope): Kind => ({ ...wrapped(name, (json) => json), ...envelope });

/** A rejected kind in an uncommon envelope, which the dead letter must keep. */
const refusedIn = (name: string, envelope: Envelope): Kind => ({
  ...refused(name, 'unknown_operation', 'cdc_operation', 'UPSERT'),
  ...envelope,
});

const json = (text: string): DraftField => ({ json: text });
/** Adds text after the first brace, as JSON that `JSON.stringify` would not produce. */
const prefixed = (fields: string) => (whole: string) => whole.replace('{', () => `{${fields},`);
/** Adds text before the last brace. */
const suffixed = (fields: string) => (whole: string) => `${whole.slice(0, -1)},${fields}}`;

const megabyte = 1_000_000;
const deep = 100_000;
const smile = '\u{1f600}';

/** Limits in code points, written independently of the product. */
const limits: readonly (readonly [field: string, limit: number, atLimit: (text: string) => Row])[] = [
  ['first_name', 100, (text) => ({ full_name: `${text} Lovelace` })],
  ['last_name', 100, (text) => ({ full_name: `Ada ${text}` })],
  ['email', 255, () => noEmail],
  ['phone', 20, () => ({})],
  ['city', 100, () => ({})],
  ['state', 50, () => ({})],
  ['country', 50, () => ({ inferred_country: null })],
  ['postal_code', 20, () => ({})],
  ['source_system', 50, () => ({})],
];

const textFields = [...limits.map(([field]) => field), 'address', 'cdc_source'];

const header = (name: string | Buffer, value: string | Buffer | null): Header => [
  Buffer.from(name as string),
  value === null ? null : Buffer.from(value as string),
];

const manyHeaders = Array.from({ length: 10_000 }, (_, index) => header(`header-${index}`, `value ${index}`));
const binaryHeaders = [
  header('trace', Buffer.from([0, 255, 128, 10])),
  header('trace', 'again'),
  header('empty', ''),
  header('no-value', null),
  header('', 'nameless'),
  header(Buffer.from([0xff, 0xfe, 0x80, 0x00, 0xc3, 0x28]), 'a name that is not UTF-8'),
];
const inheritedHeaders = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'length'].map((name) =>
  header(name, `called ${name}`),
);

const envelopes: readonly (readonly [name: string, envelope: Envelope])[] = [
  ['no key', { key: null }],
  ['an empty key', { key: Buffer.alloc(0) }],
  ['a key that contradicts the id', { key: Buffer.from('999') }],
  ['a binary key', { key: Buffer.from([0, 255, 10, 92, 46, 9, 34]) }],
  ['a key of 1 MB', { key: Buffer.alloc(megabyte, 'k') }],
  ['10,000 headers', { headers: manyHeaders }],
  ['headers binary, empty, repeated, without value, with names that are not UTF-8', { headers: binaryHeaders }],
  ['headers that are called like members of every object', { headers: inheritedHeaders }],
  ['a header of 1 MB', { headers: [header('large', Buffer.alloc(megabyte, 255))] }],
  ['the Kafka timestamp -1', { timestamp: '-1' }],
  ['the Kafka timestamp 0', { timestamp: '0' }],
  ['a Kafka timestamp in nanoseconds', { timestamp: '1705314600000000000' }],
  ['the last Kafka timestamp', { timestamp: '9223372036854775807' }],
];

const integers: readonly Kind[] = [
  applied('id 0', { id: 0n }, { id: '0' }),
  applied('id -1', { id: -1n }, { id: '-1' }),
  applied('id 2^53 + 1 (rule 18)', { id: 2n ** 53n + 1n }, { id: '9007199254740993' }),
  applied('the greatest int64 as id (rule 18)', { id: 2n ** 63n - 1n }, { id: '9223372036854775807' }),
  applied('the least int64 as id (rule 18)', { id: -(2n ** 63n) }, { id: '-9223372036854775808' }),
  applied('id as text, beyond 2^53 (rule 18)', { id: '9007199254740995' }, { id: '9007199254740995' }),
  applied('sequence 2^53 + 1 (rule 18)', { cdc_sequence: 2n ** 53n + 1n }, { sequence: '9007199254740993' }),
  applied('the greatest int64 as sequence', { cdc_sequence: 2n ** 63n - 1n }, { sequence: '9223372036854775807' }),
  applied('the least int64 as sequence', { cdc_sequence: -(2n ** 63n) }, { sequence: '-9223372036854775808' }),
  applied('sequence 0', { cdc_sequence: 0n }, { sequence: '0' }),
  applied('id with white space around it', { id: json(' \n\t 9007199254740999 \r\n') }, { id: '9007199254740999' }),
  applied('id as text, negative', { id: '-9007199254740995' }, { id: '-9007199254740995' }),
  applied('sequence as text', { cdc_sequence: '4611686018427387905' }, { sequence: '4611686018427387905' }),
  refused('id 1e3', 'not_an_integer', 'id', json('1e3')),
  refused('id 1.0', 'not_an_integer', 'id', json('1.0')),
  refused('id -0', 'not_an_integer', 'id', json('-0')),
  refused('id 1e400', 'not_an_integer', 'id', json('1e400')),
  refused('id 7.0000000000000000000000001', 'not_an_integer', 'id', json('7.0000000000000000000000001')),
  refused('id an empty text', 'not_an_integer', 'id', ''),
  refused('id with a space before', 'not_an_integer', 'id', ' 7'),
  refused('id with a line break behind', 'not_an_integer', 'id', '7\n'),
  refused('id with a plus sign', 'not_an_integer', 'id', '+7'),
  refused('id in hexadecimal', 'not_an_integer', 'id', '0x7'),
  refused('id in Arabic digits', 'not_an_integer', 'id', '٧'),
  refused('id with separators', 'not_an_integer', 'id', '1,000'),
  refused('id as text with a leading zero', 'not_an_integer', 'id', '07'),
  refused('id as text with 30 leading zeros', 'not_an_integer', 'id', `${'0'.repeat(30)}7`),
  refused('id an array', 'wrong_type', 'id', json('[7]')),
  refused('id an object', 'wrong_type', 'id', json('{"$numberLong":"7"}')),
  refused('id of 100,000 digits', 'integer_out_of_range', 'id', json('7'.repeat(100_000))),
  refused('id as text of a million digits', 'integer_out_of_range', 'id', '7'.repeat(megabyte)),
  refused('id of 5 million digits', 'integer_out_of_range', 'id', json('7'.repeat(5 * megabyte))),
  refused('id with 100,000 digits behind the point', 'not_an_integer', 'id', json(`7.${'0'.repeat(100_000)}1`)),
  refused('null sequence', 'missing_field', 'cdc_sequence', null),
  refused('sequence true', 'wrong_type', 'cdc_sequence', json('true')),
  refused('sequence that is a time', 'not_an_integer', 'cdc_sequence', '2024-01-15T10:30:00Z'),
  refused('sequence below int64', 'integer_out_of_range', 'cdc_sequence', -(2n ** 63n) - 1n),
];

const shapes: readonly Kind[] = [
  wrapped('a sound event', (whole) => whole),
  wrapped('white space wherever JSON allows it', (whole) => ` \r\n\t${whole.replaceAll('":', '"\n :\t ')}\n `),
  wrapped('a byte order mark before the object', (whole) => `\ufeff${whole}`),
  wrapped('every letter as an escape', (whole) =>
    whole.replace(/[a-z]/gi, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ),
  wrapped('escaped slashes', (whole) => whole.replace('12 St', '12\\/3 St'), { address: '12/3 St James Square' }),
  wrapped('a repeated key: the last counts', suffixed('"address":"first","address":"last"'), { address: 'last' }),
  wrapped('a key repeated in escapes: the last counts', suffixed('"addres\\u0073":"last"'), { address: 'last' }),
  wrapped('a repeated id: the last counts, exactly (rule 18)', suffixed('"id":9007199254740997'), {
    id: '9007199254740997',
  }),
  wrapped(
    'the names of inherited members as keys',
    prefixed('"__proto__":{"city":"x","id":1},"constructor":{"prototype":1},"toString":null,"hasOwnProperty":0'),
  ),
  {
    name: 'the fields in reverse order',
    value: (draft) => Buffer.from(draftAsJson(new Map([...draft].reverse()))),
    outcome: { row: {} },
  },
  wrapped('unknown fields of every type', prefixed('"a":1.5,"b":[],"c":{"id":3},"d":null,"e":true,"":""')),
  wrapped('known names in capitals are unknown', prefixed('"ID":5,"First_Name":"x"')),
  wrapped('the same names in a nested object', suffixed('"before":{"id":1,"address":"old","cdc_operation":"x"}')),
  wrapped('100,000 arrays in one another', suffixed(`"x":${'['.repeat(deep)}${']'.repeat(deep)}`)),
  wrapped('100,000 objects in one another', suffixed(`"x":${'{"id":'.repeat(deep)}1${'}'.repeat(deep)}`)),
  wrapped('50,000 unknown fields', suffixed(Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join(','))),
  wrapped('a number of 100,000 digits in an unknown field', suffixed(`"x":${'9'.repeat(100_000)}`)),
  wrapped('a very long decimal in an unknown field', suffixed(`"x":0.${'1'.repeat(10_000)}e-400`)),
  wrapped('1e999 in an unknown field', suffixed('"x":1e999')),
  wrapped('half a surrogate pair in an unknown field', suffixed('"x":"\\ud800"')),
  wrapped('NUL in an unknown field', suffixed('"x":"\\u0000"')),
  unreadable('only spaces', 'invalid_json', () => '   \n'),
  unreadable('a byte order mark alone', 'invalid_json', () => '\ufeff'),
  unreadable('two byte order marks', 'invalid_json', (whole) => `\ufeff\ufeff${whole}`),
  unreadable('two objects on two lines', 'invalid_json', (whole) => `${whole}\n${whole}`),
  unreadable('a trailing comma', 'invalid_json', (whole) => `${whole.slice(0, -1)},}`),
  unreadable('NaN', 'invalid_json', suffixed('"x":NaN')),
  unreadable('-Infinity', 'invalid_json', suffixed('"x":-Infinity')),
  unreadable('undefined', 'invalid_json', () => 'undefined'),
  unreadable('single quotes', 'invalid_json', (whole) => whole.replaceAll('"', "'")),
  unreadable('keys without quotes', 'invalid_json', (whole) => whole.replace('"id"', 'id')),
  unreadable('a comment', 'invalid_json', (whole) => `/* first */ ${whole}`),
  unreadable('a number with a leading zero', 'invalid_json', suffixed('"x":007')),
  unreadable('a number with a plus sign', 'invalid_json', suffixed('"x":+7')),
  unreadable('a hexadecimal number', 'invalid_json', suffixed('"x":0x7')),
  unreadable('an unknown escape', 'invalid_json', suffixed('"x":"\\x41"')),
  unreadable('a line break in a text', 'invalid_json', suffixed('"x":"a\nb"')),
  unreadable('the byte NUL in a text', 'invalid_json', suffixed('"x":"a\0b"')),
  unreadable('one byte NUL', 'invalid_json', () => '\0'),
  unreadable('a no-break space between the fields', 'invalid_json', (whole) => whole.replace(',', ',\u00a0')),
  unreadable('100,000 open brackets', 'invalid_json', () => '['.repeat(deep)),
  unreadable('a text of 1 MB that does not end', 'invalid_json', () => `{"address":"${'x'.repeat(megabyte)}`),
  unreadable(
    '100,000 arrays in one another, and nothing else',
    'not_an_object',
    () => `${'['.repeat(deep)}${']'.repeat(deep)}`,
  ),
  unreadable('null', 'not_an_object', () => 'null'),
  unreadable('true', 'not_an_object', () => 'true'),
  unreadable('an event as a JSON text', 'not_an_object', (whole) => JSON.stringify(whole)),
  unreadable('two events in an array', 'not_an_object', (whole) => `[${whole},${whole}]`),
  unreadable('UTF-16 with its mark', 'invalid_utf8', (whole) => Buffer.from(`\ufeff${whole}`, 'utf16le')),
  unreadable('UTF-16 without a mark', 'invalid_json', (whole) => Buffer.from(whole, 'utf16le')),
  unreadable('Latin-1', 'invalid_utf8', (whole) => Buffer.from(whole.replace('Ada', 'Adè'), 'latin1')),
  unreadable('an overlong encoding of a quote', 'invalid_utf8', () => Buffer.from([0x7b, 0xc0, 0xa2, 0x7d])),
  unreadable('an overlong encoding of NUL', 'invalid_utf8', () => Buffer.from([0x22, 0xc0, 0x80, 0x22])),
  unreadable('a character beyond U+10FFFF', 'invalid_utf8', () => Buffer.from([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22])),
  unreadable('half a surrogate pair in bytes', 'invalid_utf8', () => Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
  unreadable('something packed with gzip', 'invalid_utf8', () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])),
  unreadable('Avro by a schema registry', 'invalid_json', () => Buffer.from([0, 0, 0, 0, 7, 2, 6, 0x41, 0x64, 0x61])),
];

const operations: readonly Kind[] = [
  applied('an UPDATE of a user that is not there', { cdc_operation: 'UPDATE' }, { cdc_operation: 'UPDATE' }),
  applied('a DELETE that carries the row keeps it (rule 2)', { cdc_operation: 'DELETE' }, { cdc_operation: 'DELETE' }),
  {
    name: 'a DELETE that carries only the id leaves a row of nulls (rule 2)',
    value: (draft) => Buffer.from(draftAsJson(bare(draft, 'DELETE'))),
    outcome: { row: { ...bareRow, cdc_operation: 'DELETE' } },
  },
  {
    name: 'an INSERT without a single optional field is a row of nulls (rule 2)',
    value: (draft) => Buffer.from(draftAsJson(bare(draft, 'INSERT'))),
    outcome: { row: bareRow },
  },
  {
    name: 'null fields are missing fields (rule 2)',
    value: (draft) => {
      const nulls = [...draft].map(([name]) => [name, null] as const);
      return Buffer.from(draftAsJson(new Map([...nulls, ...bare(draft, 'INSERT')])));
    },
    outcome: { row: bareRow },
  },
  refused('an operation in lower case', 'unknown_operation', 'cdc_operation', 'insert'),
  refused('an operation with a space', 'unknown_operation', 'cdc_operation', 'INSERT '),
  refused('an operation of Debezium', 'unknown_operation', 'cdc_operation', 'c'),
  refused('an empty operation', 'unknown_operation', 'cdc_operation', ''),
  refused('a null operation', 'missing_field', 'cdc_operation', null),
  refused('an operation in an array', 'unknown_operation', 'cdc_operation', json('["INSERT"]')),
  refused('an operation of 1 MB', 'unknown_operation', 'cdc_operation', 'I'.repeat(megabyte)),
  refused('an operation with NUL, which the reason quotes (rule 20)', 'unknown_operation', 'cdc_operation', 'IN\0SERT'),
  refused(
    'an operation with half a pair, which the reason quotes (rule 20)',
    'unknown_operation',
    'cdc_operation',
    json('"\\ud800"'),
  ),
  { name: 'a tombstone', value: () => null, outcome: 'filtered' },
  { name: 'a tombstone without key', value: () => null, outcome: 'filtered', key: null },
  { name: 'a tombstone with headers', value: () => null, outcome: 'filtered', headers: binaryHeaders },
];

function bare(draft: Draft, operation: string): Draft {
  const required: DraftField[] = [draft.get('id') ?? null, draft.get('cdc_sequence') ?? null];
  const [id = null, sequence = null] = required;
  return new Map([
    ['id', id],
    ['cdc_operation', operation],
    ['cdc_sequence', sequence],
  ]);
}

const texts: readonly Kind[] = [
  kept('texts that look like NULL to COPY (rule 18)', { address: '\\N', city: 'NULL', state: 'null', phone: '\\\\N' }),
  kept('texts that look like the end of COPY (rule 18)', { address: '\\.', city: '\n\\.\n', state: '\\.\n' }),
  kept('tabs, line breaks and backslashes (rule 18)', {
    address: '\ta\nb\rc\r\nd\\e\\tf\\\\g\b\f\v',
    city: '\t',
    state: '\\',
    source_system: 'a\\',
  }),
  kept('a text of every control character but NUL', {
    address: String.fromCharCode(...Array.from({ length: 31 }, (_, index) => index + 1), 0x7f, 0x80, 0x9f),
  }),
  kept(
    'SQL',
    { last_name: "'); drop table users_enriched; --", address: `$1 $$ E'\\'' "x" ; delete from sluice.checkpoint` },
    {
      full_name: "Ada '); drop table users_enriched; --",
    },
  ),
  kept('templates and markup', { address: '{{id}} $1 %s %n <script>alert(1)</script> &amp; ../../etc/passwd' }),
  kept('an e-mail that is none', { email: 'Ada at home' }, noEmail),
  kept('quotes, delimiters and carets', { address: `"'\`,;|^~*?<>[]{}()#!`, city: '"', state: "''" }),
  kept('names of inherited members as texts', { city: '__proto__', state: 'constructor', phone: 'toString' }),
  kept('the words undefined, NaN and None', { address: 'undefined', city: 'NaN', state: 'None' }),
  kept('a letter under 10,000 combining marks', { address: `Z${'\u0334'.repeat(10_000)}` }),
  kept('a text of 100,000 lines (rule 18)', { address: 'a\tb\r\n'.repeat(100_000) }),
  kept('texts that would be other types', { address: 'true', city: '123', state: '{"a":1}', phone: '[]' }),
  kept('empty texts', { first_name: '', address: '', city: '', phone: '' }, { full_name: 'Lovelace' }),
  kept('spaces at both ends', { last_name: '  Lovelace  ', address: ' a ', city: '   ' }),
  kept('right-to-left and zero-width characters', {
    address:
      '\u202eabc\u202c \u200b\u200d\ufeff \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea',
  }),
  kept('emoji with joiners and flags', { address: '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇩🇪 👍🏽' }),
  kept('composed and decomposed characters stay apart', {
    address: 'é\u00f1',
    city: 'e\u0301n\u0303',
    state: '\uac00 \u1100\u1161',
  }),
  kept('characters that are none', { address: '\ufffe\uffff\ufffd\u{1ffff}\u{10ffff}', city: '\u2028\u2029\u0085' }),
  applied('an astral character in escapes', { address: json('"\\ud83d\\ude00\\u00e9"') }, { address: `${smile}é` }),
  kept('an address of 8 MB', { address: 'x'.repeat(8 * megabyte) }),
  kept('an address of 5 MB of backslashes (rule 18)', { address: '\\'.repeat(5 * megabyte) }),
  kept('an address of a million astral characters', { address: smile.repeat(megabyte) }),
  applied('a source of 10,000 characters, which has no column', { cdc_source: 'x'.repeat(10_000) }, {}),
  kept(
    'names whose full name does not fit its column',
    { first_name: 'a'.repeat(100), last_name: 'b'.repeat(100) },
    { full_name: null },
  ),
  ...limits.map(([field, limit, row]) => {
    const text = smile.repeat(limit);
    return kept(`${field} of ${limit} astral characters`, { [field]: text }, row(text));
  }),
  ...limits.map(([field, limit]) =>
    refused(`${field} one character above its limit of ${limit}`, 'too_long', field, 'x'.repeat(limit + 1)),
  ),
  refused('a name of 10,000 characters', 'too_long', 'first_name', 'x'.repeat(10_000)),
  refused('a name of a million characters', 'too_long', 'last_name', smile.repeat(megabyte)),
  refused('a name with as many joiners as to be too long', 'too_long', 'first_name', `a${'\u0301'.repeat(100)}`),
  refused('NUL alone', 'nul_character', 'city', '\0'),
  refused('NUL in a field without a column', 'nul_character', 'cdc_source', 'a\0'),
  refused('a surrogate pair the wrong way round', 'lone_surrogate', 'city', json('"\\ude00\\ud83d"')),
  refused('half a pair at the end', 'lone_surrogate', 'address', json('"a\\ud83d"')),
  ...textFields.map((field, index) => {
    const others = ['7', 'true', '[]', '{}', '1.5', '["x"]', '-0', 'false', '{"x":null}', '9007199254740993', '0'];
    return refused(`${field} that is ${others[index]}`, 'wrong_type', field, json(others[index] ?? '7'));
  }),
  refused('100,000 arrays for a name', 'wrong_type', 'first_name', json(`${'['.repeat(deep)}${']'.repeat(deep)}`)),
];

const times: readonly Kind[] = [
  applied(
    'infinite dates',
    { created_at: 'infinity', updated_at: '-infinity', cdc_timestamp: 'infinity' },
    { created_at: 'infinity', updated_at: '-infinity', cdc_timestamp: 'infinity' },
  ),
  applied(
    'offsets, which become UTC',
    {
      created_at: '2024-01-01T00:30:00+05:45',
      updated_at: '2024-02-29T23:30:00.25-0800',
      cdc_timestamp: '2024-01-15T10:30:00+15:59',
    },
    { created_at: '2023-12-31 18:45:00', updated_at: '2024-03-01 07:30:00.25', cdc_timestamp: '2024-01-14 18:31:00' },
  ),
  applied(
    'the first and the last moment',
    {
      created_at: '0001-01-01T00:00:00Z',
      updated_at: '9999-12-31T23:59:59.999999Z',
      cdc_timestamp: '1582-10-10T00:00:00Z',
    },
    {
      created_at: '0001-01-01 00:00:00',
      updated_at: '9999-12-31 23:59:59.999999',
      cdc_timestamp: '1582-10-10 00:00:00',
    },
  ),
  applied(
    'uncommon spellings',
    { created_at: '2024-01-15', updated_at: '2024-01-15t10:30:00,000001z', cdc_timestamp: '2000-02-29 10:30' },
    {
      created_at: '2024-01-15 00:00:00',
      updated_at: '2024-01-15 10:30:00.000001',
      cdc_timestamp: '2000-02-29 10:30:00',
    },
  ),
  applied(
    'a leap day, and offsets that are none',
    { created_at: '2024-02-29T00:00:00+00:00', updated_at: '2024-02-29T23:59:59-00:00' },
    { created_at: '2024-02-29 00:00:00', updated_at: '2024-02-29 23:59:59' },
  ),
  applied(
    'nine digits of which six count',
    { created_at: '2024-01-15T10:30:00.123456000Z' },
    { created_at: '2024-01-15 10:30:00.123456' },
  ),
  ...['created_at', 'updated_at', 'cdc_timestamp'].map((field) =>
    refused(`${field} in milliseconds since 1970`, 'wrong_type', field, 1_705_314_600_000n),
  ),
  refused('a time in microseconds since 1970', 'wrong_type', 'created_at', 1_705_314_600_000_000n),
  refused('a time in seconds since 1970, as text', 'invalid_timestamp', 'created_at', '1705314600'),
  refused('a time that is true', 'wrong_type', 'updated_at', json('true')),
  refused('an empty time', 'invalid_timestamp', 'created_at', ''),
  refused('0000-00-00', 'invalid_timestamp', 'created_at', '0000-00-00'),
  refused('0000-00-00 00:00:00', 'invalid_timestamp', 'updated_at', '0000-00-00 00:00:00'),
  refused('the year 0', 'invalid_timestamp', 'created_at', '0000-12-31T00:00:00Z'),
  refused('a year before Christ', 'invalid_timestamp', 'created_at', '0044-03-15 BC'),
  refused('a year beyond PostgreSQL', 'invalid_timestamp', 'updated_at', '294277-01-01T00:00:00Z'),
  refused('a year of five digits', 'invalid_timestamp', 'updated_at', '12024-01-15T10:30:00Z'),
  refused('a leap second', 'invalid_timestamp', 'created_at', '2016-12-31T23:59:60Z'),
  refused('24:00', 'invalid_timestamp', 'created_at', '2024-01-15T24:00:00Z'),
  refused('an offset no clock shows', 'invalid_timestamp', 'created_at', '2024-01-15T10:30:00+16:00'),
  refused('the year 10000 by its offset', 'invalid_timestamp', 'created_at', '9999-12-31T23:30:00-01:00'),
  refused('a time zone by name', 'invalid_timestamp', 'created_at', '2024-01-15T10:30:00 Europe/Berlin'),
  refused('infinity in capitals', 'invalid_timestamp', 'created_at', 'Infinity'),
  refused('now', 'invalid_timestamp', 'created_at', 'now'),
  refused('a time in words', 'invalid_timestamp', 'updated_at', 'Mon, 15 Jan 2024 10:30:00 GMT'),
  refused('a time of 1 MB', 'invalid_timestamp', 'created_at', '2'.repeat(megabyte)),
  refused('a time with NUL, which the reason quotes (rule 20)', 'invalid_timestamp', 'created_at', '2024-01-15\0'),
  refused(
    'a time with half a pair, which the reason quotes (rule 20)',
    'invalid_timestamp',
    'updated_at',
    json('"\\udfff"'),
  ),
  refused('picoseconds', 'timestamp_precision', 'created_at', '2024-01-15T10:30:00.123456789012Z'),
  refused(
    'a time of day finer than a microsecond',
    'timestamp_precision',
    'updated_at',
    '2024-01-15T10:30:00.0000001Z',
  ),
];

/** All kinds, with unique names, including the oracle's malformed records. */
export const corpus: readonly Kind[] = [
  ...malformedKinds.map(
    ({ name, reason, field, make }): Kind => ({ name, value: make, outcome: { parked: reason, field } }),
  ),
  ...integers,
  ...shapes,
  ...operations,
  ...texts,
  ...times,
  ...envelopes.map(([name, envelope]) => enveloped(name, envelope)),
  ...envelopes.map(([name, envelope]) => refusedIn(`parked with ${name} (rule 20)`, envelope)),
];
