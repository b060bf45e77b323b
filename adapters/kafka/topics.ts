/**
 * Which topics a source reads: one by its name, or all whose names match a pattern, those to come included (rule 27).
 * kafkajs resolves a pattern when it subscribes and never again, so names are matched here.
 */
import type { Kafka } from 'kafkajs';
import type { ReadTopics } from '../../pipeline/events.ts';
import { Inquiry } from './inquiry.ts';
import type { PartitionRange } from './topic.ts';
import type { TopicPartition } from './topic-partition.ts';

/** One topic, or all that match. */
export type Topics =
  | { readonly kind: 'one'; readonly topic: string }
  | {
      readonly kind: 'matching';
      readonly pattern: RegExp;
      /** Milliseconds between two looks for new topics; 10 s when left out. */
      readonly every?: number;
    };

/** Where a partition of one of many topics begins and ends. */
export type TopicRange = TopicPartition & PartitionRange;

/** For events and the log. */
export const describeTopics = (topics: Topics): ReadTopics =>
  topics.kind === 'one' ? { topic: topics.topic } : { topics: topics.pattern.source };

/** Those of `names` that are read, in order. Kafka keeps its own books in topics that begin with two underscores. */
export function chosenFrom(topics: Topics, names: readonly string[]): readonly string[] {
  if (topics.kind === 'one') return [topics.topic];
  const { pattern } = topics;
  // Unlike `test`, `search` takes no account of where it ended the last time.
  return names.filter((name) => !name.startsWith('__') && name.search(pattern) >= 0).sort();
}

/** Where all partitions of the topics begin and end, in order. A topic that is deleted meanwhile has none. */
export async function topicRanges(kafka: Kafka, topics: Topics): Promise<readonly TopicRange[]> {
  const inquiry = new Inquiry(kafka);
  const rangesOf = async (topic: string) => {
    try {
      return await inquiry.ranges(topic);
    } catch (error) {
      if (topics.kind === 'one') throw error;
      // If it is there, another one may be gone, which the client could not forget.
      return (await inquiry.topics()).includes(topic) ? await inquiry.ranges(topic) : [];
    }
  };
  try {
    const names = topics.kind === 'one' ? [topics.topic] : chosenFrom(topics, await inquiry.topics());
    const all: TopicRange[] = [];
    for (const topic of names) all.push(...(await rangesOf(topic)).map((range) => ({ topic, ...range })));
    return all;
  } finally {
    await inquiry.close();
  }
}
