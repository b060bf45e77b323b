/**
 * Measures the lag of a process for its `progress` line: records and seconds between its partitions and their log ends.
 * To stay cheap it asks Kafka about the partitions furthest behind only. The pipeline does not wait for it.
 */
import type { Admin, Kafka } from 'kafkajs';
import { firstTimestamps } from '../../adapters/kafka/lag/lag.ts';
import type { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import { lagOf } from '../status/health.ts';

/** Most topics whose log ends are requested. The other topics use the log end of their last fetch. */
const maxTopics = 16;

/** Most partitions whose first record that is not durable is read. The oldest of these records gives the lag in seconds. */
const maxPartitions = 16;

/** The lag of all partitions that a source owns. */
export type Lag = { readonly lagRecords: number; readonly lagSeconds: number };

/** Returns the present lag. Rejects if Kafka does not answer. */
export async function lagNow(kafka: Kafka, admin: Admin, source: Pick<KafkaSource, 'positions'>): Promise<Lag> {
  const owned = source.positions();
  const topics = [...new Set(owned.map(({ topic }) => topic))].slice(0, maxTopics);
  const ends = new Map<string, bigint>();
  for (const topic of topics) {
    for (const { partition, high } of await partitionRanges(admin, topic)) ends.set(`${topic}/${partition}`, high);
  }
  const positions = owned.map(({ topic, partition, durable, logEnd }) => {
    const end = ends.get(`${topic}/${partition}`) ?? logEnd;
    return { topic, partition, nextOffset: durable, logEnd: end };
  });
  const behind = positions.filter((one) => lagOf(one) > 0n).sort((a, b) => (lagOf(a) < lagOf(b) ? 1 : -1));
  const times = await firstTimestamps(kafka, behind.slice(0, maxPartitions));
  const now = Date.now();
  const ages = times.map((time) => (time === null ? 0 : Math.max(0, now - time) / 1000));
  return {
    lagRecords: Number(behind.reduce((sum, one) => sum + lagOf(one), 0n)),
    lagSeconds: Math.round(Math.max(0, ...ages)),
  };
}
