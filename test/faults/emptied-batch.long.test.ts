/**
 * A batch that compaction has emptied, at the end of a segment. Kafka keeps it while its producer is known, and a
 * fetch that begins there returns nothing else.
 */
import { randomBytes } from 'node:crypto';
import { ConfigResourceTypes, type Producer } from 'kafkajs';
import { expect, test } from 'vitest';
import { firstTimestamps } from '../../adapters/kafka/lag/lag.ts';
import { describeServers, kafkaClient } from '../context.ts';
import { sluice, until } from '../sluice.ts';
import { scene } from './scene.ts';

const bytesOfSegment = 1024 * 1024;

describeServers('a batch that compaction has emptied', () => {
  test('is skipped, and the records after it are read (rule 4)', async () => {
    await using it = await scene([], 1);
    const kafka = kafkaClient();
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    const gone = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await Promise.all([admin, producer, gone].map((client) => client.connect()));
    try {
      const settings = {
        'cleanup.policy': 'compact',
        'min.cleanable.dirty.ratio': '0.001',
        'segment.bytes': String(bytesOfSegment),
      };
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const resource = { type: ConfigResourceTypes.TOPIC, name: it.topic, configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
      const began = Date.now();
      let count = 0;
      const send = async (key: string, bytes: number, by: Producer = producer) => {
        count += 1;
        const address = randomBytes(bytes / 2).toString('hex');
        const value = JSON.stringify({ id: count, cdc_operation: 'INSERT', cdc_sequence: count, address });
        await by.send({ topic: it.topic, messages: [{ key, value, timestamp: String(began + count) }] });
      };
      const tenth = bytesOfSegment / 10;
      for (let n = 1; n <= 9; n += 1) await send(`first ${n}`, tenth);
      // It ends the first segment, because the next record does not fit in. It is superseded in the second segment.
      await send('same', 10, gone);
      const emptied = count;
      for (let n = 1; n <= 4; n += 1) await send(`second ${n}`, 2 * tenth);
      await send('same', 10);
      // The last segment is never compacted.
      await send('third', 3 * tenth);
      const position = { topic: it.topic, partition: 0, nextOffset: BigInt(emptied - 1), logEnd: BigInt(count) };
      const first = async () => (await firstTimestamps(kafka, [position]))[0];
      expect(await first()).toBe(began + emptied);
      await until(async () => (await first()) === began + emptied + 1, 'the log is compacted', 90_000);
      expect(await sluice(['run', '--until-caught-up'], { env: it.env })).toEndWith(0);
      const rows = await it.rows('select id::int from users_enriched order by id');
      const all = Array.from({ length: count }, (_, index) => index + 1);
      expect(rows.map(({ id }) => id)).toEqual(all.filter((id) => id !== emptied));
    } finally {
      await Promise.all([admin, producer, gone].map((client) => client.disconnect()));
    }
  });
});
