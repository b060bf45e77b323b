import pg from 'pg';
import { expect, it } from 'vitest';
import { describePostgres, describeServers, freshDatabase, freshTopic, kafkaClient } from './context.ts';
import { until } from './sluice.ts';

describePostgres('freshDatabase', () => {
  it('is there inside the scope and gone after it, even with a session left open', async () => {
    let url: string;
    {
      await using database = await freshDatabase();
      url = database.url;
      const client = new pg.Client({ connectionString: url });
      // The drop ends this session, which the client reports as an error.
      client.on('error', () => undefined);
      await client.connect();
      expect((await client.query('select current_database() as name')).rows).toEqual([{ name: database.name }]);
    }
    await expect(new pg.Client({ connectionString: url }).connect()).rejects.toThrow('does not exist');
  });
});

describeServers('freshTopic', () => {
  it('has its partitions inside the scope and is gone after it', async () => {
    const admin = kafkaClient().admin();
    await admin.connect();
    try {
      let name: string;
      {
        await using topic = await freshTopic(3);
        name = topic.name;
        expect((await admin.fetchTopicOffsets(name)).length).toBe(3);
      }
      // The deletion is acknowledged before every listing knows of it.
      await until(async () => !(await admin.listTopics()).includes(name), 'the topic is gone', 10_000);
    } finally {
      await admin.disconnect();
    }
  });
});
