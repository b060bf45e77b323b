/**
 * How far behind a partition is in time: the age of the first record that is not yet durable. It is asked of the log
 * itself, since a gauge that is derived from the last event would freeze when nothing arrives (promise 9).
 */
import type { Admin, Cluster, Kafka } from 'kafkajs';
import { withCluster } from './borrowed-cluster.ts';

/** A partition and the first offset that is not yet durable. */
export type NotDurable = {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: bigint;
  readonly logEnd: bigint;
};

/** The part of kafkajs's broker that fetches, which its type declarations leave out. */
type Broker = {
  fetch(request: {
    maxWaitTime: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { partitions: { messages: Message[] }[] }[] }>;
};

type Message = { readonly offset: string; readonly timestamp: string; readonly isControlRecord: boolean };

/** Partitions that are asked about at a time: each answer holds at least one record batch, of a megabyte perhaps. */
const atOnce = 16;

/** Bytes of an answer, unless the first batch takes more. */
const answerBytes = 4096;

/** Milliseconds that the broker waits for something to answer with; nearly always there is. */
const answerLimit = 500;

/** Fetches that may bring nothing but marks of transactions. */
const fetchLimit = 20;

/** Times a partition's leader may have moved. */
const leaderLimit = 5;

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

/** Empty where the log has moved on: what was there is gone, and `status` says so by the range of the log. */
async function fetchAt(cluster: Cluster, { topic, partition }: NotDurable, offset: bigint): Promise<Message[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (nodeId === undefined) return [];
      const broker = (await cluster.findBroker({ nodeId })) as unknown as Broker;
      const fetched = { partition, fetchOffset: String(offset), maxBytes: answerBytes };
      const { responses } = await broker.fetch({
        maxWaitTime: answerLimit,
        maxBytes: answerBytes,
        topics: [{ topic, partitions: [fetched] }],
      });
      return responses.flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages));
    } catch (error) {
      if (typeOf(error) === 'OFFSET_OUT_OF_RANGE') return [];
      if (!isPassing(error) || attempt === leaderLimit) throw error;
      await cluster.refreshMetadata();
    }
  }
}

const typeOf = (error: unknown): unknown => (error instanceof Error && 'type' in error ? error.type : undefined);

/** kafkajs marks errors that pass by themselves, such as a leader that has moved. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;

/** Members of the consumer group at this moment. */
export async function groupMembers(admin: Admin, groupId: string): Promise<number> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups[0]?.members.length ?? 0;
}
