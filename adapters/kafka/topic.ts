/** What the pipeline asks Kafka about its topic: whether it exists, and where its partitions begin and end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { PipelineError } from '../../pipeline/errors.ts';
import { disconnectSoon } from './client.ts';

/** Where one partition's log begins and ends. */
export type PartitionRange = { readonly partition: number; readonly low: bigint; readonly high: bigint };

/** A topic as it is at the moment. */
export type TopicNow = { readonly clusterId: string | null; readonly ranges: readonly PartitionRange[] };

/** Milliseconds to wait for partitions to have leaders. */
const leaderLimit = 10_000;

/** Milliseconds to wait until a new topic's partitions have leaders. */
const readyLimit = 15_000;

/** Makes sure that the topic exists. Answers whether it had to be made; throws `missing_topic` when it must not be. */
export async function ensureTopic(
  admin: Admin,
  topic: string,
  create: { partitions: number } | null,
): Promise<boolean> {
  const topics = await admin.listTopics();
  if (topics.includes(topic)) return false;
  if (create === null) {
    throw new PipelineError('missing_topic', `there is no topic ${topic}`, {
      advice: 'Create it, or leave out --no-create-topic.',
    });
  }
  const made = await admin.createTopics({
    topics: [{ topic, numPartitions: create.partitions }],
    waitForLeaders: true,
    timeout: readyLimit,
  });
  return made;
}

/**
 * All partitions in order. While leaders change, right after a topic was made for example, kafkajs gives up at once on an
 * error that it calls retriable itself; so it is asked again, for at most 10 s.
 */
export async function partitionRanges(admin: Admin, topic: string): Promise<readonly PartitionRange[]> {
  const until = performance.now() + leaderLimit;
  const ask = async (): ReturnType<Admin['fetchTopicOffsets']> => {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (!isPassing(error) || performance.now() > until) throw error;
      await sleep(200);
      return ask();
    }
  };
  const offsets = await ask();
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((a, b) => a.partition - b.partition);
}

/**
 * Asks with a connection of its own: a client that has been there for a while knows the partitions of five minutes ago,
 * and a partition that was added meanwhile would seem not to exist.
 */
export async function topicNow(kafka: Kafka, topic: string): Promise<TopicNow> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    return { clusterId: clusterId || null, ranges: await partitionRanges(admin, topic) };
  } finally {
    await disconnectSoon(admin);
  }
}

/** kafkajs marks errors of the protocol that pass by themselves. Its classes are no named exports of the module. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;
