/** Finds the last record before an offset, which shows how far the source of a partition had come. */
import type { Kafka } from 'kafkajs';
import { withCluster } from '../client/borrowed-cluster.ts';
import type { TopicPartition } from '../topics/topic-partition.ts';
import { fetchAt, type Message } from './fetch-at.ts';

/** Offsets to search backwards, because transaction markers may follow the last record. */
const lookBack = 4n;

/** The last record before the offset `before` in each partition; null when the log no longer has it. */
export async function lastRecords(
  kafka: Kafka,
  positions: readonly (TopicPartition & { readonly before: bigint })[],
): Promise<readonly (Message | null)[]> {
  if (positions.length === 0) return [];
  return withCluster(kafka, async (cluster) => {
    await cluster.addMultipleTargetTopics([...new Set(positions.map(({ topic }) => topic))]);
    const found: (Message | null)[] = [];
    for (const position of positions) {
      const { before } = position;
      let last: Message | undefined;
      for (let at = before - 1n; last === undefined && at >= 0n && at >= before - lookBack; at -= 1n) {
        const messages = await fetchAt(cluster, position, at);
        last = messages.filter(({ offset, isControlRecord }) => BigInt(offset) < before && !isControlRecord).at(-1);
      }
      found.push(last ?? null);
    }
    return found;
  });
}
