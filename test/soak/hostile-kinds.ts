/** Kinds of hostile messages for a replica, each made from an ordinary one, with its expected outcome. */
import type { Header } from '../../pipeline/change.ts';
import type { Prng } from '../../simulator/prng.ts';
import { type Cells, type Envelope, type Messages, rowOf } from './debezium-message.ts';

/**
 * The outcome of a record: a dead letter; filtered; a row with these texts in place of the ordinary ones; or `either`, a row or a
 * dead letter.
 */
export type Outcome = 'parked' | 'filtered' | 'either' | { readonly texts: Readonly<Record<string, string | null>> };

/** Key, value and headers of a message. */
export type Message = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly Header[];
  readonly outcome: Outcome;
};

/** Where a message stands: its number orders it, and its id is that of no other message. */
export type Place = { readonly number: number; readonly id: string; readonly hasSchema: boolean };

/** Makes a message of the table `people`. */
export type Kind = {
  readonly name: string;
  readonly make: (messages: Messages, place: Place, random: Prng) => Message;
};

/** The cells of an ordinary person, and the texts as MariaDB shows them. */
export const person = (
  id: string,
): { readonly cells: Cells; readonly texts: Readonly<Record<string, string | null>> } => ({
  cells: {
    ...{ id, name: '"Ann"', age: '41', score: '"123.45"', born: '19000', seen: '1700000000000001', active: 'true' },
    ...{ ratio: '0.125', note: '"a \\\\N note"', data: JSON.stringify('{"n": 5}'), raw: '"AP8="' },
  },
  texts: {
    ...{
      id,
      name: 'Ann',
      age: '41',
      score: '123.45',
      born: '2022-01-08',
      seen: '2023-11-14 22:13:20.000001',
      active: '1',
    },
    ...{ ratio: '0.125', note: 'a \\N note', data: '{"n": 5}', raw: '00ff' },
  },
});

const text = (value: string): string => JSON.stringify(value);
const bytes = (value: string | null): Buffer | null => (value === null ? null : Buffer.from(value));

/** A create of a person with other cells. */
const withCells = (name: string, outcome: Outcome, cells: Cells): Kind => ({
  name,
  make: (messages, { number, id, hasSchema }) => {
    const all = { ...person(id).cells, ...cells };
    return {
      key: bytes(messages.key({ id }, hasSchema)),
      value: bytes(messages.value(number, { after: rowOf(all) }, hasSchema)),
      outcome,
    };
  },
});

/** A message with another envelope. `after` is the row of the ordinary create. */
const withEnvelope = (name: string, outcome: Outcome, envelope: (after: string) => Envelope): Kind => ({
  name,
  make: (messages, { number, id, hasSchema }) => {
    const after = rowOf(person(id).cells);
    return {
      key: bytes(messages.key({ id }, hasSchema)),
      value: bytes(messages.value(number, { after, ...envelope(after) }, hasSchema)),
      outcome,
    };
  },
});

/** A message whose whole value is made from that of the ordinary create. */
const withValue = (
  name: string,
  outcome: Outcome,
  value: (ordinary: string, random: Prng) => Buffer | string | null,
): Kind => ({
  name,
  make: (messages, { number, id, hasSchema }, random) => {
    const made = value(messages.value(number, { after: rowOf(person(id).cells) }, hasSchema), random);
    return {
      key: bytes(messages.key({ id }, hasSchema)),
      value: typeof made === 'string' ? Buffer.from(made) : made,
      outcome,
    };
  },
});

/** A create with one damaged cell: a flipped bit, a byte less, or a byte twice. */
const damagedCell: Kind = {
  name: 'a damaged cell',
  make: (messages, place, random) => {
    const { id: _id, ...others } = person(place.id).cells;
    const [column, json] = random.pick(Object.entries(others));
    const whole = Buffer.from(json);
    const at = random.below(whole.length);
    const flipped = Buffer.from([(whole[at] ?? 0) ^ (1 << random.below(7))]);
    const middle = random.pick([
      flipped,
      Buffer.alloc(0),
      Buffer.concat([whole.subarray(at, at + 1), whole.subarray(at, at + 1)]),
    ]);
    const damaged = Buffer.concat([whole.subarray(0, at), middle, whole.subarray(at + 1)]).toString('latin1');
    return withCells('', 'either', { [column]: damaged }).make(messages, place, random);
  },
};

const withKey = (
  name: string,
  outcome: Outcome,
  key: (id: string) => string | Buffer | null,
  headers: readonly Header[] = [],
): Kind => ({
  name,
  make: (messages, { number, id, hasSchema }) => {
    const made = key(id);
    return {
      key: typeof made === 'string' ? Buffer.from(made) : made,
      value: bytes(messages.value(number, { after: rowOf(person(id).cells) }, hasSchema)),
      headers,
      outcome,
    };
  },
});

export const randomBytes = (random: Prng, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.below(256)));

/** Cuts a message at a byte within it, so that its last brace is missing. */
const cut = (ordinary: string, random: Prng): Buffer => {
  const whole = Buffer.from(ordinary);
  return whole.subarray(0, random.below(whole.length - 1));
};

/** Puts a byte that UTF-8 does not have somewhere into the message. */
const notUtf8 = (ordinary: string, random: Prng): Buffer => {
  const whole = Buffer.from(ordinary);
  const at = random.below(whole.length);
  return Buffer.concat([whole.subarray(0, at), Buffer.from([random.pick([0xff, 0xc0, 0xfe])]), whole.subarray(at)]);
};

const header = (name: string, value: Buffer | null): Header => [Buffer.from(name), value];
const cyrillic = 'Ж'.repeat(20);
const smile = '\u{1f600}';
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const beyondBigint = '9999999999999999999';

/** Cells that no column of `people` takes. */
const refusedCells: readonly (readonly [name: string, cells: Cells])[] = [
  ['a text of one character more than its column', { name: text('x'.repeat(21)) }],
  ['emoji, one more than the column takes', { name: text(smile.repeat(21)) }],
  ['a text of 100,000 characters', { note: text('y'.repeat(100_000)) }],
  ['a number as a text column', { note: '[1, 2]' }],
  ['an object as a text', { name: '{"a": 1}' }],
  ['a smallint with a fraction', { age: '1.5' }],
  ['a smallint that is a word', { age: text('forty') }],
  ['a smallint that is an array', { age: '[]' }],
  ['a numeric with too many digits', { score: text('12345.67') }],
  ['a numeric that would be rounded', { score: text('1.235') }],
  ['a numeric of 100,000 digits', { score: text('9'.repeat(100_000)) }],
  ['NaN in a numeric', { score: text('NaN') }],
  ['infinity in a numeric', { score: text('-Infinity') }],
  ['a word in a numeric', { score: text('lots') }],
  ['an empty text in a numeric', { score: text('') }],
  ['a date in the year 10000', { born: '2932897' }],
  ['a date before Christ', { born: '-800000' }],
  ['a date of the greatest int32', { born: '2147483647' }],
  ['a date beyond int32', { born: '99999999999999' }],
  ['a date that is a boolean', { born: 'true' }],
  ['a time in the year 10000', { seen: '253402300800000000' }],
  ['a time before Christ', { seen: '-62198755200000000' }],
  ['a time of the greatest int64', { seen: '9223372036854775807' }],
  ['a time with a fraction', { seen: '1.25' }],
  ['NaN in a double', { ratio: text('NaN') }],
  ['a word in a double', { ratio: text('half') }],
  ['NUL in a text', { note: '"a\\u0000b"' }],
  ['half a surrogate pair', { note: '"a\\ud800b"' }],
  ['bytes that are not base64', { raw: text('!!!!') }],
  ['bytes that are a number', { raw: '5' }],
  ['an id with a fraction', { id: '0.5' }],
  ['an id that is a word', { id: text('one') }],
  ['an id that is an object', { id: '{}' }],
];

/** Cells that mostly only the server refuses, which costs a bisection of the group each time. */
const refusedByServer: readonly (readonly [name: string, cells: Cells])[] = [
  ['a null in a column that is NOT NULL', { name: 'null' }],
  ['a null in a boolean that is NOT NULL', { active: 'null' }],
  ['a smallint of 40000', { age: '40000' }],
  ['a smallint of 200 digits', { age: '9'.repeat(200) }],
  ['a number beyond a double', { ratio: '1e400' }],
  ['a number below zero and beyond a double', { ratio: '-1e999' }],
  ['a document that is not JSON', { data: text('{not json') }],
  ['a document with text after it', { data: text('{} {}') }],
  ['an id beyond int64', { id: '9223372036854775808' }],
  ['an id that is null', { id: 'null' }],
];

/** Values at a limit, which are stored as they are. */
const acceptedCells: readonly (readonly [
  name: string,
  cells: Cells,
  texts: Readonly<Record<string, string | null>>,
])[] = [
  ['a text as long as its column', { name: text(cyrillic) }, { name: cyrillic }],
  ['emoji, as many as the column takes', { name: text(smile.repeat(20)) }, { name: smile.repeat(20) }],
  ['an empty text', { name: text(''), note: text('') }, { name: '', note: '' }],
  ['SQL in a text', { note: text(`'); drop table people; -- \\`) }, { note: `'); drop table people; -- \\` }],
  ['the least smallint', { age: '-32768' }, { age: '-32768' }],
  ['the greatest numeric', { score: text('9999.99') }, { score: '9999.99' }],
  ['the last day', { born: '2932896' }, { born: '9999-12-31' }],
  ['the last microsecond', { seen: '253402300799999999' }, { seen: '9999-12-31 23:59:59.999999' }],
  [
    'nulls wherever they are allowed',
    { age: 'null', score: 'null', born: 'null', seen: 'null', ratio: 'null', note: 'null', data: 'null', raw: 'null' },
    { age: null, score: null, born: null, seen: null, ratio: null, note: null, data: null, raw: null },
  ],
];

/** All kinds. Those of random content stand several times, so that they come more often. */
export const kinds: readonly Kind[] = [
  ...refusedCells.map(([name, cells]) => withCells(name, 'parked', cells)),
  ...acceptedCells.map(([name, cells, texts]) => withCells(name, { texts }, cells)),
  withCells('a boolean that is a word', 'either', { active: text('yes') }),
  withEnvelope('a column that is given twice', 'parked', (after) => ({
    after: after.replace('"name"', '"age":1,"name"'),
  })),
  withEnvelope('no operation', 'parked', () => ({ op: 'null' })),
  withEnvelope('an unknown operation', 'parked', () => ({ op: '"x"' })),
  withEnvelope('an operation that is a number', 'parked', () => ({ op: '5' })),
  withEnvelope('a create without a row', 'parked', () => ({ after: 'null' })),
  withEnvelope('no position', 'parked', () => ({ source: { lsn: 'null', sequence: 'null' } })),
  withEnvelope('a row without its key', 'parked', (after) => ({ after: after.replace(/"id":\d+,/, '') })),
  withEnvelope('a row that is a text', 'parked', () => ({ after: '"row"' })),
  withEnvelope('a row that is an array', 'parked', () => ({ after: '[]' })),
  withEnvelope('an old row that is a number', 'parked', () => ({ before: '5' })),
  withEnvelope('an update without a large value, of a row that does not exist', 'parked', (after) => ({
    op: '"u"',
    after: after.replace('"a \\\\N note"', '"__debezium_unavailable_value"'),
  })),
  withEnvelope('an unknown member of 200,000 characters', { texts: {} }, () => ({
    more: `,"more":${text('z'.repeat(200_000))}`,
  })),
  withEnvelope('a position beyond bigint', 'either', () => ({
    source: { lsn: beyondBigint, sequence: text(`["${beyondBigint}","${beyondBigint}"]`) },
  })),
  withEnvelope('a position that is the greatest bigint', 'either', () => ({ source: { lsn: '9223372036854775807' } })),
  withEnvelope('a time of commit beyond every calendar', 'either', () => ({
    source: { ts_ms: '9223372036854775807' },
  })),
  withEnvelope('a row that does not exist, changed beyond every calendar', 'parked', (after) => ({
    op: '"u"',
    after: after.replace('"a \\\\N note"', '"__debezium_unavailable_value"'),
    source: { ts_ms: '9223372036854775807' },
  })),
  withEnvelope('a row of a snapshot beyond bigint', 'either', () => ({
    op: '"r"',
    source: { lsn: beyondBigint, snapshot: '"true"' },
  })),
  withEnvelope('a time of commit that is a word', 'either', () => ({ source: { ts_ms: '"now"' } })),
  withEnvelope('a logical message', 'filtered', () => ({ op: '"m"', after: 'null' })),
  withValue('a tombstone', 'filtered', () => null),
  withValue('a value of no bytes', 'parked', () => ''),
  withValue('white space', 'parked', () => ' \n'),
  withValue('a JSON null', 'filtered', () => 'null'),
  withValue('a heartbeat', 'filtered', () => '{"ts_ms":1}'),
  withValue('an array', 'parked', () => '[{}]'),
  withValue('an object of another kind', 'parked', () => '{"id":1,"name":"Ann"}'),
  withValue('a schema without a payload', 'parked', (ordinary) =>
    ordinary.replace('"payload"', '"load"').replace('"before"', '"early"').replace('"op"', '"po"'),
  ),
  withValue('text after the message', 'parked', (ordinary) => `${ordinary}x`),
  withValue('the message twice', 'parked', (ordinary) => ordinary + ordinary),
  withValue('a message in UTF-16', 'parked', (ordinary) => Buffer.from(ordinary, 'utf16le')),
  ...Array.from({ length: 4 }, () => withValue('a message that is cut', 'parked', cut)),
  ...Array.from({ length: 4 }, () => withValue('a byte that is not UTF-8', 'parked', notUtf8)),
  ...Array.from({ length: 4 }, () =>
    withValue('random bytes', 'parked', (_, random) =>
      Buffer.concat([Buffer.from([0xff]), randomBytes(random, random.below(300))]),
    ),
  ),
  ...Array.from({ length: 8 }, () => damagedCell),
  withKey('a key that is not JSON', 'parked', () => '{"id":'),
  withKey('a key that is not UTF-8', 'parked', () => Buffer.from([0x22, 0xff, 0x22])),
  withKey('a key that is a number', 'parked', () => '5'),
  withKey('a key of another row', 'either', () => '{"id":5}'),
  withKey('a key with other columns', 'either', () => '{"other":5}'),
  withKey('no key', 'either', () => null),
  withKey('headers that are not text', { texts: {} }, (id) => `{"id":${id}}`, [
    header('trace', Buffer.from([0, 255, 128])),
    header('__proto__', Buffer.from('x')),
    header('nothing', null),
  ]),
];

/** Kinds that must not be frequent, because each costs many statements. */
export const costlyKinds: readonly Kind[] = [
  ...refusedByServer.map(([name, cells]) => withCells(name, 'parked', cells)),
  withCells('a document deeper than MariaDB takes', 'either', { data: text(nested(100)) }),
];
