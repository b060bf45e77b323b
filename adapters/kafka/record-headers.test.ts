/** Proves that headers are read as they were sent, whatever their names, in time that grows with their number alone. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Header, RecordHeaders } from '../../pipeline/change.ts';
import { keepHeadersUnread } from './record-headers.ts';

type Kafkajs = { readonly headers: RecordHeaders | undefined; readonly value: Buffer };

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => object;
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
  decoder: object,
  context: object,
) => Kafkajs;

beforeAll(keepHeadersUnread);

/** An integer as Kafka writes it in records: zigzag, seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const sized = (bytes: Buffer | null): Buffer[] => (bytes === null ? [varint(-1)] : [varint(bytes.length), bytes]);

/** A record without its length: attributes, time and offset deltas, no key, a value, headers. */
const record = (headers: readonly Header[]): Buffer =>
  Buffer.concat([
    Buffer.from([0, 0, 0]),
    ...sized(null),
    ...sized(Buffer.from('value')),
    varint(headers.length),
    ...headers.flatMap((pair) => pair.flatMap(sized)),
  ]);

const read = (encoded: Buffer): Kafkajs =>
  decodeRecord(new Decoder(encoded), { firstOffset: '0', firstTimestamp: '0' });

const header = (name: string, value: string | null): Header => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
];

test('a record without headers has none', () => {
  expect(read(record([]))).toMatchObject({ headers: undefined, value: Buffer.from('value') });
});

test('headers come in their order, byte by byte, whatever they are called (rule 20)', () => {
  const headers: readonly Header[] = [
    ...['constructor', 'toString', '__proto__', '2', '1', '', 'x'].map((name) => header(name, name)),
    header('x', null),
    header('x', ''),
    [Buffer.from([0xff, 0xfe]), Buffer.from([0, 255])],
    header('long', 'v'.repeat(100_000)),
  ];
  expect(read(record(headers)).headers?.list()).toEqual(headers);
});

test('any list of headers is read as it was sent', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.option(bytes))), (headers) => {
      expect(read(record(headers)).headers?.list() ?? []).toEqual(headers);
    }),
  );
});

test('damaged lists end, and throw nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2 }), (array) => {
      const encoded = Buffer.concat([record([]).subarray(0, -1), Buffer.from(array)]);
      expect(read(encoded).headers?.list().length ?? 0).toBeLessThanOrEqual(array.length);
    }),
  );
});

test('200,000 headers are no burden before they are wanted, and are then read in one pass', () => {
  const headers = Array.from({ length: 200_000 }, (_, index) => header(`h${index}`, ''));
  const encoded = record(headers);
  const start = performance.now();
  const read200k = read(encoded).headers;
  const kept = performance.now() - start;
  expect(read200k?.bytes).toBeLessThan(encoded.length);
  expect(read200k?.list()).toHaveLength(headers.length);
  // kafkajs itself takes 10 s for 8,000 of them.
  expect(kept).toBeLessThan(100);
  expect(performance.now() - start).toBeLessThan(5_000);
});
