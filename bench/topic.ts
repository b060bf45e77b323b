/** Topics of the benchmark: created, filled with the seeded events, deleted. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { ensureTopic } from '../adapters/kafka/topics/topic.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import type { Filled, FillOrder } from './protocol.ts';
import { startProcess } from './run.ts';

/** Folder of this revision, whose simulator fills all topics. */
export const here = join(import.meta.dirname, '..');

/** Runs `work` with an empty topic and deletes it afterwards. */
export async function inFreshTopic<T>(brokers: string, topic: string, work: () => Promise<T>): Promise<T> {
  const { partitions } = simulateDefaults;
  await withAdmin(brokers, (admin) => ensureTopic(admin, topic, { partitions }));
  try {
    return await work();
  } finally {
    await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] }));
  }
}

/** Fills a topic. Resolves when all events are durable at the broker. */
export async function fill(order: FillOrder): Promise<Filled> {
  const child = startProcess(here, 'fill-process.ts', order);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`filling the topic ended with ${code ?? signal}`);
  });
  const [filled] = await Promise.race([once(child, 'message'), ended]);
  return filled as Filled;
}

async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
