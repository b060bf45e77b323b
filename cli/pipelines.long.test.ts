/** Proves that the pipelines of a database are listed, and that removing one loses nothing without consent. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic } from '../test/context.ts';
import { sluice, start, until } from '../test/sluice.ts';
import { events, produce } from '../test/source-worker.ts';

describeServers('pipelines', () => {
  test('are listed with their record counts, and removed if they do not run', async () => {
    await using database = await freshDatabase('pipelines');
    await using topic = await freshTopic(2);
    await produce(topic.name, [...events(1, 10), { value: 'no json' }]);
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      DATABASE_URL: database.url,
      KAFKA_TOPIC: topic.name,
      SLUICE_DIR: '/nonexistent',
    };
    const pipelines = (...args: string[]) => sluice(['pipelines', ...args], { env });
    const list = async () => JSON.parse((await pipelines('list', '--json')).stdout);
    expect(await pipelines('list')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/there is no pipeline/),
    });

    const input = '{"id":1,"cdc_operation":"INSERT","cdc_sequence":1}\n{}\n';
    await sluice(['run', '--source', '-', '--group-id', 'piped'], { env, input });
    const running = start(['run', '--group-id', 'live'], { env });
    try {
      await until(
        async () => (await list()).some((one: { counts: { read: number } }) => one.counts.read === 11),
        'it has read all',
      );
      expect(await list()).toMatchObject([
        { pipeline: 'live', kind: 'topic', topics: [topic.name], counts: { read: 11, parked: 1 }, deadLetters: 1 },
        { pipeline: 'piped', kind: 'stdin', counts: { read: 2, parked: 1 }, deadLetters: 1 },
      ]);
      const text = (await pipelines('list')).stdout.split('\n');
      expect(text.find((line) => line.startsWith('live'))).toMatch(new RegExp(`^live +${topic.name} +11 `));
      expect(text.find((line) => line.startsWith('piped'))).toMatch(/standard input +2 /);
      expect(await pipelines('remove', 'live', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/pipeline live is running: .*\[pipeline_running\]/),
      });
    } finally {
      running.kill('SIGTERM');
      await running.finished;
    }

    // Removing the checkpoint of standard input loses nothing: it is always read from its start.
    expect(await pipelines('remove', 'piped')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 dead letter stays; --with-dead-letters/),
    });
    expect(await list()).toMatchObject([{ pipeline: 'live' }, { pipeline: 'piped', kind: 'removed', deadLetters: 1 }]);
    expect((await pipelines('remove', 'piped', '--with-dead-letters', '--yes')).code).toBe(0);

    expect(await pipelines('remove', 'live')).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('lost with it: how far'),
    });
    expect(await list()).toMatchObject([{ pipeline: 'live', counts: { read: 11 } }]);
    expect((await pipelines('remove', 'live', '--with-dead-letters', '--yes')).code).toBe(0);
    expect(await list()).toEqual([]);
    expect(await pipelines('remove', 'live')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[unknown_pipeline]'),
    });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as users from users_enriched');
    await client.end();
    expect(rows).toEqual([{ users: 10 }]);
  });

  test('of a replica print the statements that restore constraints which a removal would lose', async () => {
    await using database = await freshDatabase('pipelines');
    const env = { DATABASE_URL: database.url, SLUICE_DIR: '/nonexistent' };
    await sluice(['run', '--source', '-', '--group-id', 'replica'], { env, input: '' });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(`insert into sluice.checkpoint (pipeline, topic, partition, next_offset) values ('replica', 'stdin:x', 0, 0)
        on conflict do nothing`);
      await client.query(
        `insert into sluice.constraint (pipeline, table_name, name, kind, definition)
         values ('replica', 'public.orders', 'orders fk', 'foreign key', 'FOREIGN KEY (a) REFERENCES b(a)')`,
      );
      const refused = await sluice(['pipelines', 'remove', 'replica'], { env });
      expect(refused.code).toBe(2);
      const statement = 'ALTER TABLE public.orders ADD CONSTRAINT "orders fk" FOREIGN KEY (a) REFERENCES b(a);';
      expect(refused.stdout).toContain(statement);
      expect((await sluice(['pipelines', 'remove', 'replica', '--yes'], { env })).code).toBe(0);
      expect((await client.query('select from sluice.constraint')).rowCount).toBe(0);
    } finally {
      await client.end();
    }
  });
});
