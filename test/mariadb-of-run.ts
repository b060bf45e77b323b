/**
 * The MariaDB or MySQL of a Vitest project. It is started only if a test of the run needs it. A machine that cannot have
 * it skips these tests with the reason; every other failure to start is an error with CI=true.
 */
import { relative } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PrerequisiteError } from '../stack/stack.ts';
import { debianMariadb } from './debian/mariadb.ts';
import { NotOnThisMachine } from './debian/packages.ts';
import { startMariadb, type TestServer } from './mariadb-server.ts';
import { mariadbTests } from './mariadb-tests.ts';
import { startMysql } from './mysql-server.ts';

export type MariadbOfRun = {
  readonly url: string | null;
  /** Why there is none. */
  readonly missing: string | null;
  readonly stop: () => Promise<void>;
};

/** Projects with a server of their own version; all others get the stack's, or the one named by TEST_MARIADB_URL. */
const servers: { readonly [project: string]: () => Promise<TestServer> } = {
  'mariadb-10.11': async () => startMariadb(await debianMariadb()),
  mysql: startMysql,
};

/** Starts a server of the version that a project names; undefined for the projects that name none. */
export const serverOf = (project: string): (() => Promise<TestServer>) | undefined => servers[project];

/** Starts the server for the tests of a project. Rejects with CI=true when it should start and does not. */
export async function mariadbOf(project: TestProject): Promise<MariadbOfRun> {
  if (!(await isNeeded(project))) return none('no test of this run needs MariaDB');
  const start = serverOf(project.name) ?? usual;
  try {
    return { ...(await start()), missing: null };
  } catch (error) {
    const isAbsent =
      error instanceof NotOnThisMachine ||
      (error instanceof PrerequisiteError && error.code === 'platform-unsupported');
    if (process.env.CI === 'true' && !isAbsent) throw error;
    return none(error instanceof Error ? error.message : String(error));
  }
}

async function usual(): Promise<TestServer> {
  const url = process.env.TEST_MARIADB_URL;
  return url ? { url, stop: async () => undefined } : startMariadb();
}

const none = (missing: string): MariadbOfRun => ({ url: null, missing, stop: async () => undefined });

/** True if one of the files that this run may run needs it. */
async function isNeeded(project: TestProject): Promise<boolean> {
  // Vitest keeps the filters of the command line here. Without them every file of the project runs.
  const { filenamePattern } = project.vitest as { readonly filenamePattern?: readonly string[] };
  const { testFiles } = await project.globTestFiles(filenamePattern?.map((filter) => filter.replace(/:\d+$/, '')));
  const needing = new Set(mariadbTests());
  return testFiles.some((file) => needing.has(relative(project.config.root, file)));
}
