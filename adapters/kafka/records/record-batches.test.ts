/** Proves that the replaced decoder reads large, truncated and compacted batches within a fetch of kafkajs. */
import { createRequire } from 'node:module';
import kafkajs, { type CompressionTypes } from 'kafkajs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerCodecs } from '../codec/codecs.ts';
import { mostRecords, readBatchesOurselves } from './record-batches.ts';

type Encoder = { readonly buffer: Buffer };
type Fetched = {
  readonly responses: readonly {
    readonly partitions: readonly { readonly messages: readonly { value: Buffer }[] }[];
  }[];
};

const require = createRequire(import.meta.url);
const encodeBatch: (batch: object) => Promise<Encoder> =
  require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch;
const encodeRecord: (record: object) => Encoder = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
/** The class with which kafkajs's consumer reads a fetch of one partition. */
const newBatch: new (
  topic: string,
  fetchedOffset: string,
  partition: object,
) => {
  readonly messages: readonly { readonly offset: string }[];
  readonly isEmptyDueToFiltering: () => boolean;
  readonly firstOffset: () => string | null;
  readonly lastOffset: () => string;
} = require('kafkajs/src/consumer/batch.js');

/** A batch of tiny records as the broker stores it. */
async function batch(count: number, compression: CompressionTypes = kafkajs.CompressionTypes.ZSTD): Promise<Buffer> {
  const records = Array.from({ length: count }, (_, offsetDelta) =>
    encodeRecord({ offsetDelta, timestampDelta: 0, key: null, value: Buffer.from(`${offsetDelta}`), headers: {} }),
  );
  const { buffer } = await encodeBatch({
    compression,
    firstTimestamp: 0,
    maxTimestamp: 0,
    lastOffsetDelta: count - 1,
    records,
  });
  return buffer;
}

/** The messages that kafkajs decodes from a fetch of one partition, in the newest version of the response. */
async function fetched(...batches: Buffer[]): Promise<readonly { value: Buffer }[]> {
  const { decode }: { decode: (data: Buffer) => Promise<Fetched> } =
    require('kafkajs/src/protocol/requests/fetch/v11/response.js');
  const set = Buffer.concat(batches);
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 3 + 4 + 4 + 2 + 8 + 8 + 8 + 4 + 4 + 4);
  let at = head.writeInt32BE(1, 10);
  at = head.writeInt16BE(1, at);
  at += head.write('t', at);
  at = head.writeInt32BE(1, at);
  at = head.length - 4;
  head.writeInt32BE(set.length, at);
  const { responses } = await decode(Buffer.concat([head, set]));
  return responses[0]?.partitions[0]?.messages ?? [];
}

describe('a record batch', () => {
  beforeAll(() => {
    registerCodecs();
    readBatchesOurselves();
  });

  test('of 130,000 records is read together with its neighbours', async () => {
    const messages = await fetched(await batch(3), await batch(130_000), await batch(2));
    expect(messages).toHaveLength(130_005);
    expect([0, 3, 130_002, 130_004].map((index) => String(messages[index]?.value))).toEqual(['0', '0', '129999', '1']);
  });

  test('that is truncated at the end of a fetch is ignored', async () => {
    const whole = await batch(5, kafkajs.CompressionTypes.None);
    for (const length of [1, 60, 61, whole.length - 1]) {
      expect(await fetched(whole, whole.subarray(0, length))).toHaveLength(5);
    }
    expect(await fetched()).toEqual([]);
  });

  test.each([
    ['all records', 0, 5],
    ['the last ones', 2, 5],
    ['the last one', 2, 3],
  ])('from which compaction removed %s is passed up to its last offset (rule 4)', async (_which, left, offsets) => {
    const holed = await batch(left, kafkajs.CompressionTypes.None);
    holed.writeInt32BE(offsets - 1, 23);
    const partition = { partition: 0, highWatermark: '100', abortedTransactions: [], messages: await fetched(holed) };
    const passed = new newBatch('t', String(left), partition);
    expect(passed.isEmptyDueToFiltering()).toBe(true);
    expect([passed.firstOffset(), passed.lastOffset()]).toEqual([String(left), String(offsets - 1)]);
    expect(new newBatch('t', '0', partition).messages).toHaveLength(left);
  });

  test('with more records than the limit is rejected with the reason and not retried', async () => {
    const lying = await batch(1);
    lying.writeInt32BE(mostRecords + 1, 57);
    await expect(fetched(lying)).rejects.toMatchObject({
      code: 'batch_too_large',
      message: 'a batch holds 524289 records, more than 524288',
      retriable: false,
    });
  });
});
