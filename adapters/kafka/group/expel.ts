/**
 * Takes a dead worker out of its consumer group at once. Kafka notices a death only when the session times out, and
 * until then no join of the group completes; who knows of the death can say so. It is safe to be wrong: a member that is
 * alive joins again, and the checkpoint's owner epoch decides who writes, not the group (promise 2).
 */
import type { Kafka } from 'kafkajs';
import { withCluster } from '../client/borrowed-cluster.ts';

/** The part of kafkajs's broker that speaks of groups, which its type declarations leave out. */
type Coordinator = {
  describeGroups(request: { groupIds: readonly string[] }): Promise<{
    groups: readonly { members: readonly { readonly memberId: string; readonly clientId: string }[] }[];
  }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
};

/** Removes all members with this client id from the group; answers how many there were. */
export async function expel(kafka: Kafka, groupId: string, clientId: string): Promise<number> {
  // Only consumers leave groups, and only for themselves.
  return withCluster(kafka, async (cluster) => {
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
    const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
    const dead = groups.flatMap(({ members }) => members).filter((member) => member.clientId === clientId);
    for (const { memberId } of dead) await coordinator.leaveGroup({ groupId, memberId });
    return dead.length;
  });
}
