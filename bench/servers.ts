/** The benchmark's own servers, a database for each run, and a description of the machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';

/** The running servers. */
export type Servers = {
  readonly brokers: string;
  readonly url: string;
  readonly pids: { readonly kafka: number; readonly postgres: number };
  /** Hardware, versions and relevant settings, as one line. */
  readonly description: string;
};

export const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Runs `work` with a Kafka and a PostgreSQL that are deleted afterwards. */
export async function withServers(work: (servers: Servers) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const destroy = async () => {
    await stackDestroy(dir, () => undefined, { cache: false });
    await rm(dir, { recursive: true, force: true });
  };
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= destroy();
    return ended;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      print(`${signal}: the servers are stopped`);
      void end().finally(() => process.exit(130));
    });
  }
  try {
    const cacheDir = join(DEFAULT_DIR, 'cache');
    const state = await stackUp({ dir, cacheDir, ports: { kafka: 0, postgres: 0 }, report: print });
    const { KAFKA_BOOTSTRAP_SERVERS: brokers = '', DATABASE_URL: url = '' } = stackEnv(state);
    const { kafka, postgres } = state;
    if (!kafka || !postgres) throw new Error('a server is missing');
    const description = `${machine()}; Node ${process.version}, Kafka ${kafka.version}, ${await describePostgres(url)}`;
    await work({ brokers, url, pids: { kafka: kafka.pid, postgres: postgres.pid }, description });
  } finally {
    await end();
  }
}

const machine = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;

async function describePostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const names = ['server_version', 'fsync', 'synchronous_commit', 'shared_buffers'];
    const { rows } = await client.query<{ value: string }>(
      'select current_setting(name) as value from unnest($1::text[]) with ordinality as t(name, n) order by n',
      [names],
    );
    const [version, ...settings] = rows.map(({ value }) => value);
    return `PostgreSQL ${version} (${settings.map((value, i) => `${names[i + 1]} ${value}`).join(', ')})`;
  } finally {
    await client.end();
  }
}

/** Runs `work` in a database of its own. A checkpoint afterwards keeps its I/O out of the next run. */
export async function inFreshDatabase<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `bench_${process.hrtime.bigint()}`;
  const admin = new pg.Client({ connectionString: url });
  // When a signal stops the servers, the next query fails and reports it.
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    await admin.query(`create database ${name} encoding 'UTF8' template template0`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    return await work(own.href);
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query('checkpoint');
    await admin.end();
  }
}
