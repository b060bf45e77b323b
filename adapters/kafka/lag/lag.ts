/**
 * How far behind a partition is in time: the age of the first record that is not yet durable. It is asked of the log
 * itself, since a gauge that is derived from the last event would freeze when nothing arrives (promise 9).
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

/** Partitions that are asked about at a time: each answer holds at least one record batch, of a megabyte perhaps. */
const atOnce = 16;

/** Fetches that may bring nothing but marks of transactions. */
const fetchLimit = 20;

/**
 * The Kafka timestamp, in milliseconds since 1970, of each partition's first record that is not yet durable (rule 28). Null
 * where there is none: at the end of the log, or when only marks of transactions are left. The record itself is read,
 * by no consumer group: Kafka finds offsets by time, but where timestamps fall within a partition that is another record.
 */
export async function firstTimestamps(kafka: Kafka, positions: readonly NotDurable[]): Promise<(number | null)[]> {
  const behind = positions.filter(({ nextOffset, logEnd }) => nextOffset < logEnd);
  if (behind.length === 0) return positions.map(() => null);
  return withCluster(kafka, async (cluster) => {
    await cluster.addMultipleTargetTopics([...new Set(behind.map(({ topic }) => topic))]);
    const found = new Map<NotDurable, number | null>();
    for (let at = 0; at < behind.length; at += atOnce) {
      const some = behind.slice(at, at + atOnce);
      await Promise.all(some.map(async (one) => found.set(one, await firstTimestamp(cluster, one))));
    }
    return positions.map((one) => found.get(one) ?? null);
  });
}

async function firstTimestamp(cluster: Cluster, position: NotDurable): Promise<number | null> {
  let next = position.nextOffset;
  for (let fetches = 0; next < position.logEnd && fetches < fetchLimit; fetches += 1) {
    const messages = await fetchAt(cluster, position, next);
    const first = messages.find(({ offset, isControlRecord }) => BigInt(offset) >= next && !isControlRecord);
    if (first) return Number(first.timestamp);
    // In the formats before record batches compaction may leave nothing: then the next offset is tried.
    const last = messages.at(-1)?.offset;
    next = last !== undefined && BigInt(last) >= next ? BigInt(last) + 1n : next + 1n;
  }
  return null;
}

/** Members of the consumer group at this moment. */
export async function groupMembers(admin: Admin, groupId: string): Promise<number> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups[0]?.members.length ?? 0;
}
