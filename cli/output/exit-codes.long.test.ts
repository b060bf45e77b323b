/** Proves that each mistake and outage ends in time, with one clear message, advice and the right exit code. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Admin } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { registerTarget } from '../../engines/postgres/apply/target.ts';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { usersEnriched } from '../../schemas/users-enriched.ts';
import { bootstrap, describeServers, freshDatabase, freshTopic, kafkaClient } from '../../test/context.ts';
import { databaseOf } from '../../test/database-of.ts';
import { type Finished, sluice } from '../../test/sluice.ts';

/** No local stack may answer instead of the servers that a test names. */
const noStack = join(tmpdir(), 'sluice-no-stack');

type Outcome = Finished & {
  readonly seconds: number;
  /** Lines for people, without those about waiting for a server. */
  readonly messages: readonly string[];
  readonly waiting: readonly string[];
};

/**
 * Runs the command with logs as JSON, which separates them from messages for people. A verb with a log reports its failure
 * there, in one line; this converts it to the message for people.
 */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): Promise<Outcome> {
  const started = Date.now();
  const finished = await sluice(args, {
    env: { SLUICE_DIR: noStack, SLUICE_LOG_FORMAT: 'json', SLUICE_LOG_LEVEL: 'error', ...env },
    limit: 60_000,
    ...(input === undefined ? {} : { input }),
  });
  const lines = finished.stderr.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return line === '' ? [] : [line];
    const { level, code, msg, advice } = JSON.parse(line);
    return level === 'fatal' ? [`sluice: ${msg} [${code}]`, `  ${advice}`] : [];
  });
  const waiting = lines.filter((line) => line.startsWith('waiting for '));
  const messages = lines.filter((line) => !waiting.includes(line));
  return { ...finished, seconds: (Date.now() - started) / 1000, messages, waiting };
}

/** Expects one line with the fault that matches `what`, one line of advice, and no stack trace. */
function expectClear({ messages, stderr, stdout }: Outcome, what: string | RegExp): void {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain('node_modules');
  expect(messages.length, stderr).toBeGreaterThanOrEqual(1);
  expect(messages.length, stderr).toBeLessThanOrEqual(3);
  expect(messages.join('\n')).toMatch(what);
  expect(stdout).toBe('');
}

const refusing = 'localhost:1';
const urlOf = (url: string, change: (url: URL) => void): string => {
  const parsed = new URL(url);
  change(parsed);
  return parsed.href;
};

async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const topics = (): Promise<string[]> => asAdmin((admin) => admin.listTopics());

describeServers('the command', () => {
  const server = inject('databaseUrl') ?? '';
  const servers = () => ({ KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: server });

  // These commands only wait, so they run together beside the other tests, and their results are checked last.
  const unreachable = new Map<string, Promise<Outcome>>();
  const deaf = createServer(() => undefined);
  beforeAll(async () => {
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as AddressInfo;
    const begin = (name: string, verb: string, env: NodeJS.ProcessEnv) =>
      unreachable.set(name, run([verb], { ...servers(), ...env }));
    begin('run on Kafka', 'run', { KAFKA_BOOTSTRAP_SERVERS: refusing });
    begin('simulate on Kafka', 'simulate', { KAFKA_BOOTSTRAP_SERVERS: refusing });
    begin('status on PostgreSQL', 'status', { DATABASE_URL: `postgresql://u:p@${refusing}/d` });
    begin('run on a deaf Kafka', 'run', { KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}` });
    begin('run on a deaf PostgreSQL', 'run', { DATABASE_URL: `postgresql://u:p@127.0.0.1:${port}/d` });
  });
  afterAll(async () => {
    await Promise.all(unreachable.values());
    deaf.close();
  });

  test.concurrent.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
    ['an unknown flag', ['run', '--no-such-flag'], {}, /unknown option '--no-such-flag'/],
    ['a bad value', ['run', '--lanes', 'many'], {}, /--lanes: expected a whole number from 1 to 64, got 'many'/],
    ['a bad environment value', ['run'], { SLUICE_WINDOW_BYTES: 'lots' }, /SLUICE_WINDOW_BYTES: expected a size/],
    ['a URL with a broken escape', ['run'], { DATABASE_URL: 'postgresql://u:sec%ret@h/d' }, /DATABASE_URL: .*%25/],
  ])('%s ends the command with 2 within seconds', async (_, args, env, what) => {
    const outcome = await run(args, env);
    expect(outcome).toEndWith(2);
    expectClear(outcome, what);
    expect(outcome.stderr).not.toContain('sec%ret');
    expect(outcome.seconds).toBeLessThan(25);
  });

  test.concurrent.each(['run', 'status'])('%s with a wrong password ends at once: 1', async (verb) => {
    const url = urlOf(server, (one) => {
      one.password = 'wrong-secret';
    });
    const outcome = await run([verb], { ...servers(), DATABASE_URL: url });
    expect(outcome).toEndWith(1);
    expectClear(outcome, /password authentication failed.*\[28P01\]/);
    expect(outcome.messages.at(-1)).toMatch(/refuses user \S+: check user and password in DATABASE_URL\.$/);
    expect(outcome.stderr).not.toContain('wrong-secret');
    expect(outcome.seconds).toBeLessThan(25);
  });

  test.concurrent('run without any password ends at once: 1', async () => {
    const { host, port, database, user } = databaseOf(server);
    const env = { POSTGRES_HOST: host, POSTGRES_PORT: String(port), POSTGRES_DB: database, POSTGRES_USER: user };
    const outcome = await run(['run'], { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), ...env });
    expect(outcome).toEndWith(1);
    expectClear(outcome, /password/);
    expect(outcome.messages.at(-1)).toMatch(
      /asks user \S+ for a password: set it in POSTGRES_PASSWORD, or in ~\/\.pgpass/,
    );
  });

  test.concurrent('run on a database that does not exist ends at once: 1', async () => {
    const url = urlOf(server, (one) => {
      one.pathname = '/no_such_database';
    });
    const outcome = await run(['run'], { ...servers(), DATABASE_URL: url });
    expect(outcome).toEndWith(1);
    expectClear(outcome, /"no_such_database" does not exist.*\[3D000\]/);
    expect(outcome.messages.at(-1)).toMatch(/no database no_such_database: check its name in DATABASE_URL/);
    expect(outcome.seconds).toBeLessThan(25);
  });

  test.concurrent('a file that is missing, a folder or not JSON ends every verb that reads it at once: 1', async () => {
    await using database = await freshDatabase('exit');
    const folder = await mkdtemp(join(tmpdir(), 'sluice-exit-'));
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '[{"id":1,"cdc_operation":"INSERT","cdc_sequence":1}, {"id"');
    const packed = join(folder, 'events.jsonl.gz');
    await writeFile(packed, gzipSync('{"id":1}\n'));
    const env = { DATABASE_URL: database.url };
    const [missing, dir, malformed, enrichedNone, simulatedNone, packedOne] = await Promise.all([
      run(['run', '--source', `file:${join(folder, 'none.json')}`], env),
      run(['run', '--source', `file:${folder}`], env),
      run(['run', '--source', `file:${broken}`], env),
      run(['enrich', join(folder, 'none.json')]),
      run(['simulate', '--data-file', join(folder, 'none.json')], servers()),
      run(['enrich', packed]),
    ]);
    await rm(folder, { recursive: true });
    for (const outcome of [missing, dir, malformed, enrichedNone, simulatedNone, packedOne])
      expect(outcome).toEndWith(1);
    for (const outcome of [missing, enrichedNone, simulatedNone])
      expectClear(outcome, /there is no file .*none\.json \[missing_file\]/);
    expectClear(dir, /is a folder, not a file \[not_a_file\]/);
    expectClear(packedOne, /gzip .*\[malformed_file\]\n {2}gunzip -c \S+events\.jsonl\.gz \|/);
    expectClear(malformed, /ends inside an element.*\[malformed_file\]/);
  });

  test.concurrent('a misspelt topic ends at once with a list of similar topics, and nothing is created: 1', async () => {
    await using database = await freshDatabase('exit');
    await using topic = await freshTopic(1, 'exit');
    const misspelt = topic.name.slice(0, -1);
    const env = { ...servers(), DATABASE_URL: database.url };
    const [ran, status] = await Promise.all([
      run(['run', '--topic', misspelt], env),
      run(['status', '--topic', `none-${database.name}`], env),
    ]);
    expect(ran).toEndWith(1);
    expectClear(ran, /topic exit-\S+ does not exist \[missing_topic\]/);
    expect(ran.messages.at(-1)).toMatch(new RegExp(`Topics like it: .*${topic.name}.*--create-topic creates it`));
    expect(await topics()).not.toContain(misspelt);
    const schemas = `select nspname from pg_namespace where nspname = 'sluice'`;
    const made = await withConnection(databaseOf(database.url), 'test', (client) => client.query(schemas));
    expect(made.rows).toEqual([]);
    expect(status).toEndWith(1);
    expect(status.messages.join('\n')).toMatch(/there is no topic none-/);
  });

  test.concurrent('a topic is created on request with its partitions, but only if the table accepts it as its source', async () => {
    await using database = await freshDatabase('exit');
    const env = { ...servers(), DATABASE_URL: database.url };
    const [own, other] = [`own-${database.name}`, `other-${database.name}`];
    const create = (topic: string, partitions: string) => [
      ...['run', '--topic', topic, '--until-caught-up'],
      ...['--create-topic', '--partitions', partitions],
    ];
    try {
      expect(await run(create(own, '3'), env)).toEndWith(0);
      const refused = await run(create(other, '2'), env);
      expect(refused).toEndWith(1);
      expectClear(refused, /is fed from own-.*\[source_mismatch\]/);
      expect(await topics()).toContain(own);
      expect(await topics()).not.toContain(other);
    } finally {
      await asAdmin((admin) => admin.deleteTopics({ topics: [own] }));
    }
  });

  test.concurrent('a database that is not UTF8 ends at once: 1', async () => {
    await using database = await freshDatabase('exit');
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`drop database ${database.name}`);
    await admin.query(`create database ${database.name} encoding 'SQL_ASCII' locale 'C' template template0`);
    await admin.end();
    const topic = `never-made-${database.name}`;
    const args = ['run', '--create-topic', '--topic', topic];
    const outcome = await run(args, { ...servers(), DATABASE_URL: database.url });
    expect(await topics()).not.toContain(topic);
    expect(outcome).toEndWith(1);
    expectClear(outcome, /SQL_ASCII, not in UTF8.*\[database_not_utf8\]/);
    expect(outcome.messages.at(-1)).toMatch(/CREATE DATABASE/);
  });

  test.concurrent('a table that is ordered by something else ends at once: 1', async () => {
    await using database = await freshDatabase('exit');
    await withConnection(databaseOf(database.url), 'test', async (client) => {
      await migrate(client);
      await registerTarget(client, usersEnriched, 'timestamp');
    });
    const outcome = await run(['run', '--order-by', 'sequence'], { ...servers(), DATABASE_URL: database.url });
    expect(outcome).toEndWith(1);
    expectClear(outcome, /ordered by timestamp, not by sequence.*\[order_mismatch\]/);
    expect(outcome.messages.at(-1)).toMatch(/--order-by timestamp/);
  });

  test.concurrent('parked records are not a failure: 0, and standard input is always read from its start', async () => {
    await using database = await freshDatabase('exit');
    const input = '{"id":1,"cdc_operation":"INSERT","cdc_sequence":1}\nnot json\n{"id":2}\n';
    for (const applied of [1, 0]) {
      const outcome = await run(['run', '--source', '-'], { DATABASE_URL: database.url }, input);
      expect(outcome).toEndWith(0);
      const rows = await withConnection(databaseOf(database.url), 'test', async (client) => {
        const order = 'order by committed_at desc limit 1';
        return (await client.query(`select read::int, applied::int, parked::int from sluice.checkpoint ${order}`)).rows;
      });
      expect(rows).toEqual([{ read: 3, applied, parked: 2 }]);
    }
  });

  test.concurrent.each(['--help', 'run --help', '--version'])('%s is not a failure: 0', async (line) => {
    const { code, stdout, stderr } = await run(line.split(' '));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Usage: npx sluice|^\d+\.\d+\.\d+/);
  });

  test.concurrent('status gives an unreachable server a few seconds: 4', async () => {
    const outcome = await unreachable.get('status on PostgreSQL');
    expect(outcome).toMatchObject({
      code: 4,
      waiting: [expect.stringMatching(/^waiting for PostgreSQL at localhost:1 \(connection refused\), up to 3 s$/)],
    });
    expect(outcome?.stderr).toMatch(/^sluice: no PostgreSQL at localhost:1 answers.*\[postgres_unreachable\]$/m);
    expect(outcome?.stderr).not.toContain('tried again');
    expect(outcome?.seconds).toBeLessThan(25);
  });

  test.concurrent.each(['run on Kafka', 'simulate on Kafka'])(
    '%s ends after half a minute if the server is unreachable: 4',
    async (name) => {
      const outcome = await unreachable.get(name);
      if (!outcome) throw new Error(`${name} was not started`);
      expect(outcome).toEndWith(4);
      expectClear(outcome, /^sluice: no (Kafka answers at|PostgreSQL at) localhost:1.*\[\w+_unreachable\]$/m);
      expect(outcome.messages.at(-1)).toMatch(/`npx sluice stack up`/);
      expect(outcome.stderr).not.toContain('tried again');
      // With this log level the log of `run` contains only errors.
      if (name.startsWith('simulate'))
        expect(outcome.waiting[0]).toBe('waiting for Kafka at localhost:1 (connection refused), up to 30 s');
      expect(outcome.seconds).toBeGreaterThan(25);
      expect(outcome.seconds).toBeLessThan(50);
    },
  );

  test.concurrent.each(['run on a deaf Kafka', 'run on a deaf PostgreSQL'])(
    '%s, which accepts connections but never answers, ends as unreachable: 4',
    async (name) => {
      const outcome = await unreachable.get(name);
      if (!outcome) throw new Error(`${name} was not started`);
      expect(outcome).toEndWith(4);
      expectClear(outcome, /no (Kafka|PostgreSQL) .*answers/);
    },
  );
});
