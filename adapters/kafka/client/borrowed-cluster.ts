/**
 * Access to kafkajs's cluster connections, for requests that kafkajs implements but does not export. kafkajs passes its
 * cluster only to partition assigners, so a consumer that never joins its group hands its cluster over.
 */
import { type Cluster, type Kafka, PartitionAssigners } from 'kafkajs';

/** Calls `work` with a connected cluster, then disconnects. The consumer sends no request that names its group. */
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
  if (cluster === undefined)
    throw new Error('this version of kafkajs does not pass its cluster to partition assigners');
  await consumer.connect();
  try {
    return await work(cluster);
  } finally {
    await consumer.disconnect();
  }
}
