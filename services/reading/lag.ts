/**
 * How far behind a process is, for its periodic line: records and seconds to the end of the log, of the partitions that
 * it owns. Cheap: where there are many, only those furthest behind are asked about, and the pipeline waits for nothing.
 */
import type { Admin, Kafka } from 'kafkajs';
import { firstTimestamps } from '../../adapters/kafka/lag/lag.ts';
import type { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import { lagOf } from '../status/health.ts';

/** Topics whose ends are asked for; of the others the end is known as of the last fetch. */
const askedTopics = 16;

/** Partitions whose first record that is not durable is looked at: the oldest of them is the lag in seconds. */
const askedPartitions = 16;

/** The lag of what a source owns. */
export type Lag = { readonly lagRecords: number; readonly lagSeconds: number };

/** Asks Kafka. Rejects when it does not answer. */
export async function lagNow(kafka: Kafka, admin: Admin, source: Pick<KafkaSource, 'positions'>): Promise<Lag> {
  const owned = source.positions();
  const topics = [...new Set(owned.map(({ topic }) => topic))].slice(0, askedTopics);
  const ends = new Map<string, bigint>();
  for (const topic of topics) {
    for (const { partition, high } of await partitionRanges(admin, topic)) ends.set(`${topic}/${partition}`, high);
  }
  const positions = owned.map(({ topic, partition, durable, logEnd }) => {
    const end = ends.get(`${topic}/${partition}`) ?? logEnd;
    return { topic, partition, nextOffset: durable, logEnd: end };
  });
  const behind = positions.filter((one) => lagOf(one) > 0n).sort((a, b) => (lagOf(a) < lagOf(b) ? 1 : -1));
  const times = await firstTimestamps(kafka, behind.slice(0, askedPartitions));
  const now = Date.now();
  const ages = times.map((time) => (time === null ? 0 : Math.max(0, now - time) / 1000));
  return {
    lagRecords: Number(behind.reduce((sum, one) => sum + lagOf(one), 0n)),
    lagSeconds: Math.round(Math.max(0, ...ages)),
  };
}
