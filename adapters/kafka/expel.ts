/**
 * Takes a dead worker out of its consumer group at once. Kafka notices a death only when the session times out, and
 * until then no join of the group completes; who knows of the death can say so. It is safe to be wrong: a member that is
 * alive joins again, and the checkpoint's owner epoch decides who writes, not the group (promise 2).
 */
import { type Cluster, type Kafka, PartitionAssigners } from 'kafkajs';

/** The part of kafkajs's broker that speaks of groups, which its type declarations leave out. */
type Coordinator = {
  describeGroups(request: { groupIds: readonly string[] }): Promise<{
    groups: readonly { members: readonly { readonly memberId: string; readonly clientId: string }[] }[];
  }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
};

/** Removes all members with this client id from the group; answers how many there were. */
export async function expel(kafka: Kafka, groupId: string, clientId: string): Promise<number> {
  const clusters: Cluster[] = [];
  // Only consumers leave groups, and only for themselves. One that never joins lends us its connection.
  const consumer = kafka.consumer({
    groupId,
    partitionAssigners: [
      (config) => {
        clusters.push(config.cluster);
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  await consumer.connect();
  try {
    let expelled = 0;
    for (const cluster of clusters) {
      const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
      const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
      const dead = groups.flatMap(({ members }) => members).filter((member) => member.clientId === clientId);
      for (const { memberId } of dead) await coordinator.leaveGroup({ groupId, memberId });
      expelled += dead.length;
    }
    return expelled;
  } finally {
    await consumer.disconnect();
  }
}
