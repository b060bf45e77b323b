/** Proves that the commands of an operator work on MariaDB and MySQL: status, reset and pipelines. */
import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mysqlAddress } from '../engines/mysql/connection/address.ts';
import { withSession } from '../engines/mysql/connection/open-session.ts';
import { migrate } from '../engines/mysql/schema/migrate.ts';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { bootstrap, type FreshDatabase, freshDatabase, freshTopic, kafkaClient } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { describeMariadb, freshMariadb } from '../test/mariadb.ts';
import { type Finished, type Running, sluice, start, until } from '../test/sluice.ts';

type Message = { readonly key: string; readonly value: string };

/** A replica of one table `t (id bigint, n integer)` in a new database, fed by a topic of one partition. */
type Replica = AsyncDisposable & {
  readonly pipeline: string;
  readonly topic: string;
  readonly url: string;
  readonly name: string;
  readonly changed: (id: number, n: number, lsn: number) => Message;
  readonly send: (...messages: readonly Message[]) => Promise<void>;
  /** Runs a command with the target and the pipeline of the replica. */
  readonly run: (...args: readonly string[]) => Promise<Finished>;
  readonly start: (...args: readonly string[]) => Running;
  /** The rows of a query at the target. */
  readonly rows: (sql: string) => Promise<readonly unknown[]>;
};

/** The event of an INSERT or of an UPDATE with this position. */
const changed = (schema: string, id: number, n: number, lsn: number): Message => {
  const source = { schema, table: 't', lsn, sequence: `["4","${lsn}"]`, snapshot: 'false', ts_ms: Date.now() };
  return {
    key: JSON.stringify({ id }),
    value: JSON.stringify({ before: null, after: { id, n }, source, op: 'c', ts_ms: Date.now() }),
  };
};

describeMariadb('with a target in MariaDB', () => {
  let source: FreshDatabase;
  beforeAll(async () => {
    source = await freshDatabase('source');
    await keepBookkeeping();
  });
  afterAll(() => source[Symbol.asyncDispose]());

  /** Makes Sluice's database, with another pipeline, so that no test drops what other test files use. */
  async function keepBookkeeping(): Promise<void> {
    await using database = await freshMariadb('keeper');
    await withSession(mysqlAddress(database.url), 'test', async (session) => {
      await migrate(session);
      await session.run(
        `replace into ${session.own('checkpoint')} (pipeline, topic, \`partition\`, next_offset) values ('keeper', 't', 0, 0)`,
      );
    });
  }

  async function replica(): Promise<Replica> {
    const database = await freshMariadb('operator');
    const topic = await freshTopic(1, 'cdc', bootstrap(), `.${randomUUID().slice(0, 8)}.${database.name}.t`);
    const session = await mysql.createConnection(database.url.replace(/^mariadb:/, 'mysql:'));
    // A schema becomes the database of its name.
    await withConnection(databaseOf(source.url), 'test', (client) =>
      client.query(
        `create schema ${database.name}; create table ${database.name}.t (id bigint primary key, n integer)`,
      ),
    );
    await session.query('create table t (id bigint primary key, n integer)');
    const pipeline = database.name;
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      SLUICE_DIR: '/nonexistent',
      SLUICE_LOG_FORMAT: 'pretty',
      TARGET_DB_URL: database.url,
    };
    return {
      pipeline,
      topic: topic.name,
      url: database.url,
      name: database.name,
      changed: (id, n, lsn) => changed(database.name, id, n, lsn),
      send: async (...messages) => {
        const producer = kafkaClient().producer();
        await producer.connect();
        await producer.send({ topic: topic.name, messages: [...messages] }).finally(() => producer.disconnect());
      },
      run: (...args) => sluice(args, { env }),
      start: (...args) => start(args, { env }),
      rows: async (sql) => (await session.query<mysql.RowDataPacket[]>(sql))[0],
      [Symbol.asyncDispose]: async () => {
        await sluice(['pipelines', 'remove', pipeline, '--with-dead-letters', '--with-bookkeeping', '--yes'], { env });
        await session.end();
        await topic[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }

  /** Replicates what the topic has. */
  const catchUp = ({ topic, pipeline, run }: Replica) => {
    const topics = `^${topic.replaceAll('.', '\\.')}$`;
    return run('replicate', '--until-caught-up', '--topics', topics, '--group-id', pipeline, '--source-db', source.url);
  };

  test('status shows the counts and the verdict of a pipeline that has caught up, and of one that is behind', async () => {
    await using it = await replica();
    await it.send(it.changed(1, 1, 5), it.changed(2, 2, 6));
    expect(await catchUp(it)).toEndWith(0);
    const json = async () => {
      const { code, stdout, stderr } = await it.run('status', '--group-id', it.pipeline, '--json');
      expect(stderr).toBe('');
      return { code, report: JSON.parse(stdout) };
    };
    const counts = { read: 2, applied: 2, superseded: 0, filtered: 0, parked: 0 };
    expect(await json()).toMatchObject({
      code: 0,
      report: {
        state: 'idle',
        pipeline: it.pipeline,
        topic: it.topic,
        lagRecords: 0,
        partitions: [{ topic: it.topic, partition: 0, nextOffset: 2, logEnd: 2, counts, sourceLagSeconds: 0 }],
        deadLetters: { records: 0, offsets: 0, more: false, reasons: [] },
        held: [],
      },
    });
    const noSlot = await it.run('status', '--group-id', it.pipeline, '--source-db', source.url);
    expect(noSlot).toMatchObject({ code: 5, stdout: expect.stringMatching(/^disconnected.*the source has no slot/) });
    await it.send(it.changed(3, 3, 7));
    const behind = await it.run('status', '--group-id', it.pipeline);
    expect(behind).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/^stalled because no process of .* is running: behind by 1 record/),
    });
    expect(behind.stderr).toMatch(new RegExp(`, (MariaDB|MySQL) sluice@.*/${it.name} \\(environment\\)`));
  });

  test('status names parked records by reason, and held tables with their statement', async () => {
    await using it = await replica();
    await it.send(it.changed(1, 1, 5), { key: 'x', value: 'not JSON' }, { key: 'x', value: 'not JSON' });
    expect(await catchUp(it)).toEndWith(3);
    const parked = await it.run('status', '--group-id', it.pipeline);
    expect(parked).toMatchObject({ code: 3, stdout: expect.stringMatching(/^parked: 2 of the last 3 records of /) });
    expect(parked.stdout).toContain('1 record is parked, at 2 offsets: invalid_json');
    const json = await it.run('status', '--group-id', it.pipeline, '--json');
    expect(JSON.parse(json.stdout).deadLetters).toMatchObject({
      records: 1,
      offsets: 2,
      reasons: [{ code: 'invalid_json', records: 1, offsets: 2 }],
    });
    await it.rows('alter table t drop column n');
    await it.send(it.changed(4, 4, 9));
    const running = it.start(
      ...['replicate', '--topics', `^${it.topic}$`, '--group-id', it.pipeline, '--source-db', source.url],
    );
    try {
      await until(async () => running.said().includes('it has no column'), 'the table is held', 60_000);
      const held = await it.run('status', '--group-id', it.pipeline);
      expect(held).toMatchObject({ code: 5, stdout: expect.stringMatching(/^held: /) });
      expect(held.stdout).toContain('it has no column "n"');
      expect(held.stdout).toMatch(/ALTER TABLE .*ADD COLUMN/i);
    } finally {
      running.kill('SIGTERM');
      await running.finished;
    }
  });

  test('status shows the record counts without Kafka, and says when the server does not answer: 4', async () => {
    await using it = await replica();
    await it.send(it.changed(1, 1, 5));
    expect(await catchUp(it)).toEndWith(0);
    const noKafka = await it.run(
      'status',
      '--group-id',
      it.pipeline,
      '--wait',
      '1',
      '--bootstrap-servers',
      'localhost:1',
    );
    expect(noKafka).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(
        /^unknown: Kafka does not answer; these are the record counts in (MariaDB|MySQL)\n/,
      ),
    });
    const args = ['--topic', it.topic, '--wait', '1', '--target-db', 'mariadb://u:p@localhost:1/d'];
    const noServer = await it.run('status', ...args);
    expect(noServer).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^unknown: MariaDB does not answer; Kafka answers, and 0 processes are running\n/),
      stderr: expect.stringMatching(/no MariaDB at localhost:1 answers.*\[mysql_unreachable\]/),
    });
  });

  test('reset moves a stopped pipeline, which then reads again what it has; a running one is refused', async () => {
    await using it = await replica();
    await it.send(it.changed(1, 1, 5), it.changed(2, 2, 6));
    const topics = ['--topics', `^${it.topic}$`, '--group-id', it.pipeline];
    const running = it.start('replicate', ...topics, '--source-db', source.url);
    try {
      await until(async () => (await it.rows('select * from t')).length === 2, 'both rows are there', 60_000);
      for (const refused of [
        await it.run('reset', '--to', 'earliest', '--group-id', it.pipeline),
        await it.run('pipelines', 'remove', it.pipeline, '--yes'),
      ])
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[pipeline_running]') });
    } finally {
      running.kill('SIGTERM');
      await running.finished;
    }
    const epoch = `select owner_epoch, next_offset from sluice.checkpoint where pipeline = '${it.pipeline}'`;
    const [before] = (await it.rows(epoch)) as { owner_epoch: number; next_offset: number }[];
    const dry = await it.run('reset', '--to', 'earliest', '--dry-run', '--group-id', it.pipeline);
    expect(dry).toEndWith(0);
    expect(await it.rows(epoch)).toEqual([before]);
    const moved = await it.run('reset', '--to', 'earliest', '--json', '--group-id', it.pipeline);
    expect(moved).toEndWith(0);
    expect(JSON.parse(moved.stdout)).toEqual([{ topic: it.topic, partition: 0, from: 2, to: 0 }]);
    expect(await it.rows(epoch)).toEqual([{ owner_epoch: Number(before?.owner_epoch) + 1, next_offset: 0 }]);
    expect(await catchUp(it)).toEndWith(0);
    expect(
      await it.rows(`select \`read\`, applied, superseded from sluice.checkpoint where pipeline = '${it.pipeline}'`),
    ).toEqual([{ read: 4, applied: 2, superseded: 2 }]);
    const other = it.url.replace(it.name, 'mysql');
    expect(await it.run('reset', '--to', 'latest', '--group-id', it.pipeline, '--target-db', other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[target_mismatch]'),
    });
  });

  test('pipelines list shows it, and remove asks for --yes and then deletes its bookkeeping and no row', async () => {
    await using it = await replica();
    await it.send(it.changed(1, 1, 5), { key: 'x', value: 'not JSON' });
    expect(await catchUp(it)).toEndWith(3);
    const list = await it.run('pipelines', 'list', '--json');
    const found = JSON.parse(list.stdout).find(({ pipeline }: { pipeline: string }) => pipeline === it.pipeline);
    expect(found).toMatchObject({
      kind: 'topic',
      topics: [it.topic],
      counts: { read: 2, applied: 1, superseded: 0, filtered: 0, parked: 1 },
      deadLetters: 1,
    });
    const own = (table: string, column: string, value: string) =>
      it.rows(`select 1 from sluice.${table} where ${column} = '${value}'`);
    const all = ['pipelines', 'remove', it.pipeline, '--with-bookkeeping', '--with-dead-letters'];
    const refused = await it.run(...all);
    expect(refused).toMatchObject({ code: 2, stdout: expect.stringContaining(`need a new snapshot: ${it.name}.t`) });
    expect(await own('checkpoint', 'pipeline', it.pipeline)).toHaveLength(1);
    const removed = await it.run(...all, '--yes');
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining(`removed ${it.pipeline}: 1 source`) });
    expect(removed.stdout).toContain(
      `removed the bookkeeping of ${it.name}.t; the tables and their rows are unchanged`,
    );
    expect(removed.stdout).toContain('the database sluice stays: other pipelines use it');
    expect(await own('checkpoint', 'pipeline', it.pipeline)).toEqual([]);
    expect(await own('dead_letter', 'pipeline', it.pipeline)).toEqual([]);
    expect(await own('target', 'table_name', `${it.name}.t`)).toEqual([]);
    expect(await it.rows(`show tables from sluice like 'row_guard_${it.name}%'`)).toEqual([]);
    expect(await it.rows('select id, n from t')).toEqual([{ id: 1, n: 1 }]);
    expect(await it.run('pipelines', 'remove', it.pipeline, '--yes')).toMatchObject({
      stderr: expect.stringContaining('[unknown_pipeline]'),
    });
  });
});
