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

/** Milliseconds to wait until the partitions of an existing topic have leaders. */
const leaderLimit = 10_000;

/** Milliseconds to wait until the partitions of a new topic have leaders. */
const readyLimit = 15_000;

/** Throws `missing_topic`, with similar names of topics, when the topic does not exist. */
export async function requireTopic(admin: Admin, topic: string): Promise<void> {
  const topics = await admin.listTopics();
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

/** Creates the topic unless it exists. Returns whether it was created. */
export async function ensureTopic(
  admin: Admin,
  topic: string,
  { partitions }: { partitions: number },
): Promise<boolean> {
  if ((await admin.listTopics()).includes(topic)) return false;
  return admin.createTopics({
    topics: [{ topic, numPartitions: partitions }],
    waitForLeaders: true,
    timeout: readyLimit,
  });
}

/**
 * All partitions in order. While leaders change, for example after a topic was created, kafkajs does not retry an error
 * that it marks as retriable itself. So this function retries, for at most 10 s.
 */
export async function partitionRanges(admin: Admin, topic: string): Promise<readonly PartitionRange[]> {
  const until = performance.now() + leaderLimit;
  const ask = async (): ReturnType<Admin['fetchTopicOffsets']> => {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (!isRetriable(error) || performance.now() > until) throw error;
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
 * Reads the current state over a new connection. An older client caches metadata for five minutes, so a partition added
 * meanwhile would seem not to exist.
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

/** Reads kafkajs's mark on protocol errors. Its error classes are not named exports of the module. */
const isRetriable = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;
