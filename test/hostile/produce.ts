/** Writes records to a topic byte by byte, including those that kafkajs's producer would reject or change. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { Header } from '../../pipeline/change.ts';
import { type FreshTopic, freshTopic, kafkaClient } from '../context.ts';

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes } = kafkajs;

/** A record and its place. */
export type HostileRecord = {
  readonly partition: number;
  /** In decimal; consecutive from 0 in each partition. */
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  readonly timestamp: string | undefined;
};

/** Settings of a topic that accepts large records and any timestamp, and has no retention limit. */
export const unlimited = {
  'max.message.bytes': String(16 * 2 ** 20),
  'message.timestamp.after.max.ms': String(2n ** 63n - 1n),
  'message.timestamp.before.max.ms': String(2n ** 63n - 1n),
  'retention.ms': '-1',
};

/** An empty topic that accepts large records and any timestamp, and has no retention limit. */
export async function unlimitedTopic(partitions: number): Promise<FreshTopic> {
  const topic = await freshTopic(partitions, 'hostile');
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    const configEntries = Object.entries(unlimited).map(([name, value]) => ({ name, value }));
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic.name, configEntries }],
    });
  } finally {
    await admin.disconnect();
  }
  return topic;
}

/** Bytes that are replaced by others of the same length when the batch is packed. */
type Swap = { readonly from: Buffer; readonly to: Buffer };

/**
 * kafkajs writes header names as UTF-8 and no header without value. So such a name is written as another one of its length,
 * and a missing value as an empty one with a unique name; the bytes are replaced when the batch is packed.
 */
function spell([name, value]: Header, index: number, swaps: Swap[]): readonly [name: string, value: Buffer] {
  const spelled = isUtf8(name) ? name.toString('utf8') : `@${index}`.padEnd(name.length, '@').slice(0, name.length);
  if (!isUtf8(name)) swaps.push({ from: Buffer.from(spelled), to: name });
  if (value === null) swaps.push({ from: Buffer.from(`${spelled}\0`), to: Buffer.from(`${spelled}\u0001`) });
  return [spelled, value ?? Buffer.alloc(0)];
}

/** Headers in the form of kafkajs: an object with a list for each name. */
function headersFor(headers: readonly Header[], swaps: Swap[]): kafkajs.IHeaders {
  const lists = new Map<string, Buffer[]>();
  for (const [index, header] of headers.entries()) {
    const [name, value] = spell(header, index, swaps);
    lists.set(name, [...(lists.get(name) ?? []), value]);
  }
  // Built from entries, so that `__proto__` is an ordinary name.
  return Object.fromEntries(lists);
}

const pack = promisify<Buffer, Buffer>(gzip);

/** Packs with gzip after the replacements. */
async function packSwapped(buffer: Buffer, swaps: readonly Swap[]): Promise<Buffer> {
  const bytes = Buffer.from(buffer);
  for (const { from, to } of swaps) {
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) to.copy(bytes, at);
  }
  return pack(bytes);
}

/** Most bytes of values in one request, except for a single larger record. */
const requestBytes = 2 ** 20;

/** Produces records; those of each partition must be in order. Resolves when they are durable. By default to the run's Kafka. */
export async function produceHostile(
  topic: string,
  records: readonly HostileRecord[],
  kafka = kafkaClient(),
): Promise<void> {
  const swaps: Swap[] = [];
  const before = CompressionCodecs[CompressionTypes.GZIP];
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: async ({ buffer }: { readonly buffer: Buffer }) => packSwapped(buffer, swaps),
    decompress: async (buffer: Buffer) => buffer,
  });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    let messages: kafkajs.Message[] = [];
    let bytes = 0;
    const send = async (compression: kafkajs.CompressionTypes) => {
      if (messages.length > 0) await producer.send({ topic, messages, compression });
      messages = [];
      bytes = 0;
    };
    for (const { partition, key, value, headers, timestamp } of records) {
      const size = value?.length ?? 0;
      // A record with timestamp or headers of its own is sent in a batch of its own.
      const alone = headers.length > 0 || timestamp !== undefined;
      if (alone || bytes + size > requestBytes || messages.length === 500) await send(CompressionTypes.None);
      messages.push({
        partition,
        key,
        value,
        ...(headers.length > 0 ? { headers: headersFor(headers, swaps) } : {}),
        ...(timestamp === undefined ? {} : { timestamp }),
      });
      bytes += size;
      if (alone) await send(swaps.length > 0 ? CompressionTypes.GZIP : CompressionTypes.None);
      swaps.length = 0;
    }
    await send(CompressionTypes.None);
  } finally {
    await producer.disconnect();
    CompressionCodecs[CompressionTypes.GZIP] = before;
  }
}
