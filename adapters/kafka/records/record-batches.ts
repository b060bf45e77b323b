/**
 * Reads record batches in place of kafkajs, whose own decoder has three faults. It is slow: most of its time goes into
 * 64-bit arithmetic and unused objects. It copies an object for each header: 16,000 headers in a record of 117 KB block
 * the process for 44 s, long enough to be removed from its group. It passes the records of a batch as arguments of one
 * call, which fails with "Maximum call stack size exceeded" above about 125,000 records, so such a batch would stop the
 * pipeline forever. The function that decodes a fetched partition is replaced. kafkajs still reads the older formats.
 */
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import type { RawRecord } from '../../../pipeline/change.ts';
import { CodecError, damaged } from '../codec/codec-error.ts';
import { type AbortedTransaction, markAborted } from './aborted-transactions.ts';
import { type FetchedRecord, markHole, readRecords } from './records.ts';

/**
 * Most records that a batch may contain. All are decoded at once, at about 400 bytes each. To exceed this within Kafka's
 * default limit of 1 MiB, a batch would have to pack each record into less than 2 bytes.
 */
export const mostRecords = 2 ** 19;

/** Byte offsets of the fields of a batch: https://kafka.apache.org/documentation/#recordbatch */
const at = {
  firstOffset: 0,
  length: 8,
  /** At the same place in the older formats. */
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;

/** Bytes that `length` does not count: the offset and `length` itself. */
const uncountedBytes = 12;

/** Version of the format with record batches. */
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
/** The functions of kafkajs that are called. */
type Parts = {
  readonly codecOf: (attributes: number) => Codec | null;
  readonly readOlder: (bytes: Buffer) => Promise<readonly FetchedRecord[]>;
};

/** A fetch response as kafkajs decodes it. */
type FetchResponse = {
  readonly responses: readonly {
    readonly partitions: readonly {
      messages: readonly FetchedRecord[];
      abortedTransactions: readonly AbortedTransaction[];
    }[];
  }[];
};

const require = createRequire(import.meta.url);
const fetchFolder = 'kafkajs/src/protocol/requests/fetch';
const replaced = `${fetchFolder}/v4/decodeMessages.js`;
/** Response versions that list aborted transactions and have a decoder of their own; the other versions reuse these. */
const responseVersions = [4, 5, 7, 8, 11];
let isReplaced = false;

/**
 * Replaces the decoder for every client of this process. Later calls do nothing. Throws when kafkajs is not built as
 * expected, or has already loaded its own decoder.
 */
export function readBatchesOurselves(): void {
  if (isReplaced) return;
  if (require.cache[require.resolve(replaced)] !== undefined)
    throw new Error('kafkajs has already loaded its own decoder of record batches');
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
    throw new Error('this version of kafkajs decodes record batches in another way');
  }
  entry.exports = async (fetched: Decoder): Promise<readonly FetchedRecord[]> => {
    const size = fetched.readInt32();
    return size <= 0 || !fetched.canReadBytes(size) ? [] : readBatches(detached(fetched.readBytes(size)), parts);
  };
  for (const version of responseVersions) markAbortedIn(require(`${fetchFolder}/v${version}/response.js`));
  isReplaced = true;
}

/** Marks the records of aborted transactions, and empties the list so that kafkajs does not filter again. */
function markAbortedIn(response: { decode: (data: Buffer) => Promise<FetchResponse> }): void {
  const { decode } = response;
  response.decode = async (data) => {
    const decoded = await decode(data);
    for (const partition of decoded.responses.flatMap(({ partitions }) => partitions)) {
      partition.messages = markAborted(partition.messages, partition.abortedTransactions);
      partition.abortedTransactions = [];
    }
    return decoded;
  };
}

/** The messages of a batch, after `readBatchesOurselves` was called. kafkajs's type does not describe their headers. */
export const rawRecords = (messages: readonly KafkaMessage[]): readonly RawRecord[] =>
  messages as unknown as readonly RawRecord[];

/**
 * The bytes of one partition, without the rest of the fetch response. Records are views on these bytes. While records wait
 * to be written, they would keep the whole response in memory: megabytes that the credit window does not count.
 */
function detached(bytes: Buffer): Buffer {
  if (2 * bytes.length >= bytes.buffer.byteLength) return bytes;
  // Not from Node's pool of 8 or 64 KiB (by version), all of which would stay in memory.
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Ignores a truncated last batch, because the next fetch returns it again. */
async function readBatches(bytes: Buffer, { codecOf, readOlder }: Parts): Promise<readonly FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let rest = bytes;
  while (rest.length > at.magic) {
    const magic = rest.readInt8(at.magic);
    // A log may contain both formats. kafkajs reads the older one up to where it ends.
    if (magic === 0 || magic === 1) return [...records, ...(await readOlder(rest))];
    const offset = rest.readBigInt64BE(at.firstOffset);
    if (magic !== recordBatchMagic) throw damaged(offset, `its format, ${magic}, is unknown`);
    const end = uncountedBytes + rest.readInt32BE(at.length);
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
