/** What the pipeline asks Kafka about its topic: whether it exists, and where its partitions begin and end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { closest } from '../../../pipeline/closest.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import { disconnectSoon } from '../client/client.ts';

/** Where one partition's log begins and ends. */
export type PartitionRange = { readonly partition: number; readonly low: bigint; readonly high: bigint };

/** A topic as it is at the moment. */
export type TopicNow = { readonly clusterId: string | null; readonly ranges: readonly PartitionRange[] };

/** Milliseconds to wait for partitions to have leaders. */
const leaderLimit = 10_000;

/** Milliseconds to wait until a new topic's partitions have leaders. */
const readyLimit = 15_000;

/** Throws `missing_topic`, with the names of topics like it, when the topic does not exist. */
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
    advice: `${meant}--create-topic makes it, with --partitions.`,
  });
}

/** Creates the topic when it does not exist. Answers whether it had to be made. */
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
