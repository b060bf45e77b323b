/** Proves the requests about topics on real Kafka while other topics are created and deleted. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeServers, kafkaClient } from '../../../test/context.ts';
import { describeCluster, ensureTopic, partitionRanges, topicNames } from './topic.ts';

const names = (count: number) => Array.from({ length: count }, () => `topic-test-${randomUUID()}`);

describeServers('topics of a busy cluster', () => {
  test('are created with leaders, listed and described while others come and go', async () => {
    const [changing, admin] = [kafkaClient().admin(), kafkaClient().admin()];
    await Promise.all([changing.connect(), admin.connect()]);
    const stop = new AbortController();
    const churn = async () => {
      while (!stop.signal.aborted) {
        const topics = names(3);
        await changing.createTopics({
          topics: topics.map((topic) => ({ topic, numPartitions: 2 })),
          waitForLeaders: false,
        });
        await changing.deleteTopics({ topics });
        // Without a pause, a broker falls ever further behind its controller.
        await sleep(50);
      }
    };
    const changed = churn();
    const created: string[] = [];
    try {
      for (const topic of names(8)) {
        created.push(topic);
        expect(await ensureTopic(admin, topic, { partitions: 4 })).toBe(true);
        expect(await partitionRanges(admin, topic)).toHaveLength(4);
        expect(await topicNames(admin)).toContain(topic);
        expect((await describeCluster(admin)).brokers).not.toEqual([]);
        expect(await ensureTopic(admin, topic, { partitions: 4 })).toBe(false);
      }
    } finally {
      stop.abort();
      await changed;
      await changing.deleteTopics({ topics: created });
      await Promise.all([changing.disconnect(), admin.disconnect()]);
    }
  });
});
