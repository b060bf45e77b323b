/** Proves that `sluice doctor` finds each planted fault and names its fix. */
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDump } from '../engines/postgres/load/dump/load-dump.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { migrations } from '../schemas/migrations.ts';
import {
  bootstrap,
  describeServers,
  type FreshDatabase,
  type FreshTopic,
  freshDatabase,
  freshTopic,
} from '../test/context.ts';
import { sluice } from '../test/sluice.ts';
import type { Finding } from './doctor/finding.ts';

describeServers('sluice doctor', () => {
  let database: FreshDatabase;
  let topic: FreshTopic;
  let folder: string;

  beforeAll(async () => {
    [database, topic] = await Promise.all([freshDatabase('doctor'), freshTopic(3, 'doctor')]);
    folder = await mkdtemp(join(tmpdir(), 'sluice-doctor-'));
    await onDatabase(database.url, (client) => migrate(client));
  });
  afterAll(async () => {
    await Promise.all([database?.[Symbol.asyncDispose](), topic?.[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the doctor in a healthy environment with the given changes. */
  const environment = (planted: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    SLUICE_DIR: folder,
    KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
    KAFKA_TOPIC: topic.name,
    DATABASE_URL: database.url,
    ...planted,
  });

  async function examine(planted: NodeJS.ProcessEnv = {}, ...args: string[]) {
    const started = Date.now();
    const { code, stdout, stderr } = await sluice(['doctor', '--json', ...args], { env: environment(planted) });
    expect(stderr).toBe('');
    expect(Date.now() - started).toBeLessThan(20_000);
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    return { code, findings, faults: findings.filter(({ verdict }) => verdict === 'fault') };
  }

  /** Expects exactly this fault, with this fix. */
  async function finds(check: string, sentence: RegExp, fix: RegExp, planted?: NodeJS.ProcessEnv, ...args: string[]) {
    const { code, faults } = await examine(planted, ...args);
    expect(faults).toEqual([
      { check, verdict: 'fault', sentence: expect.stringMatching(sentence), fix: expect.stringMatching(fix) },
    ]);
    expect(code).toBe(1);
  }

  test('finds no fault in a healthy environment, and leaves no file behind', async () => {
    const { code, faults, findings } = await examine();
    expect({ code, faults }).toEqual({ code: 0, faults: [] });
    const said = Object.fromEntries(findings.map(({ check, sentence }) => [check, sentence]));
    expect(said).toMatchObject({
      Kafka: expect.stringContaining(`${bootstrap()} (environment) answers`),
      topic: `${topic.name}, 3 partitions, 0 records`,
      PostgreSQL: expect.stringContaining('(environment) answers'),
      encoding: 'UTF8',
      schema: `version ${migrations().length}, the newest`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('prints findings as lines, with fixes below', async () => {
    const { code, stdout } = await sluice(['doctor', '--topic', 'nobody'], { env: environment() });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok {5}Node +Node \d+/);
    expect(stdout).toMatch(
      /^fault {2}topic +nobody does not exist.*\n +→ npx sluice run --create-topic --topic nobody/m,
    );
    expect(stdout).toMatch(/\n\n1 fault, \d+ notes?, \d+ ok: .*\n$/);
  });

  test('1: reports a taken port and its process', async () => {
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    const dir = await mkdtemp(join(tmpdir(), 'sluice-doctor-port-'));
    // The stack reuses the ports of its last start. No option names a server here.
    await writeFile(join(dir, 'stack.json'), JSON.stringify({ dir, kafkaPort: port, postgresPort: port }));
    try {
      const { code, faults } = await examine({ SLUICE_DIR: dir, KAFKA_BOOTSTRAP_SERVERS: '', DATABASE_URL: '' });
      expect(code).toBe(1);
      expect(faults).toContainEqual({
        check: `port ${port}`,
        verdict: 'fault',
        sentence: expect.stringMatching(
          process.platform === 'linux' ? new RegExp(`taken by .* \\(pid ${process.pid}\\)`) : /taken by/,
        ),
        fix: expect.stringMatching(/^npx sluice stack up .*next free port/),
      });
    } finally {
      server.close();
      await rm(dir, { recursive: true });
    }
  });

  test('2: reports a Java that is too old', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'sluice-doctor-java-'));
    const java = join(bin, 'java');
    await writeFile(java, '#!/bin/sh\necho "    java.home = /old/java"\necho "    java.version = 11.0.2"\n');
    await chmod(java, 0o755);
    try {
      // Only a local Kafka needs Java.
      const elsewhere = await examine({ PATH: bin, JAVA_HOME: '' });
      expect(elsewhere.findings).toContainEqual(expect.objectContaining({ check: 'Java', verdict: 'note' }));
      const { code, faults } = await examine({ PATH: bin, JAVA_HOME: '', KAFKA_BOOTSTRAP_SERVERS: '' });
      expect(code).toBe(1);
      expect(faults).toContainEqual({
        check: 'Java',
        verdict: 'fault',
        sentence: expect.stringMatching(/needs Java 17 or newer: .* is version 11\.0\.2/),
        fix: expect.stringMatching(/install/),
      });
    } finally {
      await rm(bin, { recursive: true });
    }
  });

  test('3: reports a wrong password, and a user with too few privileges', async () => {
    const user = `doctor_${Date.now()}`;
    await onDatabase(database.url, (client) => client.query(`create role ${user} login password 'right'`));
    try {
      const url = new URL(database.url);
      url.username = user;
      url.password = 'wrong';
      await finds('PostgreSQL', /refuses the login: password authentication failed/, /in DATABASE_URL$/, {
        DATABASE_URL: url.href,
      });
      url.password = 'right';
      await finds('privileges', /tables of Sluice belong to /, /^export POSTGRES_USER=/, { DATABASE_URL: url.href });

      await using empty = await freshDatabase('doctor_grants');
      url.pathname = `/${empty.name}`;
      const { faults } = await examine({ DATABASE_URL: url.href });
      const [{ sentence = '', fix = '' } = {}] = faults;
      expect(sentence).toMatch(/may not create schemas/);
      // After the fix `run` can create its schema.
      await onDatabase(empty.url, (client) => client.query(fix.slice(fix.indexOf('GRANT'))));
      expect((await examine({ DATABASE_URL: url.href })).faults).toEqual([]);
      await onDatabase(url.href, (client) => migrate(client));
      // The database is used again by other tests, and would keep the role from being dropped.
      await onDatabase(empty.url, (client) => client.query(`drop owned by ${user} cascade`));
    } finally {
      await onDatabase(database.url, (client) => client.query(`drop role ${user}`));
    }
  });

  test('4: reports a database in SQL_ASCII', async () => {
    const name = `doctor_ascii_${Date.now()}`;
    const create = `create database ${name} encoding 'SQL_ASCII' locale_provider libc lc_collate 'C' lc_ctype 'C' template template0`;
    await onDatabase(database.url, (client) => client.query(create));
    try {
      const url = new URL(database.url);
      url.pathname = `/${name}`;
      await finds('encoding', /encoded in SQL_ASCII/, /CREATE DATABASE \w+_utf8 ENCODING 'UTF8' TEMPLATE template0/, {
        DATABASE_URL: url.href,
      });
    } finally {
      await onDatabase(database.url, (client) => client.query(`drop database ${name} with (force)`));
    }
  });

  test('5: reports a named topic that does not exist, and similar topics', async () => {
    const like = `${topic.name.slice(0, -1)}`;
    const sentence = new RegExp(`${like} does not exist; topics like it: .*${topic.name}`);
    await finds('topic', sentence, /^npx sluice run --create-topic --topic /, { KAFKA_TOPIC: like });
  });

  test('reports a stopped local stack first, and checks no other server instead', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-doctor-stopped-'));
    await writeFile(join(dir, 'stack.json'), JSON.stringify({ dir, kafkaPort: 1, postgresPort: 2 }));
    try {
      const nothing = { SLUICE_DIR: dir, KAFKA_BOOTSTRAP_SERVERS: '', DATABASE_URL: '' };
      const { code, findings, faults } = await examine(nothing);
      expect(code).toBe(1);
      expect(findings[0]).toEqual({
        check: 'local stack',
        verdict: 'fault',
        sentence: 'the local stack of this checkout is not running',
        fix: expect.stringMatching(/^npx sluice stack up .*name it/),
      });
      expect(faults.filter(({ check }) => check === 'local stack')).toHaveLength(1);
      expect(findings.filter(({ check }) => check === 'Kafka' || check === 'PostgreSQL')).toMatchObject([
        { verdict: 'note' },
        { verdict: 'note' },
      ]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('6: reports an unreachable broker', async () => {
    const closed = await listening();
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const fix = /KAFKA_BOOTSTRAP_SERVERS.*npx sluice stack up/;
    await finds('Kafka', /127\.0\.0\.1:\d+ refuses connections/, fix, {
      KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}`,
    });
    await finds('Kafka', /is an unknown host|cannot be looked up/, fix, {
      KAFKA_BOOTSTRAP_SERVERS: 'nowhere.invalid:9092',
    });
    // A server that accepts connections but never answers.
    const silent = await listening();
    const address = silent.address() as AddressInfo;
    try {
      await finds('Kafka', /does not answer/, fix, { KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${address.port}` });
    } finally {
      silent.close();
    }
  });

  test('7: reports a folder that cannot be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    try {
      await finds('stack folder', /cannot be written/, /SLUICE_DIR/, { SLUICE_DIR: join(file, 'below') });
      if (process.platform === 'linux')
        await finds('stack folder', /cannot be written/, /SLUICE_DIR/, { SLUICE_DIR: '/proc/sluice' });
    } finally {
      await rm(file);
    }
  });

  test('8: reports an old schema, and a schema newer than this Sluice', async () => {
    await using old = await freshDatabase('doctor_old');
    const newest = migrations().length;
    expect((await examine({ DATABASE_URL: old.url })).findings).toContainEqual(
      expect.objectContaining({ check: 'schema', verdict: 'note', sentence: expect.stringContaining('none yet') }),
    );
    const dump = join(import.meta.dirname, '../test/fixtures/releases/0.1.0/users.sql.gz');
    await onDatabase(old.url, (client) => loadDump(client, dump));
    const older = new RegExp(
      `has schema version 6, this Sluice needs ${newest}: it lacks 7 own_functions, 8 users_quality`,
    );
    await finds('schema', older, /npx sluice schema migrate/, { DATABASE_URL: old.url });
    await onDatabase(old.url, async (client) => {
      await migrate(client);
      await client.query("insert into sluice.schema_version (version, name) values ($1, 'y')", [newest + 1]);
    });
    await finds('schema', /has schema version \d+, this Sluice knows/, /git pull && npm ci/, { DATABASE_URL: old.url });
  });

  test('9: reports manually changed tables, each with the statement that repairs it', async () => {
    await using changed = await freshDatabase('doctor_changed');
    await onDatabase(changed.url, async (client) => {
      await migrate(client);
      await client.query(`alter table sluice.checkpoint drop constraint record_counts_balance, drop column streamed,
        alter column generation drop not null; drop view user_analytics; alter table sluice.target add column mine text`);
    });
    const { faults, findings } = await examine({ DATABASE_URL: changed.url });
    expect(faults.map(({ sentence }) => sentence).sort()).toEqual([
      'column sluice.checkpoint.generation is integer default 0, not integer default 0 not null',
      'column sluice.checkpoint.streamed is missing',
      'constraint sluice.checkpoint.record_counts_balance is missing',
      'view user_analytics is missing',
    ]);
    const extra = findings.find(({ verdict, check }) => check === 'schema' && verdict === 'note');
    expect(extra?.sentence).toBe('column sluice.target.mine should not be there');
    const statements = [...faults, extra].flatMap((one) => /sql --write "(.*)"$/.exec(one?.fix ?? '')?.[1] ?? []);
    expect(statements).toHaveLength(3);
    for (const statement of statements) await onDatabase(changed.url, (client) => client.query(statement));
    const after = await examine({ DATABASE_URL: changed.url });
    expect(after.faults.filter(({ sentence }) => /streamed|record_counts_balance|mine/.test(sentence))).toEqual([]);
  });

  test('reports a damaged record of the local stack', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-doctor-record-'));
    await writeFile(join(dir, 'stack.json'), '{');
    try {
      await finds('stack file', /is damaged/, /^rm '.*stack\.json'$/, { SLUICE_DIR: dir });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function listening(): Promise<Server> {
  const server = createServer(() => undefined);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
