/**
 * Record batches of any usual length. kafkajs hands the records of a batch on as the arguments of one call, which ends in
 * "Maximum call stack size exceeded" beyond about 125,000: a batch of 1 MiB can hold four times as many, and the pipeline
 * would stop at it for ever. So the function that unpacks a fetched partition is replaced by one that copies in a loop.
 */
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import { CodecError } from './codec/codec-error.ts';

/**
 * Most records a batch may hold. They are decoded all at once, at some 400 bytes each; a batch of 1 MiB, Kafka's default
 * limit, would have to pack them to less than 2 bytes.
 */
export const mostRecords = 2 ** 19;

/** The part of kafkajs's decoder that is used. */
type Decoder = {
  readonly offset: number;
  readonly readInt32: () => number;
  readonly canReadBytes: (length: number) => boolean;
  readonly readBytes: (length: number) => Buffer;
};
type Messages = readonly KafkaMessage[];

/** Where the format and the number of records stand in a batch, and how long its header is. */
const magicAt = 16;
const countAt = 57;
const headerBytes = 61;

/** The format with record batches; the older ones are left to kafkajs. */
const recordBatchMagic = 2;

const require = createRequire(import.meta.url);
const replaced = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';

/** Replaces the function in every client of this process. Throws when kafkajs is not built as expected. */
export function acceptLongBatches(): void {
  const newDecoder: new (buffer: Buffer) => Decoder = require('kafkajs/src/protocol/decoder.js');
  const decodeBatch: (from: Decoder) => Promise<{ readonly records: Messages }> =
    require('kafkajs/src/protocol/recordBatch/v0/decoder.js');
  const decodeOlder: (from: Decoder, size: number) => Promise<Messages> =
    require('kafkajs/src/protocol/messageSet/decoder.js');
  require(replaced);
  const entry = require.cache[require.resolve(replaced)];
  if (entry === undefined) throw new Error('this kafkajs unpacks what it fetched in another way');
  entry.exports = async (fetched: Decoder): Promise<Messages> => {
    const size = fetched.readInt32();
    if (size <= 0 || !fetched.canReadBytes(size)) return [];
    const bytes = fetched.readBytes(size);
    const batches = new newDecoder(bytes);
    if (bytes[magicAt] !== recordBatchMagic) return decodeOlder(batches, size);
    const messages: KafkaMessage[] = [];
    try {
      while (batches.canReadBytes(headerBytes)) {
        const count = bytes.readInt32BE(batches.offset + countAt);
        if (count > mostRecords) throw tooMany(count);
        for (const message of (await decodeBatch(batches)).records) messages.push(message);
      }
    } catch (error) {
      // The last batch of a fetch may be cut off; it is fetched again.
      if (!(error instanceof Error && error.name === 'KafkaJSPartialMessageError')) throw error;
    }
    return messages;
  };
}

const tooMany = (count: number): CodecError =>
  new CodecError('batch_too_large', `a batch holds ${count} records, more than ${mostRecords}`, {
    advice: 'Lower batch.size of the producer; if the data is not yours, suspect a decompression bomb.',
  });
