/**
 * The servers of the integration tests: those named by TEST_KAFKA_BOOTSTRAP and TEST_DATABASE_URL, else one local
 * stack for the whole run, in a temporary folder on free ports, deleted at the end. If a server is not available,
 * its tests are skipped with the reason; with CI=true that is a failure. MariaDB starts beside them: `mariadb-of-run.ts`.
 */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';
import { startGuardian } from './guardian.ts';
import { type MariadbOfRun, mariadbOf } from './mariadb-of-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Bootstrap servers of Kafka, null when there is none. */
    kafka: string | null;
    /** URL of a database whose user may create databases, null when there is none. */
    databaseUrl: string | null;
    /** Why one of them is null. */
    serversMissing: string | null;
    /** URL of a MariaDB or MySQL whose user has all rights, null when there is none. */
    mariadbUrl: string | null;
    /** Why that is null. */
    mariadbMissing: string | null;
    /** The Vitest project, which decides the version of that server. */
    mariadbProject: string;
  }
}

type Servers = { kafka: string | null; databaseUrl: string | null; serversMissing: string | null };
type Shared = { users: number; servers: Servers; stop: () => Promise<void> };

/** Each Vitest project loads this file again in the same process, so the shared state is on `globalThis`. */
const SHARED = Symbol.for('sluice.test.servers');
const processState = globalThis as { [SHARED]?: Promise<Shared> };

/** Vitest's global set-up: provides the servers; returns the tear-down. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  processState[SHARED] ??= start();
  const starting = processState[SHARED];
  const [shared, mariadb] = await bothStarted(starting, mariadbOf(project));
  shared.users += 1;
  project.provide('kafka', shared.servers.kafka);
  project.provide('databaseUrl', shared.servers.databaseUrl);
  project.provide('serversMissing', shared.servers.serversMissing);
  project.provide('mariadbUrl', mariadb.url);
  project.provide('mariadbMissing', mariadb.missing);
  project.provide('mariadbProject', project.name);
  return async () => {
    await mariadb.stop();
    shared.users -= 1;
    if (shared.users > 0) return;
    delete processState[SHARED];
    await shared.stop();
  };
}

/** Waits for both. If one does not start, the other one is stopped. */
async function bothStarted(starting: Promise<Shared>, mariadb: Promise<MariadbOfRun>) {
  try {
    return await Promise.all([starting, mariadb]);
  } catch (error) {
    const [shared, beside] = await Promise.allSettled([starting, mariadb]);
    if (shared.status === 'fulfilled' && shared.value.users === 0) await shared.value.stop();
    if (beside.status === 'fulfilled') await beside.value.stop();
    throw error;
  }
}

async function start(): Promise<Shared> {
  const kafka = process.env.TEST_KAFKA_BOOTSTRAP || null;
  const databaseUrl = process.env.TEST_DATABASE_URL || null;
  const named = { kafka, databaseUrl, serversMissing: null };
  if (kafka !== null && databaseUrl !== null) return { users: 0, servers: named, stop: async () => {} };

  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  // As root the server runs as another user, who needs access.
  await chmod(dir, 0o755);
  const guardian = startGuardian();
  guardian.watch(dir);
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  const up = (which: { kafka: boolean; postgres: boolean }) =>
    stackUp({
      dir,
      cacheDir: join(DEFAULT_DIR, 'cache'),
      ports: { kafka: 0, postgres: 0 },
      // Without fsync the data still survive the death of any process, but not of the machine.
      postgresSettings: { fsync: 'off' },
      report,
      ...which,
    });
  const stop = async () => {
    await stackDestroy(dir, report, { cache: true });
    guardian.release(dir);
    await guardian[Symbol.asyncDispose]();
  };
  try {
    const missing: string[] = [];
    const note = (error: unknown) => missing.push(error instanceof Error ? error.message : String(error));
    const wanted = { kafka: kafka === null, postgres: databaseUrl === null };
    const state = await up(wanted).catch((error: unknown) => {
      note(error);
      // Many tests need only PostgreSQL, so a machine without Java still runs those.
      return up({ ...wanted, kafka: false }).catch((also: unknown) => {
        note(also);
        return { dir };
      });
    });
    if (missing.length > 0 && process.env.CI === 'true') throw new Error(`with CI=true: ${missing.join('; ')}`);
    const env = stackEnv(state);
    const servers = {
      kafka: kafka ?? env.KAFKA_BOOTSTRAP_SERVERS ?? null,
      databaseUrl: databaseUrl ?? env.DATABASE_URL ?? null,
      serversMissing: missing.join('; ') || null,
    };
    return { users: 0, servers, stop };
  } catch (error) {
    await stop();
    throw new Error(`the servers for the tests did not start\n${lines.join('\n')}`, { cause: error });
  }
}
