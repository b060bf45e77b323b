/** Proves that every record is read as kafkajs itself reads it, and that a damaged batch is rejected. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import kafkajs, { type CompressionTypes } from 'kafkajs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RecordHeaders } from '../../../pipeline/change.ts';
import { CodecError } from '../codec/codec-error.ts';
import { registerCodecs } from '../codec/codecs.ts';
import { readBatchesOurselves } from './record-batches.ts';
import type { FetchedRecord } from './records.ts';

type Encoder = { readonly buffer: Buffer };
type Headers = Readonly<Record<string, Buffer | Buffer[]>>;
type Record0 = {
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
};
type Batch = {
  readonly compression: CompressionTypes;
  readonly firstOffset: bigint;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly transactional: boolean;
  readonly appended: boolean;
  readonly control: boolean;
  readonly records: readonly Record0[];
};
type KafkajsRecord = Omit<FetchedRecord, 'headers'> & { readonly headers: Headers };

const require = createRequire(import.meta.url);
const encodeBatch: (batch: object) => Promise<Encoder> =
  require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch;
const encodeRecord: (record: object) => Encoder = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const newDecoder: new (bytes: Buffer) => object = require('kafkajs/src/protocol/decoder.js');
const theirBatch: (from: object) => Promise<{ readonly records: readonly KafkajsRecord[] }> =
  require('kafkajs/src/protocol/recordBatch/v0/decoder.js');
/** Our decoder, called as kafkajs calls it. `others` are the bytes of other partitions after the batches. */
const ours = (batches: Buffer, others = Buffer.alloc(0)): Promise<readonly FetchedRecord[]> => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(batches.length);
  return require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js')(
    new newDecoder(Buffer.concat([size, batches, others])),
  );
};

const attributesAt = 21;

async function encode({ appended, control, records, ...batch }: Batch): Promise<Buffer> {
  const encoded = await encodeBatch({
    ...batch,
    lastOffsetDelta: records.at(-1)?.offsetDelta ?? 0,
    records: records.map(encodeRecord),
  });
  const bytes = Buffer.from(encoded.buffer);
  // kafkajs cannot write these two.
  const more = (appended ? 0x08 : 0) | (control ? 0x20 : 0);
  bytes.writeInt16BE(bytes.readInt16BE(attributesAt) | more, attributesAt);
  return bytes;
}

/** Headers in the form that kafkajs gives them. */
function headersObject(headers: RecordHeaders | undefined): Headers {
  const all: { [name: string]: Buffer | Buffer[] } = {};
  for (const [nameBytes, value] of headers?.list() ?? []) {
    const name = String(nameBytes);
    const before = all[name];
    const bytes = value ?? Buffer.alloc(0);
    all[name] = before === undefined ? bytes : [before, bytes].flat();
  }
  return all;
}

/** The fields in which both readers must agree. */
const essence = (record: KafkajsRecord) => {
  const { offset, timestamp, key, value, headers, isControlRecord, batchContext } = record;
  const { producerId, inTransaction } = batchContext;
  return { offset, timestamp, key, value, headers, isControlRecord, producerId, inTransaction };
};

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const field = fc.option(bytes);
/** Any two of them add up to 64 bits. */
const long = fc.oneof(
  fc.bigInt({ min: -200n, max: 200n }),
  fc.bigInt({ min: -(2n ** 42n), max: 2n ** 42n }),
  fc.bigInt({ min: 2n ** 53n - 300n, max: 2n ** 53n + 300n }),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n }),
);
const record: fc.Arbitrary<Record0> = fc.record({
  offsetDelta: fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1)),
  timestampDelta: long,
  key: field,
  value: field,
  headers: fc.dictionary(
    fc.string({ maxLength: 20 }).map((name) => `h${name}`),
    fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
    { maxKeys: 4 },
  ),
});
const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
const batch: fc.Arbitrary<Batch> = fc.record({
  compression: fc.constantFrom(None, None, GZIP, Snappy, LZ4, ZSTD),
  firstOffset: long.map((offset) => (offset < 0n ? -offset : offset)),
  firstTimestamp: long,
  maxTimestamp: long,
  producerId: fc.oneof(fc.constant(-1n), long),
  transactional: fc.boolean(),
  appended: fc.boolean(),
  control: fc.boolean(),
  records: fc.oneof(
    { arbitrary: fc.array(record, { minLength: 1, maxLength: 12 }), weight: 4 },
    { arbitrary: fc.array(record, { minLength: 130, maxLength: 140 }), weight: 1 },
  ),
});

const plain: Batch = {
  compression: None,
  firstOffset: 7n,
  firstTimestamp: 1_700_000_000_000n,
  maxTimestamp: 1_700_000_000_005n,
  producerId: -1n,
  transactional: false,
  appended: false,
  control: false,
  records: Array.from({ length: 3 }, (_, offsetDelta) => ({
    offsetDelta,
    timestampDelta: BigInt(offsetDelta),
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: { h: Buffer.from('x') },
  })),
};
/** Byte offsets of the first record's fields in `plain`. */
const first = { length: 61, key: 65, value: 67, headers: 69 };

describe('the records of a batch', () => {
  beforeAll(() => {
    registerCodecs();
    readBatchesOurselves();
  });

  test('are those that kafkajs reads, for any content and codec', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (batches) => {
        const encoded = await Promise.all(batches.map(encode));
        const theirs: KafkajsRecord[] = [];
        for (const one of encoded) theirs.push(...(await theirBatch(new newDecoder(one))).records);
        const found = await ours(Buffer.concat(encoded));
        expect(found.map((one) => essence({ ...one, headers: headersObject(one.headers) }))).toEqual(
          theirs.map(essence),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('are views on the fetched bytes, with only the fields that are used', async () => {
    const [one] = await ours(await encode(plain));
    expect(one).toEqual({
      offset: '7',
      timestamp: '1700000000000',
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      headers: expect.objectContaining({ bytes: 5 }),
      isControlRecord: false,
      batchContext: { producerId: '-1', inTransaction: false },
    });
    expect(one?.key?.buffer).toBe(one?.value?.buffer);
  });

  test('do not keep the bytes of other partitions in memory', async () => {
    const [one] = await ours(await encode(plain), Buffer.alloc(2 ** 20));
    expect(one?.value?.buffer.byteLength).toBeLessThan(2 ** 15);
    expect(one).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('v') });
  });

  test('have exact offsets and timestamps beyond 53 bits', async () => {
    const firstOffset = 2n ** 63n - 3n;
    const found = await ours(await encode({ ...plain, firstOffset, firstTimestamp: 2n ** 53n - 2n }));
    expect(found.map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
      ['9223372036854775805', '9007199254740990'],
      ['9223372036854775806', '9007199254740991'],
      ['9223372036854775807', '9007199254740992'],
    ]);
  });

  test('wrap a timestamp beyond 64 bits, as the Java client does', async () => {
    const found = await ours(await encode({ ...plain, firstTimestamp: 2n ** 63n - 2n }));
    expect(found.map(({ timestamp }) => timestamp)).toEqual([
      '9223372036854775806',
      '9223372036854775807',
      '-9223372036854775808',
    ]);
  });

  test.each([
    ['a record that ends behind the batch', first.length, 0x7e, 'record 1 of 3 does not end within the batch'],
    ['a record of negative length', first.length, 0x01, 'record 1 of 3 does not end within the batch'],
    ['a record that is longer than its fields', first.headers, 0x00, 'record 1 of 3 is not as long as it says'],
    ['a value that ends behind its record', first.value, 0x0e, 'record 1 of 3 is not as long as it says'],
    ['a value that ends in the next record', first.value, 0x14, 'record 1 of 3 is not as long as it says'],
    ['a key that leaves no room for its record', first.key, 0x70, 'record 1 of 3 is not as long as it says'],
    ['a negative number of headers', first.headers, 0x01, 'record 1 of 3 has a negative length'],
    ['a number of records that is too high', 60, 4, 'record 4 of 4 does not end within the batch'],
    ['a number of records that is too low', 60, 2, 'it holds more than its 2 records'],
    ['a negative number of records', 57, 0xff, 'it holds -16777213 records'],
    ['a length below that of its header', 11, 48, 'it is shorter than its header'],
    ['a negative length', 8, 0xff, 'it is shorter than its header'],
    ['a format of the future', 16, 3, 'its format, 3, is unknown'],
    ['a codec of the future', attributesAt + 1, 5, 'its codec is unknown'],
  ])('with %s are rejected with the reason and not retried', async (_name, at, byte, what) => {
    const whole = await encode(plain);
    const lying = Buffer.from(whole);
    lying[at] = byte;
    await expect(ours(Buffer.concat([whole, lying]))).rejects.toMatchObject({
      code: 'corrupt_batch',
      message: `the batch at offset 7 cannot be read: ${what}`,
      retriable: false,
    });
  });

  test.each(['key', 'value'])('with a %s of a negative length other than -1 are rejected', async (which) => {
    const none = { offsetDelta: 0, timestampDelta: 0n, key: null, value: null, headers: {} };
    const lying = await encode({ ...plain, records: [none] });
    expect(await ours(lying)).toMatchObject([{ key: null, value: null, headers: undefined }]);
    lying[which === 'key' ? first.key : first.key + 1] = 0x03;
    const what = 'record 1 of 1 has a negative length';
    await expect(ours(lying)).rejects.toThrow(`the batch at offset 7 cannot be read: ${what}`);
  });

  test('with a key of 2 GiB or with endless integers are rejected', async () => {
    for (const end of [0x0f, 0xff]) {
      const lying = await encode(plain);
      lying.fill(0xff, first.key).fill(end, first.key + 4, first.key + 5);
      await expect(ours(lying)).rejects.toMatchObject({ code: 'corrupt_batch' });
    }
  });

  test('with any changed bytes are as many as the batch says, or are rejected', async () => {
    const change = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(batch, fc.array(change, { minLength: 1, maxLength: 4 }), async (one, changes) => {
        const bytes = await encode(one);
        // The format byte stays, because kafkajs reads the older formats.
        for (const [where, byte] of changes) {
          const at = Math.floor(where * bytes.length);
          if (at !== 16) bytes[at] = byte;
        }
        try {
          const found = await ours(bytes);
          const count = bytes.readInt32BE(57);
          // The changed length may truncate the batch, and the changed offsets may leave a hole at its end.
          expect([0, count, count + 1, count + 2]).toContain(found.length);
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('of the older format after a batch are also read', async () => {
    const older: (set: object) => Encoder = require('kafkajs/src/protocol/messageSet/index.js');
    const { buffer } = older({
      messageVersion: 1,
      compression: None,
      entries: [{ key: 'old', value: 'older', timestamp: 5 }],
    });
    const set = Buffer.from(buffer);
    set.writeBigInt64BE(10n, 0);
    const old = { offset: '10', timestamp: '5', key: Buffer.from('old'), value: Buffer.from('older') };
    expect(await ours(set)).toMatchObject([old]);
    const found = await ours(Buffer.concat([await encode(plain), set, set.subarray(0, -1)]));
    expect(found).toMatchObject([{ offset: '7' }, { offset: '8' }, { offset: '9' }, old]);
  });
});
