/**
 * Real Kafka Connect with Debezium: `sluice stack up --with connect` and `sluice connector`, in the way a user runs them. One
 * stack serves all tests. Its source is PostgreSQL 15 if the machine has it; its other PostgreSQL is version 18.
 */
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { debianBinaries } from '../stack/postgres/binaries.ts';
import { isRunning } from '../stack/processes/process.ts';
import {
  DEFAULT_DIR,
  readStack,
  type StackState,
  stackDestroy,
  stackDown,
  stackEnv,
  stackStatus,
  stackUp,
} from '../stack/stack.ts';
import { extraPostgres } from './extra-postgres.ts';
import { startGuardian } from './guardian.ts';
import { type Finished, sluice, until } from './sluice.ts';

const guardian = startGuardian();
const lines: string[] = [];
const report = (line: string) => void lines.push(line);
let root: string;
let dir: string;
let state: StackState;
let env: Record<string, string>;

const up = async (options: Partial<Parameters<typeof stackUp>[0]> = {}) => {
  const sourceBinaries = await debianBinaries(15);
  return stackUp({
    dir,
    cacheDir: join(DEFAULT_DIR, 'cache'),
    connect: true,
    ports: { kafka: 0, postgres: 0, source: 0, connect: 0 },
    ...(sourceBinaries === undefined ? {} : { sourceBinaries }),
    report,
    ...options,
  });
};

const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Finished> =>
  sluice(['connector', ...args], { env: { ...env, SLUICE_DIR: dir, ...more } });

/** Runs statements on the source's database, or on another one of the same server. */
async function sql<T extends pg.QueryResultRow>(text: string, url = env.SOURCE_URL): Promise<T[]> {
  const client = new pg.Client({ connectionString: url ?? '' });
  await client.connect();
  try {
    const result = await client.query<T>(text);
    return result.rows;
  } finally {
    await client.end();
  }
}

type Source = AsyncDisposable & { readonly url: string; readonly name: string };

/** A database of its own in the source; dispose drops it with its connectors and slots. */
async function source(schema = ''): Promise<Source> {
  const name = `source_${Math.random().toString(36).slice(2, 10)}`;
  await sql(`create database ${name}`);
  const url = new URL(env.SOURCE_URL ?? '');
  url.pathname = `/${name}`;
  if (schema) await sql(schema, url.href);
  return {
    name,
    url: url.href,
    async [Symbol.asyncDispose]() {
      // Objects that a failed test left behind must not affect later tests.
      const names: unknown = await fetch(`${env.KAFKA_CONNECT_URL}/connectors`).then((answer) => answer.json());
      for (const connector of names as string[])
        await fetch(`${env.KAFKA_CONNECT_URL}/connectors/${connector}`, { method: 'DELETE' });
      const slots = `from pg_replication_slots where database = '${name}'`;
      await until(async () => (await sql(`select ${slots} and active`)).length === 0, 'no slot is read');
      await sql(`select pg_drop_replication_slot(slot_name) ${slots}`);
      await sql(`drop database ${name} with (force)`);
    },
  };
}

/** `url` with the user `name` instead of the superuser. */
const as = (url: string, name: string): string => {
  const other = new URL(url);
  other.username = name;
  other.password = 'secret';
  return other.href;
};

/** Every record of a topic, once `enough` returns true for them. */
async function records(topic: string, enough: (messages: readonly KafkaMessage[]) => boolean): Promise<KafkaMessage[]> {
  const kafka = new Kafka({ brokers: [env.KAFKA_BOOTSTRAP_SERVERS ?? ''], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await until(async () => (await admin.listTopics()).includes(topic), `there is a topic ${topic}`);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: `reader-${Math.random()}` });
  const messages: KafkaMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void messages.push(message) });
  try {
    await until(async () => enough(messages), `${topic} holds what it should`);
    return messages;
  } finally {
    await consumer.disconnect();
  }
}

const bodyOf = ({ value }: KafkaMessage) => (value === null ? null : JSON.parse(String(value)));

describe.skipIf(inject('kafka') === null)('Kafka Connect with Debezium', () => {
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-connect-'));
    // As root the servers run as another user, who needs access.
    await chmod(root, 0o755);
    dir = join(root, '.sluice');
    guardian.watch(dir);
    state = await up({ sourceSettings: { max_replication_slots: '4' } });
    env = stackEnv(state);
  }, 300_000);

  afterAll(async () => {
    await stackDestroy(dir, report);
    await rm(root, { recursive: true, force: true });
    guardian.release(dir);
    await guardian[Symbol.asyncDispose]();
  }, 120_000);

  it('is recognised, shown and exported by a later process', async () => {
    expect(await up()).toEqual(state);
    const { source: second, connect } = await stackStatus(dir);
    expect([second?.health, connect?.health]).toEqual(['ready', 'ready']);
    expect(await fetch(`${env.KAFKA_CONNECT_URL}/connector-plugins`).then((answer) => answer.text())).toContain(
      'io.debezium.connector.postgresql.PostgresConnector',
    );
    expect(env.SOURCE_URL).toMatch(/sourcedb$/);
  });

  it('captures rows and changes as envelopes, and can be paused, resumed, restarted and deleted', async () => {
    await using db = await source(`
      create table t (id int primary key, name text, price numeric(10,2));
      create table no_key (v text); alter table no_key replica identity full;
      create table parent (id int primary key); create table child (primary key (id)) inherits (parent);
      create table parts (id int primary key) partition by range (id);
      create table part_1 partition of parts for values from (0) to (10); insert into parts values (1);
      insert into t values (1, 'there before', 1.50); insert into parent values (1); insert into child values (2)`);
    const prefix = db.name;
    const made = await run([
      'create',
      '--source-url',
      db.url,
      '--topic-prefix',
      prefix,
      '--slot',
      prefix,
      '--heartbeat',
      '1',
    ]);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toContain(
      'created source-connector: public.child, public.no_key, public.parent, public.parts, public.t',
    );
    expect(made.stdout + made.stderr).not.toContain('postgres:postgres');

    const [first] = await records(`${prefix}.public.t`, (all) => all.length === 1);
    expect(first && bodyOf(first).payload).toMatchObject({
      op: 'r',
      after: { id: 1, name: 'there before', price: '1.50' },
    });
    await sql(
      `insert into t values (2, 'new', 'NaN'); update t set name = 'newer' where id = 2; delete from t where id = 2; truncate t`,
      db.url,
    );
    const all = await records(`${prefix}.public.t`, (found) => found.length === 6);
    const operations = all.map((message) => bodyOf(message)?.payload.op ?? 'tombstone').sort();
    expect(operations).toEqual(['c', 'd', 'r', 't', 'tombstone', 'u']);
    const [key] = all
      .filter((message) => bodyOf(message)?.payload.op === 'u')
      .map((message) => JSON.parse(String(message.key)));
    expect(key).toMatchObject({ payload: { id: 2 }, schema: { type: 'struct' } });
    // The child's row is only in the child's topic (rule 30).
    const parents = await records(`${prefix}.public.parent`, (found) => found.length > 0);
    expect(parents.map((message) => bodyOf(message).payload.after)).toEqual([{ id: 1 }]);

    await sql('insert into parts values (2)', db.url);
    const parts = await records(`${prefix}.public.parts`, (found) => found.length === 2);
    expect(parts.map((message) => bodyOf(message).payload.op).sort()).toEqual(['c', 'r']);

    // Creating it again is allowed, and applies changed settings.
    const target = ['--source-url', db.url, '--topic-prefix', prefix, '--slot', prefix];
    const changed = await run(['create', ...target, '--schemas', 'off', '--heartbeat', '1']);
    expect(changed.code, changed.stderr).toBe(0);
    expect(changed.stdout).toContain('updated source-connector');
    const replica = (verb: string, ...more: string[]) =>
      sluice([verb, '--topics', `^${prefix}\\.public\\.t$`, '--source-url', db.url, ...more], {
        env: { ...env, TARGET_URL: env.DATABASE_URL, SLUICE_DIR: dir },
      });
    const replicated = await replica('replicate', '--from', 'latest', '--until-caught-up');
    expect(replicated.code, replicated.stderr).toBe(0);
    const verdict = () => replica('status', '--slot', prefix);
    expect(await verdict()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^idle: everything in the topic/) });
    expect((await run(['pause'])).code).toBe(0);
    await until(async () => (await run(['status'])).stdout.includes('source-connector: paused'), 'it is paused');
    expect(await verdict()).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(
        /^disconnected because connector source-connector is paused \(npx sluice connector resume/,
      ),
    });
    await sql(`insert into t values (3, 'while paused', null)`, db.url);
    expect((await run(['resume'])).code).toBe(0);
    const later = await records(`${prefix}.public.t`, (found) => found.length === 7);
    expect(later.map(bodyOf)).toContainEqual(
      expect.objectContaining({ op: 'c', after: { id: 3, name: 'while paused', price: null } }),
    );
    expect((await run(['restart'])).code).toBe(0);
    await until(async () => (await run(['status'])).code === 0, 'it runs again');
    expect((await run(['list'])).stdout).toContain('source-connector  running');

    // A changed table definition is reported until `create` has recorded it.
    const look = () => run(['status', '--source-url', db.url]);
    expect((await look()).stderr).not.toContain('definition');
    await sql('alter table no_key add column n int', db.url);
    const warning = 'warning: the definition of public.no_key has changed since the connector was made';
    expect((await look()).stderr).toContain(warning);
    const noted = await run(['create', ...target, '--schemas', 'off', '--heartbeat', '1']);
    expect(noted.code, noted.stderr).toBe(0);
    expect(noted.stderr).toContain(warning);
    expect((await look()).stderr).not.toContain('definition');

    // A source whose tables do not change must not keep its WAL.
    await sql(`create table uncaptured as select repeat('x', 100) from generate_series(1, 20000)`, db.url);
    const [end] = await sql<{ lsn: string }>('select pg_current_wal_lsn() as lsn', db.url);
    await until(async () => {
      const [slot] = await sql<{ done: boolean }>(
        `select confirmed_flush_lsn >= '${end?.lsn}' as done from pg_replication_slots where slot_name = '${prefix}'`,
      );
      return slot?.done ?? false;
    }, 'the slot has moved on');

    const gone = await run(['delete', '--drop-slot', '--source-url', db.url]);
    expect(gone.code, gone.stderr).toBe(0);
    expect(await sql(`select from pg_replication_slots where slot_name = '${prefix}'`)).toEqual([]);
    const status = await run(['status']);
    expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining('[connector_missing]') });

    // A recreated connector takes a new snapshot, so changes made while no slot existed are not lost.
    await sql(`insert into t values (4, 'while away', null)`, db.url);
    await run([
      'create',
      '--source-url',
      db.url,
      '--topic-prefix',
      prefix,
      '--slot',
      prefix,
      '--tables',
      't',
      '--schemas',
      'off',
    ]);
    const repeated = await records(`${prefix}.public.t`, (found) => found.length === 9);
    expect(repeated.map(bodyOf)).toContainEqual(
      expect.objectContaining({ op: 'r', after: { id: 4, name: 'while away', price: null } }),
    );
    const kept = await run(['delete']);
    expect(kept.stderr).toContain(`SELECT pg_drop_replication_slot('${prefix}')`);
  });

  it('reports why a failed connector does not work, and what to do (exit 5)', async () => {
    // An unchanged large array of numbers cannot be distinguished from null. It must stop the connector instead of being lost.
    await using db = await source(`
      create table t (id int primary key, n int, list numeric[]); alter table t alter list set storage external;
      insert into t values (1, 1, array(select g::numeric from generate_series(1, 2000) g))`);
    const made = await run([
      'create',
      '--name',
      db.name,
      '--source-url',
      db.url,
      '--topic-prefix',
      db.name,
      '--slot',
      db.name,
    ]);
    expect(made.stderr).toContain('an UPDATE that leaves list (numeric[]) as it was stops the connector');
    await records(`${db.name}.public.t`, (all) => all.length === 1);
    await sql('update t set n = 2', db.url);
    let last = await run(['status', '--name', db.name]);
    await until(async () => {
      last = await run(['status', '--name', db.name]);
      return last.code !== 0;
    }, 'the connector has failed');
    expect(last.code).toBe(5);
    expect(last.stdout).toContain(`failed: Failed to properly convert data value for 'public.t.list'`);
    expect(last.stdout).toContain('REPLICA IDENTITY FULL');
    await run(['delete', '--name', db.name, '--drop-slot', '--source-url', db.url]);
  });

  describe('refuses to create a connector, with a reason,', () => {
    const refused = async (args: readonly string[], code: string, exit = 1) => {
      const { code: found, stderr } = await run(['create', '--name', 'refused', ...args]);
      expect(stderr).toContain(`[${code}]`);
      expect(found).toBe(exit);
      expect(stderr).not.toMatch(/secret|postgres:postgres/);
      expect(await (await fetch(`${env.KAFKA_CONNECT_URL}/connectors`)).json()).not.toContain('refused');
      return stderr;
    };

    it('when Kafka Connect is not running, or does not answer', async () => {
      await using db = await source('create table t (id int primary key)');
      await refused(['--source-url', db.url, '--connect-url', 'http://127.0.0.1:1'], 'connect_unreachable', 4);
    });

    it('when the source is not running, the password is wrong, or the database is missing', async () => {
      const url = new URL(env.SOURCE_URL ?? '');
      url.password = 'wrong';
      await refused(['--source-url', url.href], '28P01');
      await refused(['--source-url', `${env.SOURCE_URL}_missing`], '3D000');
    });

    it('when the source does not have wal_level = logical', async () => {
      await using replica = await extraPostgres({ settings: { wal_level: 'replica' } });
      const said = await refused(['--source-url', replica.url], 'wal_level');
      expect(said).toContain('ALTER SYSTEM SET wal_level = logical;');
    });

    it('when publishing would make PostgreSQL 18 refuse updates of tables', async () => {
      await sql(
        `create table g (id int primary key, n int, twice int generated always as (n * 2) stored);
         alter table g replica identity full; insert into g values (1, 1)`,
        env.DATABASE_URL,
      );
      const url = ['--source-url', env.DATABASE_URL ?? '', '--tables', 'g'];
      const statement = (await refused(url, 'generated_identity')).match(/CREATE PUBLICATION .*;/)?.[0] ?? '';
      await sql(statement, env.DATABASE_URL);
      const made = await run(['create', '--name', 'generated', ...url, '--topic-prefix', 'generated']);
      expect(made.code, made.stderr).toBe(0);
      await sql('update g set n = 2', env.DATABASE_URL);
      const all = await records('generated.public.g', (found) => found.length === 2);
      expect(all.map((message) => bodyOf(message).payload.after.n)).toEqual([1, 2]);
      await run(['delete', '--name', 'generated', '--drop-slot', '--source-url', env.DATABASE_URL ?? '']);
    });

    it('when tables are missing, not logged, or have no replica identity', async () => {
      await using db = await source('create table t (v int); create unlogged table u (id int primary key)');
      const url = ['--source-url', db.url];
      await refused([...url, '--tables', 'nothing'], 'tables_missing');
      expect(await refused([...url, '--tables', 'u'], 'table_unlogged')).toContain('ALTER TABLE public.u SET LOGGED;');
      expect(await refused(url, 'no_replica_identity')).toContain('ALTER TABLE public.t REPLICA IDENTITY FULL;');
    });

    it('when the role may not replicate, read or publish', async () => {
      await using db = await source(`
        create table t (id int primary key);
        drop role if exists reader; create role reader login password 'secret'`);
      const url = ['--source-url', as(db.url, 'reader')];
      expect(await refused(url, 'replication_role')).toContain('ALTER ROLE "reader" REPLICATION;');
      await sql('alter role reader replication', db.url);
      expect(await refused(url, 'select_rights')).toContain('GRANT SELECT ON public.t TO "reader";');
      await sql('grant select on t to reader', db.url);
      const statement = (await refused(url, 'publication_rights')).match(/CREATE PUBLICATION .*;/)?.[0] ?? '';
      // The advice is sufficient: the owner publishes, the reader captures.
      await sql(statement, db.url);
      const made = await run(['create', '--name', db.name, ...url, '--topic-prefix', db.name, '--slot', db.name]);
      expect(made.code, made.stderr).toBe(0);
      await run(['delete', '--name', db.name, '--drop-slot', '--source-url', db.url]);
      await sql('drop owned by reader; drop role reader', db.url);
    });

    it('when the slot is in use, or none is free', async () => {
      await using db = await source('create table t (id int primary key)');
      await using other = await source('create table t (id int primary key)');
      const slots = ['a', 'b', 'c', 'd'].map((letter) => `${db.name}_${letter}`);
      for (const slot of slots) await sql(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`, db.url);
      const url = ['--source-url', other.url];
      expect(await refused([...url, '--slot', 'one_more'], 'slots_exhausted')).toContain('max_replication_slots');
      expect(await refused([...url, '--slot', slots[0] ?? ''], 'slot_taken')).toContain(`database ${db.name}`);
      const own = ['--source-url', db.url, '--slot', slots[0] ?? ''];
      expect(await refused(own, 'slot_unreadable')).toContain('pg_drop_replication_slot');
    });

    it('when two tables would share a topic', async () => {
      await using db = await source(
        'create table "a b" (id int primary key); create table "a-b" (id int primary key); create table "a_b" (id int primary key)',
      );
      await refused(['--source-url', db.url], 'topic_shared');
    });

    it('when Debezium rejects a setting, with the name of the field', async () => {
      await using db = await source('create table t (id int primary key)');
      const settings = join(root, 'settings.json');
      await writeFile(settings, JSON.stringify({ 'snapshot.mode': 'sometimes' }));
      const said = await refused(['--source-url', db.url, '--settings', settings], 'connector_failed');
      expect(said).toContain('snapshot.mode');
    });

    it('when Kafka Connect lacks the plug-in', async () => {
      await using db = await source('create table t (id int primary key)');
      const settings = join(root, 'settings.json');
      await writeFile(settings, JSON.stringify({ 'connector.class': 'io.example.NoConnector' }));
      await refused(['--source-url', db.url, '--settings', settings], 'plugin_missing');
    });
  });

  it('gives up on a worker that accepts requests and never answers', async () => {
    await using silent = await listen();
    const { code, stderr } = await run(['list'], { KAFKA_CONNECT_URL: silent.url });
    expect([code, stderr]).toEqual([4, expect.stringContaining('[connect_unreachable]')]);
  });

  it('starts again after a crash and after a stop, and leaves nothing behind when it is destroyed', async () => {
    const { connect } = state;
    process.kill(connect?.pid ?? 0, 'SIGKILL');
    await until(async () => readStack(dir)?.connect === undefined, 'the worker has ended');
    expect((await stackStatus(dir)).connect?.health).toBe('stopped');
    const again = await up({ ports: {} });
    expect(again.kafka).toEqual(state.kafka);
    expect(again.connect?.port).toBe(connect?.port);
    await stackDown(dir, report);
    const servers = [again.connect, again.source, again.kafka, again.postgres];
    expect(servers.map((server) => server && isRunning(server))).toEqual([false, false, false, false]);

    // Unless it is requested, it neither starts nor counts as missing.
    const without = await up({ kafka: false, connect: false });
    expect([without.connect, without.source]).toEqual([undefined, undefined]);
    expect((await stackStatus(dir)).connect).toBeUndefined();
    await stackDestroy(dir, report);
    expect(await readdir(root)).toEqual(['settings.json']);
  });
});

/** A server that accepts requests and never answers. */
async function listen(): Promise<AsyncDisposable & { readonly url: string }> {
  const server: Server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
