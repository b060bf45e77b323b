/** Proves that headers are read as they were sent, with any names, in time linear to their number. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Header } from '../../../pipeline/change.ts';
import { cpuMs } from '../../../test/cpu-time.ts';
import { EncodedHeaders } from './record-headers.ts';
import { type FetchedRecord, readRecords } from './records.ts';

/** An integer as Kafka writes it in records: zigzag, seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const sized = (bytes: Buffer | null): Buffer[] => (bytes === null ? [varint(-1)] : [varint(bytes.length), bytes]);

/** A record: length, attributes, time and offset deltas, no key, a value, headers. */
function record(headers: readonly Header[]): Buffer {
  const content = Buffer.concat([
    Buffer.from([0, 0, 0]),
    ...sized(null),
    ...sized(Buffer.from('value')),
    varint(headers.length),
    ...headers.flatMap((pair) => pair.flatMap(sized)),
  ]);
  return Buffer.concat([varint(content.length), content]);
}

function read(encoded: Buffer): FetchedRecord | undefined {
  const records: FetchedRecord[] = [];
  const context = { producerId: '-1', inTransaction: false };
  const times = { firstTimestamp: 0n, appended: undefined };
  readRecords(encoded, { count: 1, firstOffset: 0n, ...times, isControl: false, context }, records);
  return records[0];
}

const header = (name: string, value: string | null): Header => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
];

test('a record without headers has none', () => {
  expect(read(record([]))).toMatchObject({ headers: undefined, value: Buffer.from('value') });
});

test('headers keep their order and bytes, whatever their names (rule 20)', () => {
  const headers: readonly Header[] = [
    ...['constructor', 'toString', '__proto__', '2', '1', '', 'x'].map((name) => header(name, name)),
    header('x', null),
    header('x', ''),
    [Buffer.from([0xff, 0xfe]), Buffer.from([0, 255])],
    header('long', 'v'.repeat(100_000)),
  ];
  expect(read(record(headers))?.headers?.list()).toEqual(headers);
});

test('any list of headers is read as it was sent', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.option(bytes))), (headers) => {
      expect(read(record(headers))?.headers?.list() ?? []).toEqual(headers);
    }),
  );
});

test('a damaged list ends early and throws nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (array) => {
      expect(new EncodedHeaders(Buffer.from(array)).list().length).toBeLessThanOrEqual(array.length);
    }),
  );
});

test('200,000 headers cost nothing until they are listed, and are then read in one pass', () => {
  const headers = Array.from({ length: 200_000 }, (_, index) => header(`h${index}`, ''));
  const encoded = record(headers);
  const start = cpuMs();
  const read200k = read(encoded)?.headers;
  const readMs = cpuMs() - start;
  expect(read200k?.bytes).toBeLessThan(encoded.length);
  expect(read200k?.list()).toHaveLength(headers.length);
  // kafkajs itself takes 10 s for 8,000 of them.
  expect(readMs).toBeLessThan(100);
  expect(cpuMs() - start).toBeLessThan(5_000);
});
