/** The benchmark's own servers, a database for each run, and a description of the machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { isMysqlAddress } from '../engines/mysql/connection/address.ts';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';
import type { DatabaseServer } from './database-server.ts';
import { mariadbServer } from './mariadb-server.ts';
import { postgresServer } from './postgres-server.ts';

/** The running servers. */
export type Servers = {
  readonly brokers: string;
  /** Address of the database server that is written to. */
  readonly url: string;
  readonly pids: { readonly kafka: number; readonly database: number };
  /** Hardware, versions and relevant settings, as one line. */
  readonly description: string;
};

/** The products that can be written to. */
export const targets = ['postgres', 'mariadb'] as const;
export type Target = (typeof targets)[number];

export const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Runs `work` with a Kafka and a database server that are deleted afterwards. */
export async function withServers(
  work: (servers: Servers) => Promise<void>,
  target: Target = 'postgres',
): Promise<void> {
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
    const [postgres, mariadb] = [target === 'postgres', target === 'mariadb'];
    const ports = { kafka: 0, postgres: 0, mariadb: 0 };
    const state = await stackUp({ dir, cacheDir, postgres, mariadb, ports, report: print });
    const { KAFKA_BOOTSTRAP_SERVERS: brokers = '', DATABASE_URL, MYSQL_URL } = stackEnv(state);
    const { kafka, [target]: database } = state;
    const url = DATABASE_URL ?? MYSQL_URL;
    if (!kafka || !database || url === undefined) throw new Error('a server is missing');
    const product = await databaseServerOf(url).describe(url);
    const description = `${machine()}; Node ${process.version}, Kafka ${kafka.version}, ${product}`;
    await work({ brokers, url, pids: { kafka: kafka.pid, database: database.pid }, description });
  } finally {
    await end();
  }
}

const machine = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;

/** The kind of server behind a URL. */
export const databaseServerOf = (url: string): DatabaseServer => (isMysqlAddress(url) ? mariadbServer : postgresServer);

/** Runs `work` in a database of its own. */
export const inFreshDatabase = <T>(url: string, work: (url: string) => Promise<T>): Promise<T> =>
  databaseServerOf(url).inFreshDatabase(url, work);
