/** Where every partition is: its log by Kafka, its checkpoint by the database. */
import type { Admin, Kafka } from 'kafkajs';
import { firstTimestamps } from '../../adapters/kafka/lag/lag.ts';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import type { Checkpoint } from '../../engines/postgres/checkpoint/checkpoints.ts';
import { zeroCounts } from '../../pipeline/batch.ts';
import { lagOf, type PartitionFacts } from './health.ts';

/** A partition whose ages are not known yet. */
export type Position = Omit<PartitionFacts, 'lagSeconds' | 'sourceLagSeconds' | 'logStart'> & {
  readonly logStart: bigint;
  /** When its last durable event was committed at the source; null where events do not tell it. */
  readonly sourceCommittedAt: Date | null;
};

/** Topics that are asked about at a time. */
const atOnce = 16;

/** The partitions of the topics, in order. One without a checkpoint begins at the start of its log. */
export async function positionsIn(
  admin: Admin,
  topics: readonly string[],
  checkpoints: readonly Checkpoint[],
): Promise<Position[]> {
  const positions: Position[] = [];
  for (let at = 0; at < topics.length; at += atOnce) {
    const some = topics.slice(at, at + atOnce);
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
      // Changes of one row that a replica merges together are superseded, too, and its source cannot be another.
      supersededShare: checkpoint?.sourceCommittedAt ? 0 : (checkpoint?.supersededShare ?? 0),
      commitAge: checkpoint?.commitAge ?? null,
      sourceCommittedAt: checkpoint?.sourceCommittedAt ?? null,
    };
  });
}

/** How old what waits is, by Kafka's time and by the source's, both by the clock of this machine (rule 28). */
export async function withAges(kafka: Kafka, positions: readonly Position[]): Promise<PartitionFacts[]> {
  // Where the log no longer has the position there is no record whose age could be asked.
  const there = positions.filter(({ logStart, nextOffset }) => nextOffset >= logStart);
  const times = await firstTimestamps(kafka, there);
  const now = Date.now();
  const since = (time: number): number => Math.max(0, (now - time) / 1000);
  const ages = new Map(there.map((one, index) => [one, times[index] ?? null]));
  return positions.map((position) => {
    const { sourceCommittedAt, ...facts } = position;
    const first = ages.get(position) ?? null;
    const source = sourceCommittedAt === null ? null : lagOf(facts) === 0n ? 0 : since(sourceCommittedAt.getTime());
    return { ...facts, lagSeconds: first === null ? null : since(first), sourceLagSeconds: source };
  });
}
