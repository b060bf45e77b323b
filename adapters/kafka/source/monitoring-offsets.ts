/** Commits to Kafka what is durable, so that lag tools work. Nothing is ever read from there. */
import type { Consumer } from 'kafkajs';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';

/** Tells the news. A failure costs nothing but the accuracy of lag tools, so it never throws. */
export async function commitOffsetsForMonitoring(
  consumer: () => Pick<Consumer, 'commitOffsets'>,
  claims: readonly PartitionClaim[],
  logger: Logger,
): Promise<void> {
  const told = claims.filter((claim) => claim.durable > claim.told).map((claim) => ({ claim, offset: claim.durable }));
  if (told.length === 0) return;
  try {
    await consumer().commitOffsets(
      told.map(({ claim: { topic, partition }, offset }) => ({ topic, partition, offset: String(offset) })),
    );
    for (const { claim, offset } of told) claim.told = offset;
  } catch (error) {
    logger.debug({ error: messageOf(error) }, 'Kafka was not told what is durable; it will be');
  }
}
