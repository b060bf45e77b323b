/**
 * Measures the lag of a partition in time: the age of its first record that is not yet durable. The age is read from the
 * log itself, because a gauge derived from the last event would freeze when no event arrives (promise 9).
 */
import type { Admin, Cluster, Kafka } from 'kafkajs';
import { withCluster } from '../client/borrowed-cluster.ts';
import { fetchAt } from './fetch-at.ts';

/** A partition and the first offset that is not yet durable. */
export type NotDurable = {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: bigint;
  readonly logEnd: bigint;
};

/** Partitions fetched at a time. Each response contains at least one record batch, which may be a megabyte. */
const concurrency = 16;

/** Most fetches in search of a record behind transaction markers. */
const maxFetches = 20;

/**
 * The Kafka timestamp, in milliseconds since 1970, of each partition's first record that is not yet durable (rule 28). Null
 * when there is none: at the end of the log, or when only transaction markers remain. The record itself is fetched. A search
 * by time would find another record in a partition with decreasing timestamps.
 */
export async function firstTimestamps(kafka: Kafka, positions: readonly NotDurable[]): Promise<(number | null)[]> {
  const behind = positions.filter(({ nextOffset, logEnd }) => nextOffset < logEnd);
  if (behind.length === 0) return positions.map(() => null);
  return withCluster(kafka, async (cluster) => {
    await cluster.addMultipleTargetTopics([...new Set(behind.map(({ topic }) => topic))]);
    const found = new Map<NotDurable, number | null>();
    for (let at = 0; at < behind.length; at += concurrency) {
      const some = behind.slice(at, at + concurrency);
      await Promise.all(some.map(async (one) => found.set(one, await firstTimestamp(cluster, one))));
    }
    return positions.map((one) => found.get(one) ?? null);
  });
}

async function firstTimestamp(cluster: Cluster, position: NotDurable): Promise<number | null> {
  let next = position.nextOffset;
  for (let fetches = 0; next < position.logEnd && fetches < maxFetches; fetches += 1) {
    const messages = await fetchAt(cluster, position, next);
    const first = messages.find(({ offset, isControlRecord }) => BigInt(offset) >= next && !isControlRecord);
    if (first) return Number(first.timestamp);
    // In formats older than record batches compaction may leave nothing at an offset. Then try the next one.
    const last = messages.at(-1)?.offset;
    next = last !== undefined && BigInt(last) >= next ? BigInt(last) + 1n : next + 1n;
  }
  return null;
}

/** Number of current members of the consumer group. */
export async function groupMembers(admin: Admin, groupId: string): Promise<number> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups[0]?.members.length ?? 0;
}
