/** Proves that `sluice status` reports the lag of a pipeline over several topics, and the WAL that its slot keeps. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { expect, test } from 'vitest';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { bootstrap, describeServers, type FreshDatabase, freshDatabase, freshTopic } from '../test/context.ts';
import { extraPostgres } from '../test/extra-postgres.ts';
import { type Finished, sluice } from '../test/sluice.ts';
import { produce } from '../test/source-worker.ts';

const minute = 60_000;

/** The checkpoint of a pipeline in a partition. */
type Place = {
  readonly topic: string;
  readonly partition?: number;
  readonly next: number;
  /** Minutes since its last event was committed at the source; null if events have no commit time. */
  readonly sourceMinutes?: number | null;
};

/** Creates a database with the checkpoints of a pipeline. */
async function checkpoints(places: readonly Place[], pipeline = 'p'): Promise<FreshDatabase> {
  const database = await freshDatabase('status');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await migrate(client);
  for (const { topic, partition = 0, next, sourceMinutes = null } of places) {
    await client.query(
      `insert into sluice.checkpoint (pipeline, topic, partition, next_offset, read, applied, committed_at, source_committed_at)
       values ($5, $1, $2, $3, $3, $3, now(), now() - $4::float8 * interval '1 minute')`,
      [topic, partition, next, sourceMinutes, pipeline],
    );
  }
  await client.end();
  return database;
}

/** Returns records with Kafka timestamps this many minutes ago. */
const aged = (...minutes: number[]) =>
  minutes.map((one) => ({ value: '{}', timestamp: String(Date.now() - one * minute) }));

function status(database: FreshDatabase, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return sluice(['status', '--group-id', 'p', ...args], {
    env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: database.url, SLUICE_DIR: '/nonexistent', ...env },
  });
}

const minutesOf = (seconds: number | null | undefined): number | null | undefined =>
  typeof seconds === 'number' ? Math.round(seconds / 60) : seconds;

describeServers('status', () => {
  test('shows the record counts within seconds while Kafka is unreachable: 4', async () => {
    await using database = await checkpoints([
      { topic: 't', next: 7 },
      { topic: 't', partition: 1, next: 5 },
    ]);
    const away = { KAFKA_BOOTSTRAP_SERVERS: 'localhost:1' };
    const started = Date.now();
    const { code, stdout, stderr } = await status(database, ['--wait', '2'], away);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^unknown: Kafka does not answer; these are the record counts in PostgreSQL\n/);
    expect(stdout).toMatch(/^sum +12 +12 +0 +0 +0/m);
    expect(stderr).toMatch(/^waiting for Kafka at localhost:1 \(connection refused\), up to 2 s$/m);
    expect(stderr).toMatch(/^sluice: no Kafka answers at localhost:1.*\[kafka_unreachable\]$/m);
    const json = await status(database, ['--wait', '1', '--json'], away);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({
      state: 'unknown',
      counts: { read: 12 },
      partitions: [{ partition: 0, nextOffset: 7 }, { partition: 1 }],
    });
  });

  test('shows the topic within seconds while PostgreSQL is unreachable: 4', async () => {
    await using topic = await freshTopic(2, 'status');
    await produce(topic.name, aged(0, 0), 1);
    const args = ['status', '--topic', topic.name, '--wait', '1'];
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      DATABASE_URL: 'postgresql://u:p@localhost:1/d',
      SLUICE_DIR: '/nonexistent',
    };
    const { code, stdout, stderr } = await sluice(args, { env });
    expect(code).toBe(4);
    expect(stdout).toMatch(/^unknown: PostgreSQL does not answer; Kafka answers, and 0 processes are running\n/);
    expect(stdout).toMatch(new RegExp(`^${topic.name} +1 +0 +2$`, 'm'));
    expect(stderr).toMatch(/^sluice: no PostgreSQL at localhost:1 answers/m);
  });

  test('reports how many constraints of the replica are disabled (rule 21)', async () => {
    await using topic = await freshTopic(1, 'cdc.public.users');
    await using database = await checkpoints([{ topic: topic.name, next: 0 }]);
    expect((await status(database)).stdout).not.toContain('sluice.constraint');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const off = (name: string, kind: string, pipeline = 'p') =>
      client.query(
        `insert into sluice.constraint (pipeline, table_name, name, kind, definition) values ($1, 't', $2, $3, '')`,
        [pipeline, name, kind],
      );
    await off('a', 'foreign key');
    await off('another', 'foreign key', 'q');
    const one = await status(database);
    await off('b', 'foreign key');
    await off('c', 'trigger');
    await client.end();
    expect(one).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 foreign key of the replica is off (sluice.constraint)'),
    });
    expect((await status(database)).stdout).toContain(
      '2 foreign keys and 1 trigger of the replica are off (sluice.constraint)',
    );
  });

  test('shows every topic with a checkpoint, with its lag by Kafka time and by source time (rule 28)', async () => {
    await using users = await freshTopic(2, 'cdc.public.users');
    await using orders = await freshTopic(1, 'cdc.public.orders');
    await produce(users.name, aged(90, 30, 40), 0);
    await produce(users.name, aged(1), 1);
    await produce(orders.name, aged(20), 0);
    await using database = await checkpoints([
      { topic: users.name, next: 1, sourceMinutes: 95 },
      { topic: users.name, partition: 1, next: 1, sourceMinutes: 50 },
      { topic: orders.name, next: 0 },
    ]);
    const { code, stdout } = await status(database, ['--json']);
    expect(code).toBe(5);
    const report = JSON.parse(stdout);
    expect(report.topics).toEqual([orders.name, users.name].sort());
    expect(report).toMatchObject({ state: 'stalled', lagRecords: 3 });
    expect(report.sentence).toMatch(/no process of p is running: behind by 3 records and 30 min/);
    expect([report.lagSeconds, report.sourceLagSeconds].map(minutesOf)).toEqual([30, 95]);
    const found = report.partitions.map((one: Record<string, number | null>) => [
      one.topic,
      one.partition,
      minutesOf(one.lagSeconds),
      minutesOf(one.sourceLagSeconds),
    ]);
    expect(found).toEqual([
      [orders.name, 0, 20, null],
      // The next record is thirty minutes old, though the one after it is older.
      [users.name, 0, 30, 95],
      // At the end of the log the lag is zero, regardless of the age of the last event.
      [users.name, 1, null, 0],
    ]);
    const text = (await status(database)).stdout.split('\n');
    expect(text[0]).toBe(report.sentence);
    const row = (name: string) => text.find((line) => line.startsWith(name))?.split(/\s{2,}/);
    expect(
      row('topic')
        ?.slice(0, 7)
        .map((head) => head.trim()),
    ).toEqual(['topic', 'partition', 'log end', 'next', 'lag', 'age', 'source lag']);
    expect(row('sum')?.slice(1, 4)).toEqual(['3', '30 min', '95 min']);
    expect(text.filter((line) => line.startsWith('cdc.public.'))).toHaveLength(3);
  });

  test('of a pattern shows matching topics, also without a checkpoint, and no others', async () => {
    await using users = await freshTopic(1, 'cdc.public.users');
    await using fresh = await freshTopic(1, 'cdc.public.fresh');
    await using other = await freshTopic(1, 'other');
    await produce(fresh.name, aged(3));
    await using database = await checkpoints([
      { topic: users.name, next: 0 },
      { topic: other.name, next: 0 },
      { topic: `cdc.public.dropped-${users.name}`, next: 7 },
    ]);
    const pattern = `^cdc\\.public\\.(${users.name.slice(11)}|${fresh.name.slice(11)}|dropped-.*)$`;
    for (const [args, env] of [
      [['--topics', pattern], {}],
      [[], { KAFKA_TOPIC_PATTERN: pattern, KAFKA_TOPIC: other.name }],
    ] as const) {
      const report = JSON.parse((await status(database, ['--json', ...args], env)).stdout);
      expect(report.topics).toEqual([fresh.name, users.name].sort());
      expect(report.lagRecords).toBe(1);
      expect(report.remark).toBe(
        `topic cdc.public.dropped-${users.name} is gone from Kafka; its checkpoint is still there`,
      );
    }
    const one = await status(database, ['--json', '--topic', other.name], { KAFKA_TOPIC_PATTERN: pattern });
    expect(JSON.parse(one.stdout)).toMatchObject({ topic: other.name, topics: [other.name], lagRecords: 0 });
    expect(await status(database, ['--topic', other.name, '--topics', pattern])).toEndWith(2);
    const none = await status(database, ['--topics', '^nothing$']);
    expect(none).toEndWith(1);
    expect(none.stderr).toMatch(/there is no topic that matches \^nothing\$.*\[missing_topic\]/);
    expect((await status(database, ['--topics', '('])).stderr).toMatch(/--topics: expected a regular expression/);
  });

  test('of a replication accepts the options of replicate', async () => {
    await using topic = await freshTopic(1, 'cdc.public.users');
    await produce(topic.name, aged(3));
    await using target = await checkpoints([{ topic: topic.name, next: 1 }], 'cdc-consumer-group');
    await using other = await checkpoints([{ topic: topic.name, next: 0 }], 'cdc-consumer-group');
    const { hostname, port, username, password } = new URL(target.url);
    const parts = {
      TARGET_DB_HOST: hostname,
      TARGET_DB_PORT: port,
      TARGET_DB_NAME: target.name,
      TARGET_DB_USER: username,
      TARGET_DB_PASSWORD: password,
    };
    const look = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
      const all = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), SLUICE_DIR: '/nonexistent', ...env };
      const { stdout, stderr } = await sluice(['status', '--json', ...args], { env: all });
      if (stdout === '') throw new Error(stderr);
      const { pipeline, lagRecords } = JSON.parse(stdout);
      return { pipeline, lagRecords };
    };
    const replica = { pipeline: 'cdc-consumer-group', lagRecords: 0 };
    expect(await look([], { ...parts, DATABASE_URL: other.url })).toEqual(replica);
    expect(await look(['--target-url', target.url], { DATABASE_URL: other.url })).toEqual(replica);
    // A flag that names the database of `run` overrides a target in the environment.
    expect(await look(['--database-url', other.url, '--group-id', 'cdc-consumer-group'], parts)).toMatchObject({
      lagRecords: 1,
    });
    expect(await look(['--topics', `^${topic.name}$`], { DATABASE_URL: other.url })).toEqual({
      ...replica,
      lagRecords: 1,
    });
  });

  test('shows a growing lag while nothing arrives and nothing is written', async () => {
    await using topic = await freshTopic();
    await produce(topic.name, aged(1));
    await using database = await checkpoints([{ topic: topic.name, next: 0, sourceMinutes: 2 }]);
    const look = async () => JSON.parse((await status(database, ['--json'])).stdout);
    const first = await look();
    const second = await look();
    expect(second.lagSeconds).toBeGreaterThan(first.lagSeconds);
    expect(second.sourceLagSeconds).toBeGreaterThan(first.sourceLagSeconds);
  });

  test('is disconnected while the connector is paused, failed, missing or unreachable', async () => {
    await using topic = await freshTopic();
    await using database = await checkpoints([{ topic: topic.name, next: 0, sourceMinutes: 1 }]);
    let state = 'RUNNING';
    const connect = createServer((request, response) => {
      const part = { state, worker_id: 'w', ...(state === 'FAILED' ? { trace: 'Caused by: java.X: disk full' } : {}) };
      response.statusCode = request.url === '/connectors/c/status' ? 200 : 404;
      response.end(JSON.stringify({ name: 'c', connector: part, tasks: [{ id: 0, ...part }] }));
    });
    connect.listen(0, '127.0.0.1');
    await once(connect, 'listening');
    const { port } = connect.address() as AddressInfo;
    const look = async (name: string, url = `http://127.0.0.1:${port}`) => {
      const { code, stdout } = await status(database, ['--json', '--connect-url', url, '--name', name]);
      return { code, ...JSON.parse(stdout) };
    };
    try {
      expect(await look('c')).toMatchObject({ code: 0, state: 'idle', connector: { name: 'c', health: 'running' } });
      state = 'PAUSED';
      expect(await look('c')).toMatchObject({
        code: 5,
        state: 'disconnected',
        sentence: expect.stringMatching(/connector c is paused \(npx sluice connector resume --name c\); everything/),
      });
      state = 'FAILED';
      expect((await look('c')).sentence).toMatch(/^disconnected because connector c failed: .*disk full/);
      expect((await look('d')).sentence).toMatch(/^disconnected because Kafka Connect has no connector d /);
      expect(await look('c', 'http://127.0.0.1:1')).toMatchObject({
        code: 5,
        sentence: expect.stringMatching(/^disconnected because no Kafka Connect answers at http:\/\/127\.0\.0\.1:1/),
      });
    } finally {
      connect.close();
    }
  });

  test('shows the WAL that the slot keeps; without the source or the slot it still shows everything else', async () => {
    await using source = await extraPostgres({ settings: { wal_level: 'logical', max_slot_wal_keep_size: '64MB' } });
    await using topic = await freshTopic();
    await using database = await checkpoints([{ topic: topic.name, next: 0, sourceMinutes: 1 }]);
    const client = new pg.Client({ connectionString: source.url });
    client.on('error', () => undefined);
    await client.connect();
    const look = async (args: readonly string[] = []) => {
      const { code, stdout } = await status(database, ['--json', '--slot', 's', ...args], { SOURCE_URL: source.url });
      return { code, ...JSON.parse(stdout) };
    };
    expect(await look()).toMatchObject({
      code: 5,
      state: 'disconnected',
      sentence: expect.stringMatching(/^disconnected because the source has no slot s; --slot names another; /),
      slot: { sentence: 'the source has no slot s; --slot names another' },
    });
    await client.query(`select pg_create_logical_replication_slot('s', 'pgoutput')`);
    await client.query(`select pg_logical_emit_message(true, 'test', repeat('x', 1000000))`);
    const unread = await look();
    expect(unread).toMatchObject({ code: 5, state: 'disconnected', slot: { slot: 's', walStatus: 'reserved' } });
    expect(unread.slot.behindBytes).toBeGreaterThan(1_000_000);
    expect(unread.slot.sentence).toMatch(/^slot s: nobody reads it, .* behind, .* of WAL retained; /);
    expect(unread.remark).toMatch(/nobody reads slot s/);
    const text = (await status(database, ['--slot', 's'], { SOURCE_URL: source.url })).stdout;
    expect(text).toMatch(
      /^disconnected because nobody reads slot s of the source; .*\nslot s: .*\nnobody reads slot s/,
    );
    for (let round = 0; round < 3; round += 1) {
      await client.query(
        `select count(pg_logical_emit_message(true, 'test', repeat('x', 1000000))) from generate_series(1, 60)`,
      );
      await client.query('checkpoint');
    }
    expect(await look()).toMatchObject({
      code: 5,
      state: 'stalled',
      sentence: expect.stringMatching(/^stalled because slot s is lost/),
    });
    await client.end();
    const away = await look(['--source-url', 'postgresql://u:p@127.0.0.1:1/d']);
    expect(away).toMatchObject({ code: 5, state: 'disconnected', lagRecords: 0 });
    expect(away.slot.sentence).toMatch(/^slot s is unknown: the source 127\.0\.0\.1:1 says: .*ECONNREFUSED/);
  });
});
