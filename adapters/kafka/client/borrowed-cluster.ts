/**
 * kafkajs's connections to the brokers, for requests that it knows but does not show. It hands them only to what deals out
 * the partitions of a consumer group; so a consumer that never joins its group lends us its own.
 */
import { type Cluster, type Kafka, PartitionAssigners } from 'kafkajs';

/** Calls `work` with a connected cluster, and disconnects. The group is named in no request of the consumer's. */
export async function withCluster<T>(kafka: Kafka, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const clusters: Cluster[] = [];
  const consumer = kafka.consumer({
    groupId: 'sluice-never-joined',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (config) => {
        clusters.push(config.cluster);
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  const [cluster] = clusters;
  if (cluster === undefined) throw new Error('this kafkajs deals out partitions in another way');
  await consumer.connect();
  try {
    return await work(cluster);
  } finally {
    await consumer.disconnect();
  }
}
