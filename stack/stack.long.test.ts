/** Proves that the local stack starts, finds, stops and deletes its servers, with real servers in folders of its own. */

import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { ensureTopic } from '../adapters/kafka/topics/topic.ts';
import { startGuardian } from '../test/guardian.ts';
import { possibleHomes } from './account/home.ts';
import { identify, isRunning } from './processes/process.ts';
import {
  DEFAULT_DIR,
  PrerequisiteError,
  readStack,
  type StackOptions,
  type StackState,
  stackDestroy,
  stackDown,
  stackEnv,
  stackStatus,
  stackUp,
} from './stack.ts';
import { readRecord, writeRecord } from './state/state.ts';

const hasKafka = inject('kafka') !== null;
const isRoot = process.getuid?.() === 0;
const cacheDir = join(DEFAULT_DIR, 'cache');

const guardian = startGuardian();
let root: string;
let dir: string;
let lines: string[];
const report = (line: string) => void lines.push(line);

beforeEach(async () => {
  lines = [];
  root = await mkdtemp(join(tmpdir(), 'sluice-stack-'));
  await chmod(root, 0o755);
  dir = join(root, '.sluice');
  guardian.watch(dir);
});

afterAll(() => guardian[Symbol.asyncDispose]());

afterEach(async () => {
  vi.unstubAllEnvs();
  await stackDestroy(dir, report, { cache: true });
  await rm(root, { recursive: true });
  guardian.release(dir);
});

const up = (options: Partial<StackOptions> = {}) =>
  stackUp({ dir, cacheDir, ports: { kafka: 0, postgres: 0 }, report, ...options });
const upPostgres = (options: Partial<StackOptions> = {}) => up({ kafka: false, ...options });

async function sql<T extends pg.QueryResultRow>(state: StackState, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: stackEnv(state).DATABASE_URL ?? '' });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

async function topics(state: StackState): Promise<string[]> {
  const brokers = [stackEnv(state).KAFKA_BOOTSTRAP_SERVERS ?? ''];
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    if ((await admin.listTopics()).includes('kept')) return await admin.listTopics();
    await ensureTopic(admin, 'kept', { partitions: 2 });
    return [];
  } finally {
    await admin.disconnect();
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe.skipIf(!hasKafka)(`the whole stack${hasKafka ? '' : ` (${inject('serversMissing')})`}`, () => {
  it('starts, is found again, keeps its data when stopped, and leaves nothing when destroyed', async () => {
    const first = await up();
    await sql(first, 'create table kept (id int)');
    await topics(first);

    const again = await up();
    expect(again).toEqual(first);
    expect((await stackStatus(dir)).kafka.health).toBe('ready');

    await stackDown(dir, report);
    expect(readStack(dir)).toBeUndefined();
    for (const server of [first.kafka, first.postgres]) expect(server && isRunning(server)).toBe(false);

    const started = Date.now();
    const second = await up();
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(await sql(second, 'select * from kept')).toEqual([]);
    expect(await topics(second)).toContain('kept');

    await stackDestroy(dir, report);
    expect([second.kafka, second.postgres].some((server) => server && isRunning(server))).toBe(false);
    expect(await exists(dir)).toBe(false);
  });

  it('restarts a missing server, and starts on its data after a crash', async () => {
    const first = await up();
    await topics(first);
    process.kill(first.postgres?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(readStack(dir)?.postgres).toBeUndefined());
    const completed = await up();
    expect(completed.kafka).toEqual(first.kafka);
    expect(completed.postgres?.pid).not.toBe(first.postgres?.pid);

    process.kill(first.kafka?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(readStack(dir)?.kafka).toBeUndefined());
    expect(await topics(await up())).toContain('kept');
  });

  it('stops the servers it has started when it is interrupted', async () => {
    const interrupt = new AbortController();
    const running = up({
      signal: interrupt.signal,
      report: (line) => line.startsWith('PostgreSQL: 18') && interrupt.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    expect(readStack(dir)).toBeUndefined();
  });
});

describe('PostgreSQL alone', () => {
  it('stores text as UTF8, durably, without a locale of the machine', async () => {
    for (const name of ['LANG', 'LC_ALL', 'LC_CTYPE']) vi.stubEnv(name, undefined);
    const state = await upPostgres();
    const [settings] = await sql<Record<string, string>>(
      state,
      `select current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
              current_setting('synchronous_commit') as commit, upper('äé €') as upper`,
    );
    expect(settings).toEqual({ encoding: 'UTF8', fsync: 'on', commit: 'on', upper: 'ÄÉ €' });
  });

  it('starts with a locale that was never generated', async () => {
    vi.stubEnv('LC_ALL', 'xx_XX.UTF-8');
    vi.stubEnv('LANG', 'xx_XX.UTF-8');
    expect((await upPostgres()).postgres).toBeDefined();
  });

  it('serves two callers at once with one server', async () => {
    const [one, two] = await Promise.all([upPostgres(), upPostgres()]);
    expect(one).toEqual(two);
    expect(lines.filter((line) => line.includes('already running'))).toHaveLength(1);
  });

  it('replaces the lock of a process that has ended', async () => {
    await mkdir(dir);
    await writeFile(join(dir, 'stack.lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    expect((await upPostgres()).postgres).toBeDefined();
    expect(await exists(join(dir, 'stack.lock'))).toBe(false);
  });

  it('never stops another process that has the pid of its server', async () => {
    const { postgres } = await upPostgres();
    await stackDown(dir, report);
    const recycled = identify(process.pid);
    if (postgres === undefined || recycled === undefined) throw new Error('no process to test with');
    await writeRecord({ ...readRecord(dir), postgres: { ...postgres, pid: recycled.pid } });
    expect(readStack(dir)).toBeUndefined();
    await stackDown(dir, report);
    expect(lines).toContain('PostgreSQL: had already ended');
    expect((await upPostgres()).postgres?.pid).not.toBe(recycled.pid);
  });

  it('finds and stops a server whose record was deleted', async () => {
    const { postgres } = await upPostgres();
    await rm(join(dir, 'stack.json'));
    const next = await upPostgres();
    expect(next.postgres?.pid).not.toBe(postgres?.pid);
    expect(postgres && isRunning(postgres)).toBe(false);
  });

  it('names a requested port that is taken', async () => {
    const { postgres } = await upPostgres();
    const other = upPostgres({ dir: join(root, 'other'), ports: { postgres: postgres?.port ?? 0 } });
    await expect(other).rejects.toThrow(`port ${postgres?.port} on 127.0.0.1 is taken`);
    await stackDestroy(join(root, 'other'), report);
  });

  it('quotes the log of a server that does not start', async () => {
    const failed = upPostgres({ postgresSettings: { no_such_setting: '1' } });
    await expect(failed).rejects.toThrow(/PostgreSQL ended while starting.*\n[\s\S]*no_such_setting/);
    expect(readStack(dir)).toBeUndefined();
  });

  it.skipIf(!isRoot)(
    'works as root below a folder that only root can enter, and leaves the mode of that folder',
    async () => {
      const closed = join(root, 'closed');
      await mkdir(closed, { mode: 0o700 });
      dir = join(closed, '.sluice');
      guardian.watch(dir);
      const [, home = ''] = await possibleHomes(dir);
      const state = await upPostgres();
      expect(state.postgres?.dataDir).toBe(join(home, 'data'));
      await sql(state, 'create table kept (id int)');
      await stackDown(dir, report);
      expect(await sql(await upPostgres(), 'select * from kept')).toEqual([]);
      await stackDestroy(dir, report);
      expect(await exists(home)).toBe(false);
      expect(await readdir(closed)).toEqual([]);
    },
  );
});

describe('a missing prerequisite is named', () => {
  it('without Java', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    vi.stubEnv('JAVA_HOME', '/nonexistent/jdk');
    const error = await up({ postgres: false }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PrerequisiteError);
    expect(error).toMatchObject({ code: 'java-missing', fix: expect.stringMatching(/apt-get|brew/) });
    expect(String(error)).toContain('/nonexistent/jdk/bin/java (JAVA_HOME)');
  });

  it('with a stub instead of Java, a Java that is too old, and no Maven', async () => {
    const java = join(root, 'bin', 'java');
    await mkdir(join(root, 'bin'));
    vi.stubEnv('JAVA_HOME', undefined);
    vi.stubEnv('PATH', join(root, 'bin'));
    const pretend = async (script: string) => {
      await writeFile(java, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return up({ postgres: false, cacheDir: join(root, 'empty') }).catch((reason: unknown) => reason);
    };
    expect(await pretend('echo No Java runtime present >&2; exit 1')).toMatchObject({ code: 'java-missing' });
    const version = (text: string) => `echo "    java.home = /j"; echo "    java.version = ${text}"`;
    expect(await pretend(version('11.0.2'))).toMatchObject({ code: 'java-too-old' });
    expect(await pretend(version('17.0.2'))).toMatchObject({ code: 'maven-missing' });
  });

  it.skipIf(!hasKafka)('with a Maven that cannot fetch, which leaves no partial folder', async () => {
    const cache = join(root, 'cache');
    // Maven 3.8 uses only MAVEN_OPTS, 3.9 also MAVEN_ARGS.
    vi.stubEnv('MAVEN_OPTS', `-Dmaven.repo.local=${join(root, 'm2')} -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=1`);
    vi.stubEnv('MAVEN_ARGS', '--offline');
    const error = await up({ postgres: false, cacheDir: cache }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'maven-failed', message: expect.stringContaining('maven-dependency-plugin') });
    expect(await readdir(cache)).toEqual([]);
  });
});

it('keeps its record readable during concurrent writes', async () => {
  await mkdir(dir);
  await Promise.all(Array.from({ length: 20 }, () => writeRecord({ dir, kafkaPort: 1 })));
  expect(JSON.parse(await readFile(join(dir, 'stack.json'), 'utf8'))).toEqual({ dir, kafkaPort: 1 });
  expect(await readdir(dir)).toEqual(['stack.json']);
});
