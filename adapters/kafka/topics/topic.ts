/** Checks, creates and measures one topic. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { closest } from '../../../pipeline/closest.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import { disconnectSoon } from '../client/client.ts';

/** First offset and end offset of one partition's log. */
export type PartitionRange = { readonly partition: number; readonly low: bigint; readonly high: bigint };

/** The current state of a topic. */
export type TopicNow = { readonly clusterId: string | null; readonly ranges: readonly PartitionRange[] };

/** Milliseconds for which a request is repeated while leaders change. */
const leaderLimit = 10_000;

/** Milliseconds for which a broker waits for a new topic. */
const creationLimit = 15_000;

/** Throws `missing_topic`, with similar names of topics, when the topic does not exist. */
export async function requireTopic(admin: Admin, topic: string): Promise<void> {
  const topics = await topicNames(admin);
  if (topics.includes(topic)) return;
  const like = closest(
    topic,
    topics.filter((name) => !name.startsWith('__')),
    3,
  );
  const meant = like.length === 0 ? '' : `Topics like it: ${like.join(', ')}. `;
  throw new PipelineError('missing_topic', `topic ${topic} does not exist`, {
    advice: `${meant}--create-topic creates it, with --partitions.`,
  });
}

/** Creates the topic unless it exists, and waits until its partitions have leaders. Returns whether it was created. */
export async function ensureTopic(
  admin: Admin,
  topic: string,
  { partitions }: { partitions: number },
): Promise<boolean> {
  if ((await topicNames(admin)).includes(topic)) return false;
  const created = await admin.createTopics({
    topics: [{ topic, numPartitions: partitions }],
    // kafkajs's own wait fails when the broker does not know its new topic yet.
    waitForLeaders: false,
    timeout: creationLimit,
  });
  await partitionRanges(admin, topic);
  return created;
}

/** All partitions in order. Repeated for at most 10 s while leaders change. */
export async function partitionRanges(admin: Admin, topic: string): Promise<readonly PartitionRange[]> {
  const offsets = await whileLeadersChange(() => admin.fetchTopicOffsets(topic));
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((a, b) => a.partition - b.partition);
}

/** The names of all topics. Repeated for at most 10 s while leaders change. */
export const topicNames = (admin: Admin): Promise<string[]> => whileLeadersChange(() => admin.listTopics());

/** The brokers and the id of the cluster. Repeated for at most 10 s while leaders change. */
export const describeCluster = (admin: Admin): ReturnType<Admin['describeCluster']> =>
  whileLeadersChange(() => admin.describeCluster());

/**
 * Repeats a request for at most 10 s. kafkajs asks for the metadata of all topics, and fails while any of their partitions
 * has no leader, with an error that it marks as retriable but does not retry.
 */
async function whileLeadersChange<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + leaderLimit;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isRetriable(error) || performance.now() > until) throw error;
      await sleep(200);
    }
  }
}

/**
 * Reads the current state over a new connection. An older client caches metadata for five minutes, so a partition added
 * meanwhile would seem not to exist.
 */
export async function topicNow(kafka: Kafka, topic: string): Promise<TopicNow> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { clusterId } = await describeCluster(admin);
    return { clusterId: clusterId || null, ranges: await partitionRanges(admin, topic) };
  } finally {
    await disconnectSoon(admin);
  }
}

/** Reads kafkajs's mark on protocol errors. Its error classes are not named exports of the module. */
const isRetriable = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;
