/**
 * Compressed topics, tested with Kafka's own Java clients. The real command reads what Java's producer writes with each codec, and Java's
 * consumer reads what the simulator writes.
 */
import kafkajs, { type KafkaMessage } from 'kafkajs';
import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { batchLimit, codecTypes, registerCodecs } from '../adapters/kafka/codec/codecs.ts';
import { defaultOperations } from '../simulator/operations.ts';
import { simulate } from '../simulator/simulate.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import { bootstrap, describeServers, freshDatabase, freshTopic, kafkaClient } from './context.ts';
import { javaConsume, javaProduce, javaTools, type LineMessage } from './java-kafka.ts';
import { diffRows, selectActualRows } from './oracle/compare.ts';
import { type ExpectedRow, expectedRows } from './oracle/oracle.ts';
import { makeWorkload, type OracleRecord } from './oracle/workload.ts';
import { sluice } from './sluice.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

const names = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

type Line = OracleRecord & LineMessage;

/** Can the console producer send the record unchanged? It reads UTF-8, line by line. */
const fitsALine = (record: OracleRecord): record is Line => {
  if (record.malformed !== null || record.key === null || record.value === null) return false;
  const text = `${record.key}${record.value}`;
  return !/[\r\n\t]/.test(text) && Buffer.byteLength(text) === record.key.length + record.value.length;
};

/** `count` events that fit a line. */
const events = (count: number, seed: number): readonly Line[] => {
  const fit = makeWorkload({ seed, count: count * 2, partitions: 1 }).filter(fitsALine);
  expect(fit.length).toBeGreaterThanOrEqual(count);
  return fit.slice(0, count);
};

/** Runs the pipeline on a topic until it is caught up. The rows must be those of the events, and each event must be read once. */
async function expectRows(topic: string, written: readonly OracleRecord[]): Promise<void> {
  await using database = await freshDatabase('codecs');
  // In one group kafkajs would assign all topics of its leader to all members, so each topic has its own group.
  const group = { KAFKA_GROUP_ID: topic };
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: database.url, KAFKA_TOPIC: topic, ...group };
  expect(await sluice(['run', '--until-caught-up'], { env })).toEndWith(0);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<ExpectedRow>(selectActualRows);
    expect(diffRows(expectedRows(written), rows)).toEqual([]);
    const { rows: counts } = await client.query('select read::int, parked::int from sluice.checkpoint');
    expect(counts).toEqual([{ read: written.length, parked: 0 }]);
  } finally {
    await client.end();
  }
}

type Packed = { readonly messages: readonly KafkaMessage[]; readonly batches: Readonly<Record<string, number[]>> };

/** Reads a topic without the pipeline, and the unpacked sizes of its batches by codec. */
async function readPacked(topic: string, count: number): Promise<Packed> {
  registerCodecs();
  const batches: Record<string, number[]> = {};
  const before = names.map((name) => [name, CompressionCodecs[codecTypes[name]]] as const);
  for (const [name, codec] of before) {
    CompressionCodecs[codecTypes[name]] = () => ({
      decompress: async (input: Buffer) => {
        const unpacked: Buffer = await codec().decompress(input);
        batches[name] = [...(batches[name] ?? []), unpacked.length];
        return unpacked;
      },
    });
  }
  const messages: KafkaMessage[] = [];
  const consumer = kafkaClient().consumer({ groupId: `${topic}-packed` });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachMessage = async ({ message }: { readonly message: KafkaMessage }) => {
        messages.push(message);
        if (messages.length === count) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
    for (const [name, codec] of before) CompressionCodecs[codecTypes[name]] = codec;
  }
  return { messages, batches };
}

const asText = ({ key, value }: Pick<KafkaMessage, 'key' | 'value'>): string => `${key}\t${value}`;

describeServers('compressed topics', () => {
  // The jars of Java's clients, if another server's Kafka is used and they are not cached yet.
  beforeAll(javaTools);

  test.concurrent.each(names)('1,000 events that Java wrote with %s are applied to PostgreSQL', async (codec) => {
    await using topic = await freshTopic();
    const written = events(1000, names.indexOf(codec) + 1);
    await javaProduce(bootstrap(), topic.name, written, codec);
    await expectRows(topic.name, written);
  });

  test('a topic that Java wrote with every codec, in batches small and large, is read to the last byte', async () => {
    await using topic = await freshTopic();
    const written = events(9000, 10);
    // All events of a key go through one producer, because their order matters.
    const share = (key: Buffer): number => Number(BigInt(String(key)) & 7n) % 5;
    await Promise.all(
      ['none', ...names].map((codec, index) => {
        const part = written.filter(({ key }) => share(key) === index);
        return javaProduce(bootstrap(), topic.name, part, codec, 4_000_000);
      }),
    );
    await Promise.all([
      expectRows(topic.name, written),
      readPacked(topic.name, written.length).then(({ messages, batches }) => {
        expect(messages.map(asText).sort()).toEqual(written.map(asText).sort());
        expect(Object.keys(batches).sort()).toEqual([...names].sort());
        // The block sizes of the codecs: 32 KiB (snappy), 64 KiB (lz4), 128 KiB (zstd).
        for (const sizes of Object.values(batches)) expect(Math.max(...sizes)).toBeGreaterThan(300_000);
      }),
    ]);
  });

  test('Java and the pipeline read the messages of the simulator with each codec', async () => {
    await using topic = await freshTopic();
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name };
    const ran = await sluice(['simulate', '--count', '500', '--compression', 'zstd'], { env });
    expect(ran).toEndWith(0);
    const kafka = kafkaClient();
    const source = { kind: 'invent', count: 500, seed: 1, operations: defaultOperations } as const;
    const options = { ...simulateDefaults, kafka, topic: topic.name, source, interval: null, rate: null };
    for (const compression of ['gzip', 'snappy', 'lz4'] as const) await simulate({ ...options, compression });
    const [java, { messages, batches }] = await Promise.all([
      javaConsume(bootstrap(), topic.name, 2000),
      readPacked(topic.name, 2000),
    ]);
    expect(Object.keys(batches).sort()).toEqual([...names].sort());
    expect(java).toEqual(messages.map(({ value }) => String(value)));
  });

  test('a decompression bomb ends the run at once with its reason', async () => {
    await using database = await freshDatabase('codecs');
    await using topic = await freshTopic();
    registerCodecs();
    const codec = CompressionCodecs[CompressionTypes.ZSTD];
    CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress: async () => bomb(batchLimit) });
    const producer = kafkaClient().producer();
    try {
      await producer.connect();
      await producer.send({ topic: topic.name, compression: CompressionTypes.ZSTD, messages: [{ value: 'small' }] });
    } finally {
      CompressionCodecs[CompressionTypes.ZSTD] = codec;
      await producer.disconnect();
    }
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: database.url, KAFKA_TOPIC: topic.name };
    const ran = await sluice(['run', '--until-caught-up', '--group-id', topic.name], { env, limit: 15_000 });
    expect(ran.code).toBe(1);
    expect(ran.stdout + ran.stderr).toContain('a zstd batch unpacks to more than 128 MiB');
  });
});

/** A record set of one record whose value is `size` zeros, in a zstd frame of some 32 bytes per MiB. */
function bomb(size: number): Buffer {
  const varint = (value: number): number[] => {
    const bytes: number[] = [];
    let rest = value * 2;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    return [...bytes, rest];
  };
  // Attributes, timestamp and offset deltas, no key (-1), the value; after it the number of headers, also a zero.
  const fields = [0, 0, 0, 1, ...varint(size)];
  const head = [...varint(fields.length + size + 1), ...fields];
  const block = (kind: 'raw' | 'repeated', length: number, last: boolean): number[] => {
    const word = length * 8 + (kind === 'raw' ? 0 : 2) + (last ? 1 : 0);
    return [word & 255, (word >> 8) & 255, word >> 16];
  };
  const zeros = Array.from({ length: size / 2 ** 17 }, () => [...block('repeated', 2 ** 17, false), 0]).flat();
  const end = [...block('repeated', 1, true), 0];
  // Magic, no size, a window of 128 KiB.
  return Buffer.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0,
    7 << 3,
    ...block('raw', head.length, false),
    ...head,
    ...zeros,
    ...end,
  ]);
}
