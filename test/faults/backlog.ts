/** Backlogs far larger than the credit window, with records of very different size and compressibility. */
import { createCipheriv } from 'node:crypto';
import { CompressionTypes, type ProducerRecord } from 'kafkajs';
import { registerCodecs } from '../../adapters/kafka/codec/codecs.ts';
import { kafkaClient } from '../context.ts';
import type { OracleRecord } from '../oracle/workload.ts';

/** Content and transport of the records of a backlog. */
export type BacklogKind = {
  readonly name: string;
  readonly count: number;
  /** The text that gives the record its size; null for none. */
  readonly address: (index: number) => string | null;
  readonly compression: CompressionTypes;
  /** Records in one request of the producer, over all partitions. */
  readonly atOnce: number;
};

/** Text that no codec compresses below its 6 bits a character. */
function noise(index: number, length: number): string {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.from(String(index).padStart(16, '0')));
  return stream.update(Buffer.alloc(length)).toString('base64').slice(0, length);
}

/** The kinds of backlogs that a window has to hold back. */
export const backlogs = {
  tiny: {
    name: 'tiny records',
    count: 40_000,
    address: () => null,
    compression: CompressionTypes.None,
    atOnce: 4_000,
  },
  incompressible: {
    name: 'records of 1 KB that do not compress',
    count: 24_000,
    address: (index) => noise(index, 940),
    compression: CompressionTypes.GZIP,
    atOnce: 2_000,
  },
  compressible: {
    name: 'records of 1 KB that compress well',
    count: 24_000,
    address: (index) => `${noise(index, 200)} ${'Main Street '.repeat(62)}`,
    compression: CompressionTypes.ZSTD,
    atOnce: 4_000,
  },
  large: {
    name: 'records of 1 MB',
    count: 48,
    address: (index) => `${index} ${'улица '.repeat(90_000)}`,
    compression: CompressionTypes.None,
    atOnce: 4,
  },
} as const satisfies { readonly [name: string]: BacklogKind };

/** Partitions of the topic of a backlog. */
export const backlogPartitions = 4;

/** The records, each with its own id. The same kind gives the same bytes. */
export function makeBacklog({ count, address }: BacklogKind): readonly OracleRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const text = address(index);
    const event = { id: index, ...(text === null ? {} : { address: text }), cdc_operation: 'INSERT', cdc_sequence: 1 };
    return {
      partition: index % backlogPartitions,
      offset: String(Math.floor(index / backlogPartitions)),
      key: Buffer.from(String(index)),
      value: Buffer.from(JSON.stringify(event)),
      malformed: null,
    };
  });
}

/** Writes a backlog to the partitions of its records. */
export async function produceBacklog(
  brokers: string,
  topic: string,
  { compression, atOnce }: BacklogKind,
  records: readonly OracleRecord[],
): Promise<void> {
  registerCodecs();
  const producer = kafkaClient('sluice-test', brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (let at = 0; at < records.length; at += atOnce) {
      const messages = records.slice(at, at + atOnce).map(({ partition, key, value }) => ({ partition, key, value }));
      await producer.send({ topic, compression, messages } satisfies ProducerRecord);
    }
  } finally {
    await producer.disconnect();
  }
}
