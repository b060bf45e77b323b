/** The MariaDB of a test run: of the version that the stack starts, or another one. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MariadbBinaries } from '../stack/mariadb/binaries.ts';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';
import { startGuardian } from './guardian.ts';

/** A server for tests; `stop` deletes it. */
export type TestServer = { readonly url: string; readonly stop: () => Promise<void> };

/** Starts it in a temporary folder on a free port. The end of the run, for any reason, stops and deletes it. */
export async function startMariadb(binaries?: MariadbBinaries): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-mariadb-'));
  // As root the server runs as another user, who needs access.
  await chmod(dir, 0o755);
  const guardian = startGuardian();
  guardian.watch(dir);
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const stop = async () => {
    await stackDestroy(dir, report);
    await rm(dir, { recursive: true, force: true });
    guardian.release(dir);
    await guardian[Symbol.asyncDispose]();
  };
  try {
    const state = await stackUp({
      dir,
      cacheDir: join(DEFAULT_DIR, 'cache'),
      kafka: false,
      postgres: false,
      mariadb: true,
      ports: { mariadb: 0 },
      // Without these the data still survive the death of any process, but not of the machine.
      mariadbSettings: { sync_binlog: '0', innodb_flush_log_at_trx_commit: '2' },
      ...(binaries === undefined ? {} : { mariadbBinaries: binaries }),
      report,
    });
    return { url: stackEnv(state).MYSQL_URL ?? '', stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
