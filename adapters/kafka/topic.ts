/** What the pipeline asks Kafka about its topic: whether it exists, and where its partitions begin and end. */
import type { Admin } from 'kafkajs';
import { PipelineError } from '../../pipeline/errors.ts';

/** Where one partition's log begins and ends. */
export type PartitionRange = { readonly partition: number; readonly low: bigint; readonly high: bigint };

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

/** All partitions in order. */
export async function partitionRanges(admin: Admin, topic: string): Promise<readonly PartitionRange[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((a, b) => a.partition - b.partition);
}
