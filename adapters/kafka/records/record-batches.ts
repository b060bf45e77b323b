/**
 * Record batches, read by ourselves. kafkajs's reader takes most of its time for arithmetic and objects nobody asks for,
 * copies an object per header (16,000 headers in a record of 117 KB hold the process up for 44 s, and the group has long
 * expelled it by then), and hands the records of a batch on as the arguments of one call, which ends in "Maximum call
 * stack size exceeded" beyond about 125,000: the pipeline would stop at such a batch for ever. So the function that
 * unpacks a fetched partition is replaced. What is older than record batches is left to kafkajs.
 */
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import type { RawRecord } from '../../../pipeline/change.ts';
import { CodecError, damaged } from '../codec/codec-error.ts';
import { type AbortedTransaction, markAborted } from './aborted-transactions.ts';
import { type FetchedRecord, markHole, readRecords } from './records.ts';

/**
 * Most records a batch may hold. They are decoded all at once, at some 400 bytes each; a batch of 1 MiB, Kafka's default
 * limit, would have to pack them to less than 2 bytes.
 */
export const mostRecords = 2 ** 19;

/** Where the fields of a batch stand: https://kafka.apache.org/documentation/#recordbatch */
const at = {
  firstOffset: 0,
  length: 8,
  /** Here in the older formats, too. */
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;

/** What `length` does not count: itself and the offset. */
const beforeLength = 12;

/** The format with record batches. */
const recordBatchMagic = 2;

/** Bits of the attributes. */
const codecBits = 0x07;
const appendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;

/** The part of kafkajs's decoder that is used. */
type Decoder = {
  readonly readInt32: () => number;
  readonly canReadBytes: (length: number) => boolean;
  readonly readBytes: (length: number) => Buffer;
};
type Codec = { readonly decompress: (packed: Buffer) => Promise<Buffer> };
/** kafkajs's own parts that are called. */
type Parts = {
  readonly codecOf: (attributes: number) => Codec | null;
  readonly readOlder: (bytes: Buffer) => Promise<readonly FetchedRecord[]>;
};

/** What kafkajs makes of the answer to a fetch. */
type Answer = {
  readonly responses: readonly {
    readonly partitions: readonly {
      messages: readonly FetchedRecord[];
      abortedTransactions: readonly AbortedTransaction[];
    }[];
  }[];
};

const require = createRequire(import.meta.url);
const fetching = 'kafkajs/src/protocol/requests/fetch';
const replaced = `${fetching}/v4/decodeMessages.js`;
/** Versions of the answer that tell of aborted transactions and are decoded by themselves; those between use their code. */
const answers = [4, 5, 7, 8, 11];
let done = false;

/**
 * Replaces the function in every client of this process; once. Throws when kafkajs is not built as expected, or has got
 * hold of its own function before.
 */
export function readBatchesOurselves(): void {
  if (done) return;
  if (require.cache[require.resolve(replaced)] !== undefined) throw new Error('kafkajs has fetched before');
  const newDecoder: new (buffer: Buffer) => Decoder = require('kafkajs/src/protocol/decoder.js');
  const decodeOlder: (from: Decoder, size: number) => Promise<readonly FetchedRecord[]> =
    require('kafkajs/src/protocol/messageSet/decoder.js');
  const compression: { lookupCodecByAttributes: Parts['codecOf'] } =
    require('kafkajs/src/protocol/message/compression/index.js');
  const parts: Parts = {
    codecOf: compression.lookupCodecByAttributes,
    readOlder: (bytes) => decodeOlder(new newDecoder(bytes), bytes.length),
  };
  require(replaced);
  const entry = require.cache[require.resolve(replaced)];
  if (entry === undefined || Object.values(parts).some((part) => typeof part !== 'function')) {
    throw new Error('this kafkajs unpacks what it fetched in another way');
  }
  entry.exports = async (fetched: Decoder): Promise<readonly FetchedRecord[]> => {
    const size = fetched.readInt32();
    return size <= 0 || !fetched.canReadBytes(size) ? [] : readBatches(byItself(fetched.readBytes(size)), parts);
  };
  for (const version of answers) markAbortedIn(require(`${fetching}/v${version}/response.js`));
  done = true;
}

/** Leaves kafkajs no aborted transaction to look for. */
function markAbortedIn(response: { decode: (data: Buffer) => Promise<Answer> }): void {
  const { decode } = response;
  response.decode = async (data) => {
    const answer = await decode(data);
    for (const partition of answer.responses.flatMap(({ partitions }) => partitions)) {
      partition.messages = markAborted(partition.messages, partition.abortedTransactions);
      partition.abortedTransactions = [];
    }
    return answer;
  };
}

/** The messages of a batch, once `readBatchesOurselves` was called: kafkajs's type knows nothing of their headers. */
export const rawRecords = (messages: readonly KafkaMessage[]): readonly RawRecord[] =>
  messages as unknown as readonly RawRecord[];

/**
 * What a partition brought, without what others did. Records are views, and those of a partition that waits for its writer
 * would keep every answer that they came with: megabytes, for which nobody has given credit.
 */
function byItself(bytes: Buffer): Buffer {
  if (2 * bytes.length >= bytes.buffer.byteLength) return bytes;
  // Not from Node's pool, which is 8 KiB on one version and 64 KiB on another and would be kept as a whole.
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** The last batch of a fetch may be cut off; it is fetched again. */
async function readBatches(bytes: Buffer, { codecOf, readOlder }: Parts): Promise<readonly FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let rest = bytes;
  while (rest.length > at.magic) {
    const magic = rest.readInt8(at.magic);
    // A topic may have been written in both. kafkajs reads as far as its format goes.
    if (magic === 0 || magic === 1) return [...records, ...(await readOlder(rest))];
    const offset = rest.readBigInt64BE(at.firstOffset);
    if (magic !== recordBatchMagic) throw damaged(offset, `its format, ${magic}, is unknown`);
    const end = beforeLength + rest.readInt32BE(at.length);
    if (end < at.records) throw damaged(offset, 'it is shorter than its header');
    if (end > rest.length) break;
    const count = rest.readInt32BE(at.count);
    if (count < 0) throw damaged(offset, `it holds ${count} records`);
    if (count > mostRecords) throw tooMany(count);
    await readBatch(rest.subarray(0, end), count, codecOf, records);
    rest = rest.subarray(end);
  }
  return records;
}

async function readBatch(
  batch: Buffer,
  count: number,
  codecOf: Parts['codecOf'],
  into: FetchedRecord[],
): Promise<void> {
  const attributes = batch.readInt16BE(at.attributes);
  const firstOffset = batch.readBigInt64BE(at.firstOffset);
  const codec = codecOf(attributes);
  if (codec === null && (attributes & codecBits) !== 0) throw damaged(firstOffset, 'its codec is unknown');
  const packed = batch.subarray(at.records);
  const header = {
    count,
    firstOffset,
    firstTimestamp: batch.readBigInt64BE(at.firstTimestamp),
    appended: (attributes & appendTimeBit) === 0 ? undefined : batch.readBigInt64BE(at.maxTimestamp),
    isControl: (attributes & controlBit) !== 0,
    context: {
      producerId: String(batch.readBigInt64BE(at.producerId)),
      inTransaction: (attributes & transactionalBit) !== 0,
    },
  };
  if (count > 0) readRecords(codec === null ? packed : await codec.decompress(packed), header, into);
  markHole(header, firstOffset + BigInt(batch.readInt32BE(at.lastOffsetDelta)), into);
}

const tooMany = (count: number): CodecError =>
  new CodecError('batch_too_large', `a batch holds ${count} records, more than ${mostRecords}`, {
    advice: 'Lower batch.size of the producer; if the data is not yours, suspect a decompression bomb.',
  });
