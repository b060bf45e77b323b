/**
 * Selects the topics that a source reads: one by its name, or all that match a pattern, future ones included (rule 27).
 * kafkajs resolves a pattern only once, when it subscribes, so names are matched here.
 */
import type { Kafka } from 'kafkajs';
import type { ReadTopics } from '../../../pipeline/events.ts';
import type { PartitionRange } from './topic.ts';
import { TopicLookup } from './topic-lookup.ts';
import type { TopicPartition } from './topic-partition.ts';

/** One topic, or all that match a pattern. */
export type Topics =
  | { readonly kind: 'one'; readonly topic: string }
  | {
      readonly kind: 'matching';
      readonly pattern: RegExp;
      /** Milliseconds between two polls for new topics; 10 s by default. */
      readonly every?: number;
    };

/** First and end offset of a partition of one of several topics. */
export type TopicRange = TopicPartition & PartitionRange;

/** For events and the log. */
export const describeTopics = (topics: Topics): ReadTopics =>
  topics.kind === 'one' ? { topic: topics.topic } : { topics: topics.pattern.source };

/** The selected `names`, sorted. Kafka's internal topics, which begin with two underscores, are never selected. */
export function chosenFrom(topics: Topics, names: readonly string[]): readonly string[] {
  if (topics.kind === 'one') return [topics.topic];
  const { pattern } = topics;
  // Unlike `test`, `search` ignores `lastIndex`, so a pattern with the flag g gives the same result every time.
  return names.filter((name) => !name.startsWith('__') && name.search(pattern) >= 0).sort();
}

/** Ranges of all partitions of the topics, in order. A topic that is deleted meanwhile is left out. */
export async function topicRanges(kafka: Kafka, topics: Topics): Promise<readonly TopicRange[]> {
  const topicLookup = new TopicLookup(kafka);
  const rangesOf = async (topic: string) => {
    try {
      return await topicLookup.ranges(topic);
    } catch (error) {
      if (topics.kind === 'one') throw error;
      // A topic that still exists failed because the client remembered a deleted one. The retry uses a new client.
      return (await topicLookup.topics()).includes(topic) ? await topicLookup.ranges(topic) : [];
    }
  };
  try {
    const names = topics.kind === 'one' ? [topics.topic] : chosenFrom(topics, await topicLookup.topics());
    const all: TopicRange[] = [];
    for (const topic of names) all.push(...(await rangesOf(topic)).map((range) => ({ topic, ...range })));
    return all;
  } finally {
    await topicLookup.close();
  }
}
