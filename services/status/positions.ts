/** Reads the position of every partition: its log from Kafka, its checkpoint from the database. */
import type { Admin, Kafka } from 'kafkajs';
import { firstTimestamps } from '../../adapters/kafka/lag/lag.ts';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import type { Checkpoint } from '../../engines/bookkeeping.ts';
import { zeroCounts } from '../../pipeline/batch.ts';
import { lagOf, type PartitionFacts } from './health.ts';

/** A partition without its ages. */
export type Position = Omit<PartitionFacts, 'lagSeconds' | 'sourceLagSeconds' | 'logStart'> & {
  readonly logStart: bigint;
  /** When its last durable event was committed at the source; null if events carry no commit time. */
  readonly sourceCommittedAt: Date | null;
};

/** Topics requested in parallel. */
const parallelTopics = 16;

/** Returns the partitions of the topics, in order. A partition without a checkpoint is at the start of its log. */
export async function positionsIn(
  admin: Admin,
  topics: readonly string[],
  checkpoints: readonly Checkpoint[],
): Promise<Position[]> {
  const positions: Position[] = [];
  for (let at = 0; at < topics.length; at += parallelTopics) {
    const some = topics.slice(at, at + parallelTopics);
    const found = await Promise.all(some.map((topic) => ofTopic(admin, topic, checkpoints)));
    positions.push(...found.flat());
  }
  return positions;
}

async function ofTopic(admin: Admin, topic: string, checkpoints: readonly Checkpoint[]): Promise<Position[]> {
  const known = new Map(checkpoints.filter((one) => one.topic === topic).map((one) => [one.partition, one]));
  return (await partitionRanges(admin, topic)).map(({ partition, low, high }) => {
    const checkpoint = known.get(partition);
    return {
      topic,
      partition,
      logStart: low,
      logEnd: high,
      nextOffset: checkpoint?.nextOffset ?? low,
      counts: checkpoint?.counts ?? zeroCounts,
      // In a replica, merged changes of one row count as superseded, so their share says nothing about the source.
      supersededShare: checkpoint?.sourceCommittedAt ? 0 : (checkpoint?.supersededShare ?? 0),
      commitAge: checkpoint?.commitAge ?? null,
      sourceCommittedAt: checkpoint?.sourceCommittedAt ?? null,
    };
  });
}

/** Adds the ages of waiting records, by the times of Kafka and of the source, to this machine's clock (rule 28). */
export async function withAges(kafka: Kafka, positions: readonly Position[]): Promise<PartitionFacts[]> {
  // If the log no longer has the position, there is no record with an age.
  const present = positions.filter(({ logStart, nextOffset }) => nextOffset >= logStart);
  const times = await firstTimestamps(kafka, present);
  const now = Date.now();
  const since = (time: number): number => Math.max(0, (now - time) / 1000);
  const ages = new Map(present.map((one, index) => [one, times[index] ?? null]));
  return positions.map((position) => {
    const { sourceCommittedAt, ...facts } = position;
    const first = ages.get(position) ?? null;
    const source = sourceCommittedAt === null ? null : lagOf(facts) === 0n ? 0 : since(sourceCommittedAt.getTime());
    return { ...facts, lagSeconds: first === null ? null : since(first), sourceLagSeconds: source };
  });
}
