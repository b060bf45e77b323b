/** Fills a topic with the seeded events, at full speed or at a rate. A separate process, so that it does not disturb the measured one. */
import kafkajs from 'kafkajs';
import { kafkaClient } from '../adapters/kafka/client/client.ts';
import { createLogger } from '../services/logger.ts';
import { systemClock as clock } from '../simulator/clock.ts';
import { compressionType } from '../simulator/compression.ts';
import { inventEvents } from '../simulator/invent.ts';
import { produce } from '../simulator/produce.ts';
import { RateLimit } from '../simulator/rate-limit.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import type { Filled, FillOrder } from './protocol.ts';
import { readOrder } from './reporter.ts';
import { seededBase } from './seeded.ts';

const { brokers, topic, events, rate } = readOrder<FillOrder>();
const kafka = kafkaClient({ brokers: [brokers] }, 'bench-fill', createLogger({ level: 'warn', format: 'pretty' }));
const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
const invented = inventEvents(seededBase(), events);
// For a steady rate the events are generated beforehand, because that takes much more CPU than sending them.
const groups = rate === null ? invented : await inMemory(invented);
let bytes = 0;
await producer.connect();
const started = clock.now();
await produce(producer, groups, {
  topic,
  batchSize: simulateDefaults.batchSize,
  lingerMs: simulateDefaults.lingerMs,
  compression: compressionType(simulateDefaults.compression),
  rate: rate === null ? null : new RateLimit(rate, started),
  clock,
  signal: undefined,
  onSent: (_, more) => {
    bytes += more;
  },
});
await producer.disconnect();
process.send?.({ bytes, seconds: (clock.now() - started) / 1000 } satisfies Filled, () => process.disconnect());

/** Reads all groups into memory, and yields them. */
async function inMemory<T>(groups: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const all: T[] = [];
  for await (const group of groups) all.push(group);
  return (async function* () {
    yield* all;
  })();
}
