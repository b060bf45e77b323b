/** Helpers for tests of replication: a stack with Debezium, and scenes with a source, a connector and a target. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { readTables } from '../../engines/postgres/catalogue/read.ts';
import { debianBinaries } from '../../stack/postgres/binaries.ts';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../../stack/stack.ts';
import { startGuardian } from '../guardian.ts';
import { type Running, sluice, start, until } from '../sluice.ts';
import { brokenConstraints, differences } from './compare.ts';
import { runWorkload, type Workload } from './workload.ts';

/** Servers of their own, until dispose. */
export type ReplicationStack = AsyncDisposable & {
  readonly env: Readonly<Record<string, string>>;
  readonly scene: () => Promise<Scene>;
};
/** A source, a target, and the replication between them. */
export type Scene = Awaited<ReturnType<typeof scene>>;

/**
 * Kafka, Kafka Connect with Debezium, a target, and a source of version `major` if the machine has it (default 15,
 * null for the newest). Takes about 20 s.
 */
export async function replicationStack(major: number | null = 15): Promise<ReplicationStack> {
  const guardian = startGuardian();
  const root = await mkdtemp(join(tmpdir(), 'sluice-replication-'));
  // As root the servers run as another user, who needs access.
  await chmod(root, 0o755);
  const dir = join(root, '.sluice');
  guardian.watch(dir);
  const sourceBinaries = major === null ? undefined : await debianBinaries(major);
  const state = await stackUp({
    dir,
    cacheDir: join(DEFAULT_DIR, 'cache'),
    connect: true,
    ports: { kafka: 0, postgres: 0, source: 0, connect: 0 },
    ...(sourceBinaries === undefined ? {} : { sourceBinaries }),
    report: () => undefined,
  });
  const env = stackEnv(state);
  return {
    env,
    scene: () => scene(env),
    async [Symbol.asyncDispose]() {
      await stackDestroy(dir, () => undefined);
      await rm(root, { recursive: true, force: true });
      guardian.release(dir);
      await guardian[Symbol.asyncDispose]();
    },
  };
}

/** A session with times in UTC. */
export async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  return client;
}

/** An empty database on the server of `url`. */
async function database(url: string | undefined, name: string): Promise<string> {
  const admin = await session(url ?? '');
  await admin.query(`create database ${name}`).finally(() => admin.end());
  const own = new URL(url ?? '');
  own.pathname = `/${name}`;
  return own.href;
}

/** A source, a target, and a connector between the source and Kafka. */
async function scene(env: Readonly<Record<string, string>>) {
  const name = `r${Math.random().toString(36).slice(2, 10)}`;
  const sourceUrl = await database(env.SOURCE_URL, name);
  const targetUrl = await database(env.DATABASE_URL, name);
  const [source, target] = [await session(sourceUrl), await session(targetUrl)];
  const own = {
    KAFKA_BOOTSTRAP_SERVERS: env.KAFKA_BOOTSTRAP_SERVERS,
    KAFKA_CONNECT_URL: env.KAFKA_CONNECT_URL,
    SOURCE_URL: sourceUrl,
    TARGET_URL: targetUrl,
    DATABASE_URL: targetUrl,
    KAFKA_GROUP_ID: name,
    KAFKA_TOPIC_PATTERN: `^${name}\\.`,
    SLUICE_LOG_FORMAT: 'json',
  };
  const connector = (...args: readonly string[]) => sluice(['connector', ...args, '--name', name], { env: own });
  const create = (...args: readonly string[]) =>
    connector('create', '--topic-prefix', name, '--slot', name, '--publication', name, ...args);
  const begun: Running[] = [];
  const replicate = (...args: readonly string[]): Running => {
    const running = start(['replicate', ...args], { env: own, limit: 600_000 });
    begun.push(running);
    return running;
  };
  const deadLetters = async () =>
    (
      await target.query(
        `select topic, partition, "offset", code, reason from sluice.dead_letter order by topic, partition, "offset" limit 10`,
      )
    ).rows;
  return {
    name,
    source,
    target,
    sourceUrl,
    env: own,
    replicate,
    connector,
    connect: async (...args: readonly string[]) => {
      const { code, stderr } = await create(...args);
      expect(code, stderr).toBe(0);
    },
    /** `sluice connector create`, with any exit code. */
    create,
    sluice: (...args: readonly string[]) => sluice(args, { env: own }),
    /** A workload in a session of its own. */
    change: async (workload: Workload): Promise<number> => {
      const client = await session(sourceUrl);
      return await runWorkload(client, workload).finally(() => client.end());
    },
    /** Waits until the connector has read all rows and streams changes. */
    snapshotTaken: () =>
      until(
        async () => {
          const answer = await fetch(`${env.KAFKA_CONNECT_URL}/connectors/${name}/offsets`);
          const { offsets } = (await answer.json()) as { offsets: { offset: Record<string, unknown> }[] };
          const [first] = offsets;
          return first !== undefined && first.offset.snapshot === undefined;
        },
        'the snapshot is taken',
        60_000,
      ),
    /** Waits until the target equals the source, and stops the replication. */
    equal: async (running: Running) => {
      const tables = await readTables(source, ['public']);
      let looked = 0;
      const same = async () => {
        // A comparison reads every row of both sides, so it runs at most once a second.
        if (performance.now() - looked < 1_000) return false;
        looked = performance.now();
        const missing = await target.query(`select count(*)::integer as n from pg_tables where schemaname = 'public'`);
        if (missing.rows[0]?.n < tables.length) return false;
        const same = (await differences(source, target, tables, 1)).length === 0;
        looked = performance.now();
        return same;
      };
      try {
        await until(same, 'the target equals the source', 300_000);
      } catch (error) {
        const found = await differences(source, target, tables, 5).catch(String);
        throw new Error(
          `${error}\n${JSON.stringify(found, null, 1)}\n${JSON.stringify(await deadLetters().catch(String))}\n${running.said().slice(-3_000)}`,
        );
      }
      // A process that has only just started cannot end cleanly yet.
      await until(async () => /joined the group/.test(running.said()), 'it has joined', 60_000);
      running.kill('SIGTERM');
      const ended = [await running.finished, await replicate('--until-caught-up').finished];
      for (const { code, stdout, stderr } of ended) {
        expect({ code, said: (stdout + stderr).slice(-2_000) }).toEndWith(0);
      }
      expect(`${ended[1]?.stderr}${ended[1]?.stdout}`).toMatch(/caught up: .*all constraints hold/);
      expect(await deadLetters()).toEqual([]);
      expect(await brokenConstraints(target)).toEqual([]);
      const unbalanced = await target.query(
        `select topic, partition from sluice.checkpoint where read <> next_offset or read <> applied + superseded + filtered + parked`,
      );
      expect(unbalanced.rows).toEqual([]);
      const again = await target.query('select topic, partition from sluice.checkpoint where generation > 0');
      expect(again.rows).toEqual([]);
      expect((await target.query('select * from sluice.deferred_row')).rows).toEqual([]);
    },
    [Symbol.asyncDispose]: async () => {
      for (const running of begun) running.kill('SIGKILL');
      await connector('delete', '--drop-slot');
      await source.end();
      await target.end();
    },
  };
}
