/** Proves on real Kafka that the age of what is not durable yet is that of the very record. */
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

/** Seconds from `base` of the first record at or after an offset, per partition. */
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
  test('tells its own timestamp, whatever those before and after it say (rule 28)', async () => {
    await using topic = await freshTopic(3);
    // One batch whose timestamps fall, and batches whose do.
    await produce(topic.name, at(30, 10, 20), 0);
    await produce(topic.name, at(500), 1);
    await produce(topic.name, at(5), 1);
    const ends = [3, 2, 0];
    expect(await first(topic, [0, 0, 0], ends)).toEqual([30, 500, null]);
    expect(await first(topic, [1, 1, 0], ends)).toEqual([10, 5, null]);
    expect(await first(topic, [2, 2, 0], ends)).toEqual([20, null, null]);
    expect(await first(topic, [3, 2, 0], ends)).toEqual([null, null, null]);
  });

  test('is found within a compressed batch, and in more partitions than are asked at a time', async () => {
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

  test('is never a mark of a transaction, and there is none where nothing else is left', async () => {
    await using topic = await freshTopic();
    await transaction(topic.name, events(0, 2), 'commit');
    // The broker writes the mark after it has answered the producer.
    await until(async () => (await logEnd(topic.name)) === 3, 'the mark is in the log');
    expect(await first(topic, [2], [3])).toEqual([null]);
    await produce(topic.name, at(7), 0);
    expect(await first(topic, [2], [4])).toEqual([7]);
  });
});
