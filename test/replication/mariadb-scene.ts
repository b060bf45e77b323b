/** Helpers for tests from PostgreSQL to MariaDB: every server of a migration, and databases of both sides. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { inject } from 'vitest';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../../stack/stack.ts';
import { startGuardian } from '../guardian.ts';
import { serverOf } from '../mariadb-of-run.ts';
import { startMariadb } from '../mariadb-server.ts';
import { sluice } from '../sluice.ts';

type Env = Readonly<Record<string, string>>;

/** Servers of their own, until dispose. */
export type MigrationStack = AsyncDisposable & { readonly env: Env };
/** A source, a target, and the environment of commands between them. */
export type Databases = Awaited<ReturnType<typeof databases>>;

/** Every server of a migration, until dispose. Sluice's own tables are in a database of its own, so the target is a server of its own. */
export async function migrationStack(): Promise<MigrationStack> {
  const guardian = startGuardian();
  const root = await mkdtemp(join(tmpdir(), 'sluice-migration-'));
  // As root the servers run as another user, who needs access.
  await chmod(root, 0o755);
  const dir = join(root, '.sluice');
  guardian.watch(dir);
  const state = await stackUp({
    dir,
    cacheDir: join(DEFAULT_DIR, 'cache'),
    connect: true,
    ports: { kafka: 0, postgres: 0, source: 0, connect: 0 },
    report: () => undefined,
  });
  const target = await (serverOf(inject('mariadbProject')) ?? startMariadb)();
  return {
    env: { ...stackEnv(state), MYSQL_URL: target.url },
    async [Symbol.asyncDispose]() {
      await target.stop();
      await stackDestroy(dir, () => undefined);
      await rm(root, { recursive: true, force: true });
      guardian.release(dir);
      await guardian[Symbol.asyncDispose]();
    },
  };
}

/** A source database and a database of MariaDB with this name, and the environment in which commands use them. */
export async function databases(env: Env, name: string) {
  const admin = new pg.Client({ connectionString: env.SOURCE_DB_URL });
  await admin.connect();
  await admin.query(`create database ${name}`).finally(() => admin.end());
  const sourceUrl = new URL(env.SOURCE_DB_URL ?? '');
  sourceUrl.pathname = `/${name}`;
  const targetUrl = new URL(env.MYSQL_URL ?? '');
  const onServer = new URL(targetUrl);
  onServer.pathname = '/mysql';
  targetUrl.pathname = `/${name}`;
  const source = new pg.Client({ connectionString: sourceUrl.href });
  // After a failed test the server ends before the session.
  source.on('error', () => undefined);
  await source.connect();
  const target = await mysql.createConnection(onServer.href.replace('mariadb:', 'mysql:'));
  await target.query(`create database ${name}`);
  await target.query(`use ${name}`);
  const own: Env = {
    KAFKA_BOOTSTRAP_SERVERS: env.KAFKA_BOOTSTRAP_SERVERS ?? '',
    KAFKA_CONNECT_URL: env.KAFKA_CONNECT_URL ?? '',
    KAFKA_GROUP_ID: name,
    SOURCE_DB_URL: sourceUrl.href,
    TARGET_DB_URL: targetUrl.href,
    SLUICE_LOG_FORMAT: 'json',
  };
  const connector = ['--name', name, '--topic-prefix', name, '--slot', name, '--publication', name];
  return {
    source,
    sourceUrl: sourceUrl.href,
    target,
    env: own,
    topics: `^${name}\\..*`,
    run: (args: readonly string[]) =>
      sluice(args[1] === 'create' && args[0] === 'connector' ? [...args, ...connector] : args, { env: own }),
    end: async () => {
      await target.end();
      await source.end();
    },
  };
}
