/** Puts the seeded events on a topic, as fast as it goes or at a rate; in a process of its own, so that it disturbs nobody. */
import kafkajs from 'kafkajs';
import { kafkaClient } from '../adapters/kafka/client.ts';
import { createLogger } from '../services/logger.ts';
import { systemClock as clock } from '../simulator/clock.ts';
import { compressionType } from '../simulator/compression.ts';
import { inventEvents } from '../simulator/invent.ts';
import { produce } from '../simulator/produce.ts';
import { RateLimit } from '../simulator/rate-limit.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import type { Filled, FillOrder } from './protocol.ts';
import { orderOf } from './reporter.ts';
import { seededBase } from './seeded.ts';

const { brokers, topic, events, rate } = orderOf<FillOrder>();
const kafka = kafkaClient({ brokers: [brokers] }, 'bench-fill', createLogger({ level: 'warn', format: 'pretty' }));
const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
const invented = inventEvents(seededBase(), events);
// At a rate they are invented beforehand, because that takes far more CPU than sending them.
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

/** Takes all groups now, and yields them again. */
async function inMemory<T>(groups: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const all: T[] = [];
  for await (const group of groups) all.push(group);
  return (async function* () {
    yield* all;
  })();
}
