/** Proves with a real Kafka that the lag is the age of the first record that is not durable. */
import { CompressionTypes } from 'kafkajs';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, type FreshTopic, freshTopic, kafkaClient } from '../../../test/context.ts';
import { until } from '../../../test/sluice.ts';
import { events, logEnd, produce, silent, transaction } from '../../../test/source-worker.ts';
import { kafkaClient as sluiceClient } from '../client/client.ts';
import { firstTimestamps } from './lag.ts';

const base = Date.now() - 3_600_000;

/** Records with these timestamps, in seconds from `base`. */
const at = (...seconds: number[]) =>
  seconds.map((second) => ({ value: 'x', timestamp: String(base + second * 1_000) }));

/** For each partition, the timestamp of the first record at or after an offset, in seconds from `base`. */
async function first(topic: FreshTopic, next: readonly number[], ends: readonly number[]): Promise<(number | null)[]> {
  const positions = next.map((offset, partition) => ({
    topic: topic.name,
    partition,
    nextOffset: BigInt(offset),
    logEnd: BigInt(ends[partition] ?? 0),
  }));
  const found = await firstTimestamps(sluiceClient({ brokers: [bootstrap()] }, 'lag', silent), positions);
  return found.map((time) => (time === null ? null : (time - base) / 1_000));
}

describeServers('the first record that is not durable', () => {
  test('counts with its own timestamp, even when timestamps decrease (rule 28)', async () => {
    await using topic = await freshTopic(3);
    // A batch with decreasing timestamps in partition 0, and two such batches in partition 1.
    await produce(topic.name, at(30, 10, 20), 0);
    await produce(topic.name, at(500), 1);
    await produce(topic.name, at(5), 1);
    const ends = [3, 2, 0];
    expect(await first(topic, [0, 0, 0], ends)).toEqual([30, 500, null]);
    expect(await first(topic, [1, 1, 0], ends)).toEqual([10, 5, null]);
    expect(await first(topic, [2, 2, 0], ends)).toEqual([20, null, null]);
    expect(await first(topic, [3, 2, 0], ends)).toEqual([null, null, null]);
  });

  test('is found within a compressed batch, and in more partitions than one fetch covers', async () => {
    await using topic = await freshTopic(40);
    const producer = kafkaClient().producer();
    await producer.connect();
    await producer.send({
      topic: topic.name,
      compression: CompressionTypes.GZIP,
      messages: Array.from({ length: 40 }, (_, partition) =>
        at(partition, partition + 100).map((one) => ({ ...one, partition })),
      ).flat(),
    });
    await producer.disconnect();
    const all = (one: number) => Array.from({ length: 40 }, () => one);
    expect(await first(topic, all(1), all(2))).toEqual(Array.from({ length: 40 }, (_, partition) => partition + 100));
  });

  test('is never a transaction marker: there is no such record when only a marker remains', async () => {
    await using topic = await freshTopic();
    await transaction(topic.name, events(0, 2), 'commit');
    // The broker writes the marker after its response to the producer.
    await until(async () => (await logEnd(topic.name)) === 3, 'the marker is in the log');
    expect(await first(topic, [2], [3])).toEqual([null]);
    await produce(topic.name, at(7), 0);
    expect(await first(topic, [2], [4])).toEqual([7]);
  });
});
