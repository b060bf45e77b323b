/**
 * Counts committed records that no consumer can read yet, because they follow an open transaction of another producer.
 * Consumers read up to the last stable offset, which stays before that transaction until it ends or the broker aborts it
 * (`transaction.timeout.ms` of the producer).
 */
import type { Cluster, Kafka } from 'kafkajs';
import { withCluster } from '../client/borrowed-cluster.ts';
import type { TopicPartition } from '../topics/topic-partition.ts';

/** The offset request of kafkajs's broker, which its type declarations omit. */
type Broker = {
  listOffsets(request: {
    replicaId: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: { partitions: { offset: string }[] }[] }>;
};

/** Isolation levels of Kafka's protocol. */
const readUncommitted = 0;
const readCommitted = 1;

/** Number of offsets behind open transactions, in all partitions together. */
export async function offsetsBehindTransactions(kafka: Kafka, partitions: readonly TopicPartition[]): Promise<bigint> {
  if (partitions.length === 0) return 0n;
  return withCluster(kafka, async (cluster) => {
    await cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
    let sum = 0n;
    for (const one of partitions) {
      // In this order, so that records appended between the two requests do not count.
      const end = await endOf(cluster, one, readUncommitted);
      const stable = await endOf(cluster, one, readCommitted);
      if (end > stable) sum += end - stable;
    }
    return sum;
  });
}

async function endOf(cluster: Cluster, { topic, partition }: TopicPartition, isolationLevel: number): Promise<bigint> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) return 0n;
  const broker = (await cluster.findBroker({ nodeId })) as unknown as Broker;
  const { responses } = await broker.listOffsets({
    replicaId: -1,
    isolationLevel,
    topics: [{ topic, partitions: [{ partition }] }],
  });
  return BigInt(responses[0]?.partitions[0]?.offset ?? 0);
}
