/** Partitions, identified by topic and number. */

/** One partition of one topic. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

/** `topic/partition`, unique because no topic name contains a slash. */
export const idOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Groups partitions by topic and keeps their order. */
export function byTopic<T extends TopicPartition>(partitions: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const topics = new Map<string, T[]>();
  for (const one of partitions) {
    const others = topics.get(one.topic);
    if (others) others.push(one);
    else topics.set(one.topic, [one]);
  }
  return topics;
}

/** Sorts by topic, then by number: the order in which partitions are claimed. */
export const inOrder = <T extends TopicPartition>(partitions: readonly T[]): readonly T[] =>
  [...partitions].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));

/** Partitions in the form that kafkajs takes. */
export const topicPartitions = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] =>
  [...byTopic(partitions)].map(([topic, some]) => ({ topic, partitions: some.map(({ partition }) => partition) }));
