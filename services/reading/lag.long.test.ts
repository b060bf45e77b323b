/** Proves that the periodic lag is measured against the present log end, in records and in seconds. */
import { expect, test } from 'vitest';
import { kafkaClient as client } from '../../adapters/kafka/client/client.ts';
import { bootstrap, describeServers, freshTopic } from '../../test/context.ts';
import { events, produce, silent, withAdmin } from '../../test/source-worker.ts';
import { lagNow } from './lag.ts';

describeServers('the lag of a process', () => {
  test('is the lag of its partitions at present, even if their last fetch is old', async () => {
    await using topic = await freshTopic(3);
    const minutesAgo = (minutes: number) => String(Date.now() - minutes * 60_000);
    for (const [partition, minutes] of [30, 10, 90].entries()) {
      const messages = events(1, 5).map((one) => ({ ...one, timestamp: minutesAgo(minutes) }));
      await produce(topic.name, messages, partition);
    }
    const owning = (...durable: readonly (readonly [partition: number, offset: bigint])[]) => ({
      // The last fetch found the topic empty.
      positions: () =>
        durable.map(([partition, offset]) => ({ topic: topic.name, partition, durable: offset, logEnd: 0n })),
    });
    const kafka = client({ brokers: [bootstrap()] }, 'test', silent);
    await withAdmin(async (admin) => {
      const lag = await lagNow(kafka, admin, owning([0, 2n], [1, 1n]));
      expect(lag.lagRecords).toBe(7);
      expect(Math.round(lag.lagSeconds / 60)).toBe(30);
      expect(await lagNow(kafka, admin, owning([0, 5n], [1, 5n]))).toEqual({ lagRecords: 0, lagSeconds: 0 });
      expect(await lagNow(kafka, admin, owning())).toEqual({ lagRecords: 0, lagSeconds: 0 });
    });
  });
});
