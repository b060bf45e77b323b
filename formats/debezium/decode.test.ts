import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rejection } from '../../schemas/rejection.ts';
import { type DecoderOptions, debeziumDecoder } from './decode.ts';
import { type Decoded, type MessageHeaders, type Row, type RowEvent, unchanged } from './row-event.ts';

const placeholder = '__debezium_unavailable_value';

type Column = { readonly field: string; readonly type: string; readonly [more: string]: unknown };

const source = (more: object = {}) => ({
  version: '3.6.3.Final',
  connector: 'postgresql',
  name: 'cdc',
  ts_ms: 1795257973155,
  snapshot: 'false',
  sequence: '["1","9007199254740993"]',
  schema: 'public',
  table: 'orders',
  txId: 771,
  ...more,
});

/** JSON in which `"9007199254740993n"` stands for a number that no double can represent. */
const write = (value: unknown): string => JSON.stringify(value).replace(/"(-?\d+)n"/g, '$1');

const structOf = (name: string, columns: readonly Column[], more: object = {}) => ({
  type: 'struct',
  fields: columns.map((column) => ({ optional: true, ...column })),
  optional: true,
  name,
  ...more,
});

const envelopeSchema = (columns: readonly Column[]) => ({
  type: 'struct',
  fields: [
    structOf('cdc.public.orders.Value', columns, { field: 'before' }),
    structOf('cdc.public.orders.Value', columns, { field: 'after' }),
    { type: 'struct', fields: [], optional: false, name: 'io.debezium.connector.postgresql.Source', field: 'source' },
    { type: 'string', optional: false, field: 'op' },
  ],
  optional: false,
  name: 'cdc.public.orders.Envelope',
  version: 2,
});

type Body = { readonly op: string; readonly before?: unknown; readonly after?: unknown; readonly source?: object };
const payload = ({ op, before = null, after = null, source: more }: Body) => ({
  before,
  after,
  source: { ...source(), lsn: '147418384n', ...more },
  transaction: null,
  op,
  ts_ms: 1795257990805,
  ts_ns: '1795257990805283422n',
});

const bytes = (value: unknown): Buffer => Buffer.from(write(value));
const wrapped = (columns: readonly Column[], body: Body): Buffer =>
  bytes({ schema: envelopeSchema(columns), payload: payload(body) });
const bare = (body: Body): Buffer => bytes(payload(body));

function rowEvent(decoded: Decoded): RowEvent {
  if (decoded instanceof Rejection || decoded.kind !== 'row') throw new Error(`no row: ${JSON.stringify(decoded)}`);
  return decoded;
}
const cellsOf = (row: Row | null): unknown =>
  row === null ? null : row.shape.columns.map((name, i) => [name, row.cells[i]]);
const codeOf = (decoded: Decoded): unknown =>
  decoded instanceof Rejection ? decoded.code : decoded.kind === 'filtered' ? decoded.reason : decoded.operation;

const id: Column = { field: 'id', type: 'int64', optional: false };
const name: Column = { field: 'name', type: 'string' };
const keyOf = (value: string): Buffer =>
  bytes({ schema: structOf('cdc.public.orders.Key', [id]), payload: { id: value } });

describe('envelopes', () => {
  test('an envelope with a schema is read with every 64-bit number exact (rule 18)', () => {
    const value = wrapped([id, name], { op: 'c', after: { id: '9007199254740993n', name: 'Ann' } });
    const decoded = rowEvent(debeziumDecoder()(keyOf('9007199254740993n'), value));
    expect(decoded).toMatchObject({
      kind: 'row',
      operation: 'create',
      table: { schema: 'public', name: 'orders' },
      before: null,
      position: { major: '2', minor: '147418384' },
      sourceTime: '1795257973155',
      snapshot: 'false',
      transaction: '771',
    });
    expect(cellsOf(decoded.after)).toEqual([
      ['id', '9007199254740993'],
      ['name', 'Ann'],
    ]);
    expect(cellsOf(decoded.key)).toEqual([['id', '9007199254740993']]);
    expect(decoded.after?.shape.fields?.map(({ type }) => type)).toEqual(['int64', 'string']);
  });

  test('an envelope without a schema gets its types from the catalogue, else the values are taken as they are', () => {
    const types = new Map([
      ['day', 'date'],
      ['at', 'timestamp(3) without time zone'],
      ['at6', 'timestamp without time zone'],
      ['b', 'bytea'],
      ['list', 'integer[]'],
      ['n', 'numeric(10,2)'],
      ['pair', 'record'],
    ]);
    const after = {
      id: '9007199254740993n',
      day: 0,
      at: 1,
      at6: 1,
      b: '/w==',
      list: [1],
      n: 'NAN',
      pair: 'KDEp',
      x: 'y',
    };
    const decoded = rowEvent(debeziumDecoder({ types: (column) => types.get(column) })(null, bare({ op: 'c', after })));
    expect(cellsOf(decoded.after)).toEqual([
      ['id', '9007199254740993'],
      ['day', '1970-01-01'],
      ['at', '1970-01-01 00:00:00.001'],
      ['at6', '1970-01-01 00:00:00.000001'],
      ['b', '\\xff'],
      ['list', '{1}'],
      ['n', 'NaN'],
      ['pair', '(1)'],
      ['x', 'y'],
    ]);
    expect(decoded.key).toBeNull();
  });

  test.each([
    ['c', 'create'],
    ['u', 'update'],
    ['r', 'read'],
  ])('op %s is the operation %s', (op, operation) => {
    expect(codeOf(debeziumDecoder()(null, bare({ op, after: { id: 1 } })))).toBe(operation);
  });

  test('a delete has the row before, a truncate has none and no key (rule 23)', () => {
    const decode = debeziumDecoder();
    const deleted = rowEvent(decode(bytes({ id: 1 }), bare({ op: 'd', before: { id: 1 } })));
    expect([deleted.operation, cellsOf(deleted.before), deleted.after]).toEqual(['delete', [['id', '1']], null]);
    const truncated = rowEvent(decode(null, bare({ op: 't' })));
    expect([truncated.operation, truncated.before, truncated.after, truncated.key]).toEqual([
      'truncate',
      null,
      null,
      null,
    ]);
  });

  test('a row of an incremental snapshot, which has no LSN, gets the position of the stream when it was read (rule 11)', () => {
    const decode = debeziumDecoder();
    const at = (op: string, sequence: string) =>
      rowEvent(decode(null, bare({ op, after: { id: 1 }, source: { lsn: null, sequence, snapshot: 'incremental' } })));
    expect(at('r', '["24023128","24023424"]').position).toEqual({ major: '0', minor: '24023424' });
    expect(at('r', '[null,"7"]').position).toEqual({ major: '0', minor: '7' });
    const without = (op: string, sequence: string) =>
      decode(null, bare({ op, after: { id: 1 }, source: { lsn: null, sequence, snapshot: 'incremental' } }));
    // A streamed event needs an LSN of its own. Without a position it is rejected, because its neighbours have one.
    for (const [op, sequence] of [
      ['r', '["7",null]'],
      ['r', '[]'],
      ['u', '["5","7"]'],
    ] as const)
      expect(without(op, sequence)).toMatchObject({ code: 'no_position', field: 'source' });
  });

  test('a row that a connector reads beside another one is part of an incremental snapshot, and a change stays a change', () => {
    const decode = debeziumDecoder();
    const header = (name: string) => [Buffer.from(name), Buffer.from('x')] as const;
    const beside: MessageHeaders = { list: () => [header('sluice.beside'), header('sluice.placeholder')] };
    const own: MessageHeaders = { list: () => [header('sluice.placeholder')] };
    const at = (op: string, headers: MessageHeaders) =>
      rowEvent(
        decode(
          null,
          bare({ op, after: { id: 1 }, source: { lsn: 7, snapshot: op === 'r' ? 'first' : 'false' } }),
          headers,
        ),
      );
    expect(at('r', beside)).toMatchObject({ snapshot: 'incremental', position: { major: '0', minor: '7' } });
    expect(at('r', own).snapshot).toBe('first');
    expect(at('r', beside).snapshot).toBe('incremental');
    expect(at('c', beside).snapshot).toBe('false');
  });

  test('rows of any snapshot have lower positions than all streamed events, independent of their LSN (rule 11)', () => {
    const decode = debeziumDecoder();
    const at = (op: string, lsn: string, snapshot: unknown) =>
      rowEvent(decode(null, bare({ op, after: { id: 1 }, source: { lsn, snapshot } })));
    expect(at('r', '9223372036854775807n', 'incremental')).toMatchObject({
      position: { major: '0', minor: '9223372036854775807' },
      snapshot: 'incremental',
    });
    expect(at('r', '5n', 'first_in_data_collection')).toMatchObject({ snapshot: 'first_in_data_collection' });
    expect(at('r', '5n', true)).toMatchObject({ snapshot: 'true' });
    expect(at('u', '6n', null)).toMatchObject({ position: { major: '2', minor: '6' }, snapshot: 'false' });
    // The LSN of the previous commit comes first, if there was one and the event has it.
    const majorOf = (sequence: string | null) =>
      rowEvent(decode(null, bare({ op: 'u', after: { id: 1 }, source: { sequence } }))).position?.major;
    expect(majorOf('["9223372036854775806","9"]')).toBe('9223372036854775807');
    expect([majorOf('[null,"9"]'), majorOf(null), majorOf('[]'), majorOf('["x","9"]')]).toEqual(['1', '1', '1', '1']);
  });
});

describe('messages without a row', () => {
  test('tombstones are filtered (rule 25)', () => {
    const decode = debeziumDecoder();
    expect(codeOf(decode(keyOf('1n'), null))).toBe('tombstone');
    expect(codeOf(decode(null, Buffer.from('null')))).toBe('tombstone');
    expect(codeOf(decode(null, Buffer.from('{"schema":null,"payload":null}')))).toBe('tombstone');
  });

  const marker = { status: 'BEGIN', id: '1:2', event_count: null, data_collections: null, ts_ms: 1 };
  const ddl = {
    source: source(),
    ts_ms: 1,
    databaseName: 'db',
    schemaName: 'public',
    ddl: 'create …',
    tableChanges: [],
  };
  const message = { ...payload({ op: 'm' }), message: { prefix: 'p', content: 'AA==' } };
  test.each([
    ['heartbeat', { ts_ms: 1795257974743 }, 'io.debezium.connector.common.Heartbeat'],
    ['transaction marker', marker, 'io.debezium.connector.common.TransactionMetadataValue'],
    ['schema change', ddl, 'io.debezium.connector.postgresql.SchemaChangeValue'],
    ['logical message', message, 'io.debezium.connector.postgresql.MessageValue'],
  ])('a %s is filtered, with a schema and without', (reason, body, schemaName) => {
    const key = bytes({ any: 'key' });
    expect(codeOf(debeziumDecoder()(key, bytes(body)))).toBe(reason);
    const schema = structOf(schemaName, []);
    expect(codeOf(debeziumDecoder()(key, bytes({ schema, payload: body })))).toBe(reason);
  });
});

describe('flattened events', () => {
  const flat = (row: object): Buffer => bytes(row);
  test('row and metadata are separated', () => {
    const row = { id: 1, __v: 'a column', __deleted: 'false', __op: 'u', __table: 'orders', __source_schema: 'public' };
    const decoded = rowEvent(debeziumDecoder()(null, flat({ ...row, __lsn: '147418384n', __source_ts_ms: 5 })));
    expect(decoded).toMatchObject({
      operation: 'update',
      table: { schema: 'public', name: 'orders' },
      position: { major: '1', minor: '147418384' },
      sourceTime: '5',
    });
    expect(cellsOf(decoded.after)).toEqual([
      ['id', '1'],
      ['__v', 'a column'],
    ]);
  });

  test('an event without a position is ordered by its offset (rule 11)', () => {
    const decode = debeziumDecoder();
    expect(rowEvent(decode(null, flat({ id: 1, __deleted: 'false' })))).toMatchObject({
      operation: 'update',
      table: null,
      position: null,
    });
    expect(rowEvent(decode(null, flat({ id: 1, __deleted: 'false', __lsn: 7 }))).position).toBeNull();
    expect(rowEvent(decode(null, flat({ id: 1, __op: 'r', __lsn: 7 }))).position).toEqual({ major: '0', minor: '7' });
    const deleted = rowEvent(decode(null, flat({ id: 1, __deleted: 'true' })));
    expect([deleted.operation, cellsOf(deleted.before), deleted.after]).toEqual(['delete', [['id', '1']], null]);
  });

  test('a row without metadata is accepted only when flattened rows are expected', () => {
    expect(codeOf(debeziumDecoder()(null, flat({ id: 1, note: 'x' })))).toBe('unknown_format');
    expect(codeOf(debeziumDecoder({ flattened: true })(null, flat({ id: 1, note: 'x' })))).toBe('update');
  });
});

describe('unchanged values (rules 3 and 10)', () => {
  const encoded = Buffer.from(placeholder).toString('base64');
  const codes = [...Buffer.from(placeholder)];
  const of = (column: string, type: string) => ({
    '__debezium.source.column.type': type,
    '__debezium.source.column.name': column,
  });
  const columns: readonly (readonly [Column, value: unknown])[] = [
    [{ field: 'text', type: 'string' }, placeholder],
    [{ field: 'json', type: 'string', name: 'io.debezium.data.Json' }, placeholder],
    [{ field: 'xml', type: 'string', name: 'io.debezium.data.Xml' }, placeholder],
    [{ field: 'numeric', type: 'string', parameters: of('numeric', 'NUMERIC') }, placeholder],
    [{ field: 'bytea', type: 'bytes' }, encoded],
    [{ field: 'bytea_hex', type: 'string', parameters: of('bytea_hex', 'BYTEA') }, placeholder],
    [{ field: 'path', type: 'bytes', parameters: of('path', 'PATH') }, encoded],
    [{ field: 'texts', type: 'array', items: { type: 'string' } }, [placeholder]],
    [{ field: 'byteas', type: 'array', items: { type: 'bytes' } }, [encoded]],
    [
      { field: 'uuids', type: 'array', items: { type: 'string', name: 'io.debezium.data.Uuid' } },
      ['b68a35a7-17ad-35b3-af2a-ae46edb4545a'],
    ],
    [{ field: 'ints', type: 'array', items: { type: 'int32' } }, codes],
    [{ field: 'bigints', type: 'array', items: { type: 'int64' } }, codes],
    [{ field: 'dates', type: 'array', items: { type: 'int32', name: 'io.debezium.time.Date' } }, codes],
    [{ field: 'hstore', type: 'map' }, { [placeholder]: placeholder }],
    [
      { field: 'hstore_json', type: 'string', name: 'io.debezium.data.Json', parameters: of('hstore_json', 'HSTORE') },
      JSON.stringify({ [placeholder]: placeholder }),
    ],
  ];

  test.each(columns)('the placeholder is recognised in the column $field', (column, value) => {
    const body = { op: 'u', after: { id: 1, [column.field]: value } };
    const decoded = rowEvent(debeziumDecoder()(null, wrapped([id, column], body)));
    expect(cellsOf(decoded.after)).toEqual([
      ['id', '1'],
      [column.field, unchanged],
    ]);
  });

  test('a configured placeholder replaces the default one', () => {
    const decode = debeziumDecoder({ settings: { placeholder: '?' } });
    const decoded = rowEvent(decode(null, bare({ op: 'u', after: { a: '?', b: placeholder } })));
    expect(decoded.after?.cells).toEqual([unchanged, placeholder]);
  });

  test('an inserted row and a snapshot row carry every value, even one that equals the placeholder', () => {
    const decode = debeziumDecoder();
    for (const op of ['c', 'r']) {
      const body = { op, after: { id: 1, name: placeholder, note: 'q"\\' } };
      expect(rowEvent(decode(null, wrapped([id, name, { field: 'note', type: 'string' }], body))).after?.cells).toEqual(
        ['1', placeholder, 'q"\\'],
      );
    }
    expect(rowEvent(decode(null, bytes({ __op: 'c', a: placeholder }))).after?.cells).toEqual([placeholder]);
  });

  test('the create of a changed key does not carry every value, and names the old key', () => {
    const headers: MessageHeaders = { list: () => [[Buffer.from('__debezium.oldkey'), Buffer.from('{"id":1}')]] };
    const day: Column = { field: 'day', type: 'int32', name: 'io.debezium.time.Date' };
    const key = bytes({ schema: structOf('Key', [day]), payload: { day: 2 } });
    const dated: MessageHeaders = { list: () => [[Buffer.from('__debezium.oldkey'), Buffer.from('{"day":1}')]] };
    const decode = debeziumDecoder();
    const decoded = rowEvent(
      decode(key, wrapped([day, name], { op: 'c', after: { day: 2, name: placeholder } }), dated),
    );
    expect(decoded.after?.cells).toEqual(['1970-01-03', unchanged]);
    expect(cellsOf(decoded.movedFrom)).toEqual([['day', '1970-01-02']]);
    expect(rowEvent(decode(null, bare({ op: 'c', after: { id: 2, name: 'Ann' } }), headers)).movedFrom).toBeNull();
  });
});

describe('nulls that may stand for unchanged values', () => {
  const scores: Column = { field: 'scores', type: 'array', items: { type: 'double' } };
  const update = (before: unknown, options: DecoderOptions = {}) =>
    debeziumDecoder(options)(
      keyOf('1n'),
      wrapped([id, name, scores], { op: 'u', before, after: { id: 1, name: 'x', scores: null } }),
    );

  test('are parked, or taken as configured', () => {
    expect(update(null)).toMatchObject({ code: 'not_carried', field: 'scores' });
    expect(rowEvent(update(null, { unclearNull: 'null' })).after?.cells).toEqual(['1', 'x', null]);
    expect(rowEvent(update(null, { unclearNull: 'unchanged' })).after?.cells).toEqual(['1', 'x', unchanged]);
  });

  test('are nulls when the header says that the connector fails instead of writing null', () => {
    const says = (name: string): MessageHeaders => ({ list: () => [[Buffer.from(name), Buffer.from('sluice_1')]] });
    const decode = debeziumDecoder();
    const message = wrapped([id, name, scores], {
      op: 'u',
      before: null,
      after: { id: 1, name: 'sluice_1', scores: null },
    });
    expect(rowEvent(decode(keyOf('1n'), message, says('sluice.placeholder'))).after?.cells).toEqual([
      '1',
      unchanged,
      null,
    ]);
    expect(decode(keyOf('1n'), message, says('sluice.placeholder.lenient'))).toMatchObject({ code: 'not_carried' });
    expect(decode(keyOf('1n'), message)).toMatchObject({ code: 'not_carried' });
  });

  test('are nulls when the whole old row was sent, and when the row is new', () => {
    expect(rowEvent(update({ id: 1, name: 'x', scores: [1.5] })).after?.cells).toEqual(['1', 'x', null]);
    expect(rowEvent(update({ id: 1, name: null, scores: null })).after?.cells).toEqual(['1', 'x', null]);
    // The old row of an identity by another index: columns of the key are invented.
    expect(update({ id: 0, name: 'x', scores: null })).toMatchObject({ code: 'not_carried' });
    const inserted = wrapped([id, scores], { op: 'c', after: { id: 1, scores: null } });
    expect(rowEvent(debeziumDecoder()(null, inserted)).after?.cells).toEqual(['1', null]);
  });

  test.each([
    ['integer[]', 'update'],
    ['text[]', 'update'],
    ['uuid[]', 'update'],
    ['bytea', 'update'],
    ['double precision', 'update'],
    ['smallint[]', 'not_carried'],
    ['numeric(10,2)[]', 'not_carried'],
    ['timestamp with time zone[]', 'not_carried'],
    ['public.mood[]', 'not_carried'],
    ['bit varying', 'not_carried'],
  ])('of type %s without a schema give %s', (type, expected) => {
    const decode = debeziumDecoder({ types: (column) => (column === 'v' ? type : undefined) });
    expect(codeOf(decode(null, bare({ op: 'u', after: { id: 1, v: null } })))).toBe(expected);
  });

  test('types for messages without a schema do not apply to messages with one', () => {
    const decode = debeziumDecoder({ schemaless: () => 'bytea' });
    expect(cellsOf(rowEvent(decode(null, bare({ op: 'c', after: { v: '/w==' } }))).after)).toEqual([['v', '\\xff']]);
    const described = wrapped([{ field: 'v', type: 'string' }], { op: 'c', after: { v: '/w==' } });
    expect(cellsOf(rowEvent(decode(null, described)).after)).toEqual([['v', '/w==']]);
  });

  test.each([
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp without time zone', '2024-02-29T10:34:56.789012Z', '2024-02-29 10:34:56.789012'],
    ['time(3) without time zone', '10:34:56.789Z', '10:34:56.789'],
  ])('a %s in text form is read', (type, text, expected) => {
    const decode = debeziumDecoder({ schemaless: () => type });
    expect(cellsOf(rowEvent(decode(null, bare({ op: 'c', after: { v: text } }))).after)).toEqual([['v', expected]]);
  });

  test('bytea is read when the connector writes base64 strings', () => {
    const decode = debeziumDecoder({ settings: { binary: 'base64' }, types: () => 'bytea' });
    expect(codeOf(decode(null, bare({ op: 'u', after: { v: null } })))).toBe('not_carried');
  });
});

describe('the cache of schemas', () => {
  const date: Column = { field: 'v', type: 'int32', name: 'io.debezium.time.Date' };
  const number: Column = { field: 'v', type: 'int32' };
  const body = { op: 'c', after: { v: 1 } };
  const cell = (decoded: Decoded): unknown => rowEvent(decoded).after?.cells[0];

  test('distinguishes schemas of equal length, and recognises an earlier one', () => {
    const decode = debeziumDecoder();
    const time: Column = { ...date, name: 'io.debezium.time.Time' };
    for (let round = 0; round < 3; round += 1) {
      expect(cell(decode(null, wrapped([date], body)))).toBe('1970-01-02');
      expect(cell(decode(null, wrapped([time], body)))).toBe('00:00:00.001');
      expect(cell(decode(null, wrapped([number], body)))).toBe('1');
    }
  });

  test('gives the same result independent of earlier messages', () => {
    const messages = Array.from({ length: 12 }, (_, i) => {
      const columns = Array.from({ length: i + 1 }, (_, at) => ({ ...(at % 2 ? date : number), field: `c${at}` }));
      return wrapped(columns, { op: 'c', after: Object.fromEntries(columns.map(({ field }, at) => [field, at])) });
    });
    const alone = messages.map((message) => rowEvent(debeziumDecoder()(null, message)).after?.cells);
    fc.assert(
      fc.property(fc.array(fc.nat(11), { maxLength: 40 }), (order) => {
        const decode = debeziumDecoder();
        for (const i of order) expect(rowEvent(decode(null, messages[i] ?? null)).after?.cells).toEqual(alone[i]);
      }),
    );
  });

  test('reads payload first, white space, a byte order mark, and another order of the columns', () => {
    const decode = debeziumDecoder();
    const schema = envelopeSchema([date, name]);
    const after = { v: 1, name: 'a "quoted" word' };
    const forms = [
      write({ schema, payload: payload({ op: 'c', after }) }),
      write({ payload: payload({ op: 'c', after }), schema }),
      JSON.stringify({ schema, payload: payload({ op: 'c', after }) }, null, 2).replace(/"(\d+)n"/g, '$1'),
      `\ufeff${write({ schema, payload: payload({ op: 'c', after }) })}`,
      write({ schema, payload: payload({ op: 'c', after: { name: after.name, v: 1 } }) }),
      write({ schema, payload: payload({ op: 'c', after }) }).replace('"name":"a', '"n\\u0061me":"a'),
    ];
    for (const form of [...forms, ...forms]) {
      const row = rowEvent(decode(null, Buffer.from(form))).after;
      const cells = new Map(row?.shape.columns.map((column, i) => [column, row.cells[i]]));
      expect(Object.fromEntries(cells)).toEqual({ v: '1970-01-02', name: after.name });
    }
  });

  test('gives rows with the same columns one shape, in which missing columns are absent', () => {
    const decode = debeziumDecoder();
    const shapes = [{ id: 1, name: 'a' }, { id: 2, name: 'b' }, { id: 3 }, { id: 4 }].map(
      (after) => rowEvent(decode(null, wrapped([id, name], { op: 'u', after }))).after?.shape,
    );
    expect(shapes[0]).toBe(shapes[1]);
    expect(shapes[2]?.columns).toEqual(['id']);
    expect(shapes[2]).toBe(shapes[3]);
  });

  test('rejects a message that is cut off or continues after its end', () => {
    const decode = debeziumDecoder();
    const whole = wrapped([date], body);
    decode(null, whole);
    for (let length = 0; length < whole.length; length += 1) {
      expect(codeOf(decode(null, whole.subarray(0, length)))).toBe('invalid_json');
    }
    expect(codeOf(decode(null, Buffer.concat([whole, Buffer.from('}')])))).toBe('invalid_json');
    expect(codeOf(decode(null, bytes({ before: null })))).toBe('missing_field');
  });

  test('reads a column named __proto__', () => {
    const row = '{"__proto__":"p","constructor":"c","toString":"t"}';
    const text = write(payload({ op: 'c', after: '?' })).replace('"?"', row);
    expect(cellsOf(rowEvent(debeziumDecoder()(null, Buffer.from(text))).after)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
    ]);
  });
});

describe('rejected messages', () => {
  const decode = (value: string | Buffer): unknown => codeOf(debeziumDecoder()(null, Buffer.from(value)));

  test('a message that is not UTF-8, not JSON or not an object is rejected (rule 18)', () => {
    expect(decode(Buffer.concat([Buffer.from('{"before":"'), Buffer.from([0xff]), Buffer.from('"}')]))).toBe(
      'invalid_utf8',
    );
    expect(decode('{"before":"\0"}')).toBe('invalid_json');
    expect(decode('')).toBe('invalid_json');
    expect(decode('{"before":')).toBe('invalid_json');
    expect(decode('[1]')).toBe('not_an_object');
    expect(decode('"text"')).toBe('not_an_object');
  });

  test('NUL and half a surrogate pair are rejected with their column; U+FFFD itself is a character (rule 18)', () => {
    const text = (escaped: string) => write(payload({ op: 'c', after: { id: 1, name: '?' } })).replace('?', escaped);
    expect(debeziumDecoder()(null, Buffer.from(text('a\\u0000')))).toMatchObject({
      code: 'nul_character',
      field: 'name',
    });
    expect(debeziumDecoder()(null, Buffer.from(text('a\\ud800')))).toMatchObject({
      code: 'lone_surrogate',
      field: 'name',
    });
    const fine = rowEvent(debeziumDecoder()(null, Buffer.from(text('\ufffd \\ud83d\\ude00 \\\\u0000'))));
    expect(fine.after?.cells[1]).toBe('\ufffd 😀 \\u0000');
  });

  test('a message without a required field is rejected', () => {
    expect(decode('{"before":null,"after":{"a":1},"source":{}}')).toBe('missing_field');
    expect(decode(write({ ...payload({ op: 'c' }) }))).toBe('missing_field');
    expect(decode(bare({ op: 'x', after: {} }))).toBe('unknown_operation');
    expect(decode(bare({ op: 'c', after: {}, source: { table: null } }))).toBe('missing_field');
    expect(decode('{"any":"thing"}')).toBe('unknown_format');
  });

  test('a value of another type than its column is rejected with the column', () => {
    const value = wrapped([id, { field: 'day', type: 'int32', name: 'io.debezium.time.Date' }], {
      op: 'c',
      after: { id: 1, day: 'today' },
    });
    const refused = debeziumDecoder()(null, value);
    expect(refused).toMatchObject({ code: 'wrong_type', field: 'day' });
    expect(refused).toHaveProperty('message', 'day: expected a number of days, got a string');
    expect(codeOf(debeziumDecoder()(Buffer.from('{"id":'), bare({ op: 'c', after: { id: 1 } })))).toBe('invalid_json');
    expect(codeOf(debeziumDecoder()(Buffer.from('1'), bare({ op: 'c', after: { id: 1 } })))).toBe('not_an_object');
  });

  test('no message throws an error', () => {
    const whole = wrapped([id, name], { op: 'u', before: null, after: { id: 1, name: 'x' } });
    const decode = debeziumDecoder();
    const damaged = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })
      .map((places) => {
        const copy = Buffer.from(whole);
        for (const [at, byte] of places) copy[at] = byte;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array().map(Buffer.from), fc.json().map(Buffer.from)), (value) => {
        decode(value, value);
      }),
    );
    expect(codeOf(decode(null, whole))).toBe('update');
  });
});
