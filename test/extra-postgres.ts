/** A second PostgreSQL: of another version, or with settings that the shared one must not have. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianBinaries } from '../stack/postgres/binaries.ts';
import { stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';
import { startGuardian } from './guardian.ts';

export type ExtraPostgres = AsyncDisposable & {
  /** URL of a database whose user is a superuser. */
  readonly url: string;
};

/** Version and settings. */
export type ExtraPostgresOptions = {
  /** Major version from the machine's packages; the embedded PostgreSQL if absent or not installed. */
  readonly major?: number;
  readonly settings?: Readonly<Record<string, string>>;
};

/** Starts it in a temporary folder on a free port. Dispose, or the end of the run, stops and deletes it. */
export async function extraPostgres({ major, settings = {} }: ExtraPostgresOptions = {}): Promise<ExtraPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-postgres-'));
  // As root the server runs as another user, who needs access.
  await chmod(dir, 0o755);
  const guardian = startGuardian();
  guardian.watch(dir);
  const binaries = major === undefined ? undefined : await debianBinaries(major);
  const report = () => undefined;
  const end = async () => {
    await stackDestroy(dir, report);
    await rm(dir, { recursive: true, force: true });
    guardian.release(dir);
    await guardian[Symbol.asyncDispose]();
  };
  try {
    const state = await stackUp({
      dir,
      kafka: false,
      ports: { postgres: 0 },
      // The data is for the tests of a file, and may go with the machine.
      postgresSettings: { fsync: 'off', ...settings },
      ...(binaries === undefined ? {} : { postgresBinaries: binaries }),
      report,
    });
    return { url: stackEnv(state).DATABASE_URL ?? '', [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}
