/** Single records of a log, read by no consumer group. */
import type { Cluster } from 'kafkajs';
import type { TopicPartition } from '../topics/topic-partition.ts';

/** The part of kafkajs's broker that fetches, which its type declarations leave out. */
type Broker = {
  fetch(request: {
    maxWaitTime: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { partitions: { messages: Message[] }[] }[] }>;
};

/** A record as kafkajs fetches it. */
export type Message = {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
};

/** Bytes of an answer, unless the first batch takes more. */
const answerBytes = 4096;

/** Milliseconds that the broker waits for something to answer with; nearly always there is. */
const answerLimit = 500;

/** Times a partition's leader may have moved. */
const leaderLimit = 5;

/** The record batch that holds an offset, and what follows it within a few kilobytes. Empty where the log has moved on: what was there is gone, and `status` says so by the range of the log. */
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
