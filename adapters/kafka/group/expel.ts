/**
 * Removes a dead worker from its consumer group at once. Kafka removes it only after its session timeout, and until then no
 * join of the group completes. A mistake is harmless: a member that is alive joins again, and the owner epoch of the
 * checkpoint, not the group, decides who may write (promise 2).
 */
import type { Kafka } from 'kafkajs';
import { withCluster } from '../client/borrowed-cluster.ts';

/** The group requests of kafkajs's broker, which its type declarations omit. */
type Coordinator = {
  describeGroups(request: { groupIds: readonly string[] }): Promise<{
    groups: readonly { members: readonly { readonly memberId: string; readonly clientId: string }[] }[];
  }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
};

/** Removes all members with this client id from the group. Returns their number. */
export async function expel(kafka: Kafka, groupId: string, clientId: string): Promise<number> {
  // kafkajs exposes leaving a group only to a consumer, and only for itself.
  return withCluster(kafka, async (cluster) => {
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
    const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
    const dead = groups.flatMap(({ members }) => members).filter((member) => member.clientId === clientId);
    for (const { memberId } of dead) await coordinator.leaveGroup({ groupId, memberId });
    return dead.length;
  });
}
