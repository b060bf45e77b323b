/** The number of members of a consumer group. */
import { groupMembers } from '../../adapters/kafka/lag/lag.ts';
import { bootstrap, kafkaClient } from '../context.ts';

/** Asks the run's Kafka, or the given brokers. */
export async function members(groupId: string, brokers = bootstrap()): Promise<number> {
  const admin = kafkaClient('sluice-test', brokers).admin();
  await admin.connect();
  return await groupMembers(admin, groupId).finally(() => admin.disconnect());
}
