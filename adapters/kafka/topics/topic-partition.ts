/** What Kafka assigns, claims and fences: a partition is known by its topic and its number. */

/** One partition of one topic. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

/** Its name among all partitions. No topic's name holds a slash. */
export const idOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Topic by topic, in the order in which they come. */
export function byTopic<T extends TopicPartition>(partitions: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const topics = new Map<string, T[]>();
  for (const one of partitions) {
    const others = topics.get(one.topic);
    if (others) others.push(one);
    else topics.set(one.topic, [one]);
  }
  return topics;
}

/** In the one order in which partitions are claimed: by topic, then by number. */
export const inOrder = <T extends TopicPartition>(partitions: readonly T[]): readonly T[] =>
  [...partitions].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));

/** As kafkajs wants to be told. */
export const topicPartitions = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] =>
  [...byTopic(partitions)].map(([topic, some]) => ({ topic, partitions: some.map(({ partition }) => partition) }));
