/** Commits durable offsets to Kafka for lag tools. Sluice itself never reads them. */
import type { Consumer } from 'kafkajs';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';

/** Commits the offsets that have changed. Never throws: a failure only makes lag tools inaccurate for a while. */
export async function commitOffsetsForMonitoring(
  consumer: () => Pick<Consumer, 'commitOffsets'>,
  claims: readonly PartitionClaim[],
  logger: Logger,
): Promise<void> {
  const news = claims
    .filter((claim) => claim.durable > claim.reported)
    .map((claim) => ({ claim, offset: claim.durable }));
  if (news.length === 0) return;
  try {
    await consumer().commitOffsets(
      news.map(({ claim: { topic, partition }, offset }) => ({ topic, partition, offset: String(offset) })),
    );
    for (const { claim, offset } of news) claim.reported = offset;
  } catch (error) {
    logger.debug({ error: messageOf(error) }, 'committing offsets to Kafka failed; retrying');
  }
}
