/** Fetches single records of a log without a consumer group. */
import type { Cluster } from 'kafkajs';
import type { TopicPartition } from '../topics/topic-partition.ts';

/** The fetch request of kafkajs's broker, which its type declarations omit. */
type Broker = {
  fetch(request: {
    maxWaitTime: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { partitions: { messages: Message[] }[] }[] }>;
};

/** A record as kafkajs returns it. */
export type Message = {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
};

/** Most bytes of a response, unless its first batch is larger. */
const responseBytes = 4096;

/** Milliseconds for which the broker waits for records; nearly always it has some. */
const maxWaitMs = 500;

/** Attempts to find the leader of a partition. */
const maxAttempts = 5;

/**
 * The record batch that contains the offset, and what follows within a few kilobytes. Empty when the log no longer has the
 * offset; `status` reports that from the range of the log.
 */
export async function fetchAt(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  offset: bigint,
): Promise<Message[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (nodeId === undefined) return [];
      const broker = (await cluster.findBroker({ nodeId })) as unknown as Broker;
      const fetched = { partition, fetchOffset: String(offset), maxBytes: responseBytes };
      const { responses } = await broker.fetch({
        maxWaitTime: maxWaitMs,
        maxBytes: responseBytes,
        topics: [{ topic, partitions: [fetched] }],
      });
      return responses.flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages));
    } catch (error) {
      if (typeOf(error) === 'OFFSET_OUT_OF_RANGE') return [];
      if (!isRetriable(error) || attempt === maxAttempts) throw error;
      await cluster.refreshMetadata();
    }
  }
}

const typeOf = (error: unknown): unknown => (error instanceof Error && 'type' in error ? error.type : undefined);

/** kafkajs's mark on errors that are worth a retry, such as a moved leader. */
const isRetriable = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;
