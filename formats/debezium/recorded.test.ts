/** Compares every message recorded from a real Debezium with the rows that were written at its source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Rejection } from '../../schemas/rejection.ts';
import { type Decoder, debeziumDecoder } from './decode.ts';
import { type Cell, type Decoded, type MessageHeaders, type Row, type RowEvent, unchanged } from './row-event.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/debezium');

type Line = {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
};

/** Types of the table `types` from the catalogue, domains resolved and composite types as records. */
const types: { readonly [column: string]: string } = {
  id: 'bigint',
  i2: 'smallint',
  i4: 'integer',
  i8: 'bigint',
  f4: 'real',
  f8: 'double precision',
  num: 'numeric',
  num2: 'numeric(10,2)',
  price: 'money',
  flag: 'boolean',
  txt: 'text',
  vc: 'character varying(20)',
  ch: 'character(5)',
  dom: 'integer',
  e: 'mood',
  d: 'date',
  t3: 'time(3) without time zone',
  t6: 'time(6) without time zone',
  ttz: 'time with time zone',
  ts3: 'timestamp(3) without time zone',
  ts6: 'timestamp(6) without time zone',
  tstz: 'timestamp with time zone',
  iv: 'interval',
  uid: 'uuid',
  j: 'json',
  jb: 'jsonb',
  bytes: 'bytea',
  bit1: 'bit(1)',
  bits: 'bit(10)',
  vbits: 'bit varying(20)',
  ints: 'integer[]',
  texts: 'text[]',
  nums: 'numeric(10,2)[]',
  moods: 'mood[]',
  stamps: 'timestamp with time zone[]',
  grid: 'integer[]',
  ip: 'inet',
  net: 'cidr',
  mac: 'macaddr',
  pt: 'point',
  r4: 'int4range',
  tsr: 'tstzrange',
  tsv: 'tsvector',
  x: 'xml',
  comp: 'record',
  gen: 'integer',
  big: 'text',
  bigj: 'jsonb',
  bigb: 'bytea',
  bigi: 'integer[]',
  bigt: 'text[]',
};

const lines = (name: string): readonly Line[] =>
  readFileSync(join(fixtures, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
const headersOf = ({ headers }: Line): MessageHeaders => ({
  list: () => Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const),
});

/** The message with null in the values that Debezium does not carry exactly: `bit varying`, and arrays of several dimensions. */
const withoutLost = (value: string | null): string | null =>
  value?.replace(/"vbits":"[^"]*"/g, '"vbits":null').replace(/"grid":\[null,null\]/g, '"grid":null') ?? null;

/** All messages of a recording, each topic with its own decoder. */
function decodeAll(name: string): readonly (readonly [Line, Decoded])[] {
  const decoders = new Map<string, Decoder>();
  return lines(name).map((line) => {
    const decode =
      decoders.get(line.topic) ??
      debeziumDecoder(line.topic.endsWith('.types') ? { types: (column) => types[column] } : {});
    decoders.set(line.topic, decode);
    return [line, decode(bytes(line.key), bytes(line.value), headersOf(line))];
  });
}

/** The expected wide row in PostgreSQL's text form. */
const wideRow: { readonly [column: string]: Cell } = {
  i2: '-32768',
  i8: '9007199254740993',
  f4: '1.5',
  f8: '0.1',
  num: '12345678901234567890.123456789012345678',
  num2: '10.50',
  price: '12.34',
  flag: true,
  txt: 'äé € 😀 "quoted" back\\slash',
  vc: 'varying',
  ch: 'abc  ',
  dom: '7',
  e: "it's ok",
  d: '2024-02-29',
  t3: '23:59:59.123',
  t6: '23:59:59.123456',
  // The time zone is lost at the source: Debezium writes UTC.
  ttz: '10:34:56.789Z',
  ts3: '2024-02-29 12:34:56.789',
  ts6: '2024-02-29 12:34:56.789012',
  tstz: '2024-02-29T10:34:56.789012Z',
  iv: 'P1Y2M3DT4H5M6.789S',
  uid: '123e4567-e89b-12d3-a456-426614174000',
  j: '{"a":  1, "big": 9007199254740993}',
  jb: '{"a": [1, null, "x"]}',
  bytes: '\\xdeadbeef00',
  bit1: '1',
  bits: '1010101010',
  ints: '{1,NULL,3}',
  texts: '{"a,b",NULL,"","NULL","q\\"x"}',
  nums: '{1.50,NULL}',
  moods: '{sad,happy}',
  stamps: '{2024-02-29T12:00:00.000000Z}',
  ip: '192.168.0.1/24',
  net: '10.0.0.0/8',
  mac: '08:00:2b:01:02:03',
  pt: '(1.5,-2.0)',
  r4: '[1,10)',
  tsr: '["2024-01-01 00:00:00+00","2024-12-31 00:00:00+00")',
  tsv: "'a' 'cat' 'fat'",
  x: '<a>1</a>',
  comp: '(1,"x, ""y""")',
};

const cellsOf = (row: Row | null): { readonly [column: string]: Cell } =>
  Object.fromEntries(row?.shape.columns.map((name, i) => [name, row.cells[i] ?? null]) ?? []);
const rowsOf = (all: readonly (readonly [Line, Decoded])[], table: string): readonly RowEvent[] =>
  all.flatMap(([{ topic }, decoded]) =>
    topic === `cdc.public.${table}` && !(decoded instanceof Rejection) && decoded.kind === 'row' ? [decoded] : [],
  );
const large = ['big', 'bigj', 'bigb', 'bigi', 'bigt'];

describe.each(['with-schema', 'without-schema', 'flattened'])('the recording %s', (name) => {
  const all = decodeAll(name);

  test('only values that Debezium cannot carry are rejected, with that reason (rule 29)', () => {
    const refused = all.flatMap(([, decoded]) => (decoded instanceof Rejection ? [decoded] : []));
    expect(new Set(refused.map(({ code, field }) => `${field}: ${code}`))).toEqual(
      name === 'without-schema'
        ? new Set(['vbits: not_carried', 'ts6: invalid_timestamp'])
        : new Set(['vbits: not_carried']),
    );
  });

  test('each small event matches the change at the source', () => {
    const small = rowsOf(all, 'small').map(({ operation, key, after }) => [
      operation,
      key === null ? null : cellsOf(key).id,
      after === null ? null : cellsOf(after).name,
    ]);
    expect(small).toEqual([
      ['read', '1', 'Ann'],
      ['create', '2', 'Bob'],
      ['update', '2', 'Bobby'],
      ['delete', '2', null],
      ['create', '3', 'Bobby'],
      ['delete', '3', null],
      // The flattening transform drops truncates.
      ...(name === 'flattened' ? [] : [['truncate', null, null]]),
      ['create', '999', 'the end'],
    ]);
  });

  test('positions rise with the changes of a topic, and those of the snapshot are lower (rule 11)', () => {
    const positions = rowsOf(all, 'small').map(({ position }) => position);
    expect(positions[0]?.major).toBe('0');
    const streamed = positions
      .slice(1)
      .map((position) => [BigInt(position?.major ?? 0), BigInt(position?.minor ?? 0)] as const);
    for (const [at, [major, minor]] of streamed.entries()) {
      const [before = 0n, own = 0n] = streamed[at - 1] ?? [];
      expect(major > before || (major === before && minor >= own)).toBe(true);
    }
    expect(streamed[0]?.[0]).toBeGreaterThan(0n);
    expect(streamed[0]?.[1]).toBeGreaterThan(0n);
  });

  test('heartbeats and transaction markers are filtered', () => {
    for (const [{ topic }, decoded] of all) {
      if (topic.startsWith('__debezium-heartbeat')) expect(decoded).toMatchObject({ reason: 'heartbeat' });
      if (topic === 'cdc.transaction') expect(decoded).toMatchObject({ reason: 'transaction marker' });
    }
  });

  test('tombstones follow deletes (rule 25)', () => {
    const empty = all.filter(([{ value }]) => value === null).map(([, decoded]) => decoded);
    expect(empty.length).toBeGreaterThan(0);
    for (const decoded of empty) expect(decoded).toEqual({ kind: 'filtered', reason: 'tombstone' });
  });

  /** The wide row's messages, with null in the columns that cannot be carried. */
  const wide = lines(name)
    .filter(({ topic, value }) => topic === 'cdc.public.types' && value !== null)
    .map((line) => {
      const value = withoutLost(line.value);
      const decode = debeziumDecoder({
        unclearNull: 'null',
        types: (column) => types[column],
      });
      return decode(bytes(line.key), bytes(value), headersOf(line));
    });

  test('every type has the same text as in PostgreSQL (rule 29)', () => {
    const read = wide[0];
    if (!read || read instanceof Rejection || read.kind !== 'row') throw new Error(`no row: ${JSON.stringify(read)}`);
    const cells = cellsOf(read.after);
    expect(cells).toMatchObject(wideRow);
    expect(cells.i4).toBe('1073741823');
    expect(cells.big).toBe('text '.repeat(90));
    expect(cells.bigb).toBe(`\\x${'00ff'.repeat(225)}`);
    expect(cells.bigi).toBe(`{${Array.from({ length: 120 }, (_, i) => i + 1).join(',')}}`);
    expect(cells.bigt).toBe(`{"${'text '.repeat(90)}"}`);
  });

  test('large values that an update did not change are unchanged, all others keep their values (rules 3 and 10)', () => {
    const update = wide[1];
    if (!update || update instanceof Rejection || update.kind !== 'row')
      throw new Error(`no row: ${JSON.stringify(update)}`);
    const cells = cellsOf(update.after);
    expect(cells).toMatchObject(wideRow);
    expect(cells.i4).toBe('1');
    expect(Object.keys(cells).filter((column) => cells[column] === unchanged)).toEqual(large);
  });
});

test('an ambiguous value is rejected when the types are not known', () => {
  const [read] = lines('with-schema').filter(({ topic }) => topic === 'cdc.public.types');
  expect(debeziumDecoder()(null, bytes(read?.value ?? null))).toMatchObject({ code: 'not_carried', field: 'vbits' });
});

test('an array of several dimensions is rejected and not read as an array of NULLs', () => {
  const [read] = lines('with-schema').filter(({ topic }) => topic === 'cdc.public.types');
  const value = read?.value?.replace(/"vbits":"[^"]*"/g, '"vbits":null') ?? null;
  expect(debeziumDecoder()(null, bytes(value))).toMatchObject({ code: 'not_carried', field: 'grid' });
});

test('a changed key names the old one, under which the unchanged values are found', () => {
  const decode = debeziumDecoder({ unclearNull: 'null', types: (column) => types[column] });
  const moved = lines('without-schema').find(
    ({ topic, headers }) => topic === 'cdc.public.types' && '__debezium.oldkey' in headers,
  );
  if (!moved) throw new Error('no changed key among the recorded messages');
  const value = withoutLost(moved.value);
  const event = decode(bytes(moved.key), bytes(value), headersOf(moved));
  if (event instanceof Rejection || event.kind !== 'row') throw new Error(`no row: ${JSON.stringify(event)}`);
  expect(cellsOf(event.key)).toEqual({ id: '5' });
  expect(cellsOf(event.movedFrom)).toEqual({ id: '1' });
  const cells = cellsOf(event.after);
  expect(Object.keys(cells).filter((column) => cells[column] === unchanged)).toEqual(large);
});

test('infinities, NaN and years before Christ are preserved', () => {
  const rows = rowsOf(
    decodeAll('without-schema').map(([line, decoded]) => [line, decoded]),
    'types',
  ).map(({ after }) => cellsOf(after));
  expect(rows.find(({ id }) => id === '3')).toMatchObject({
    f4: 'NaN',
    f8: '-Infinity',
    num: 'NaN',
    d: 'infinity',
    ts6: '-infinity',
    tstz: 'infinity',
    i8: '-9223372036854775808',
    ints: '{}',
    texts: '{}',
    bytes: '\\x',
    txt: '',
    jb: 'null',
    j: 'null',
  });
  const ancient = lines('without-schema').find(({ value }) => value?.includes('"id":4,'));
  const value = ancient?.value?.replace(/"ts6":-?\d+/, '"ts6":null') ?? null;
  const decoded = debeziumDecoder({ types: (column) => types[column] })(bytes(ancient?.key ?? null), bytes(value));
  if (decoded instanceof Rejection || decoded.kind !== 'row') throw new Error(`no row: ${JSON.stringify(decoded)}`);
  expect(cellsOf(decoded.after)).toMatchObject({
    d: '0044-03-15 BC',
    ts3: '0001-01-01 00:00:00',
    tstz: '1900-01-01 00:00:00.000000Z'.replace(' ', 'T'),
    t6: '24:00:00',
    iv: 'P0Y-1M2DT0H0M-1.5S',
    num: '1000000000000000000000000000000',
    price: '-0.01',
  });
});
