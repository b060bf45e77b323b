/** MariaDB's programs: fetched by Maven into the cache of the stack, once. They exist for Linux on x64 only. */
import { chmod, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Account } from '../account/account.ts';
import { fetchedJars, type JarSet, type JarsOptions } from '../java/maven-jars.ts';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';

export type MariadbBinaries = {
  /** The folder that the server gets as `basedir`. */
  readonly root: string;
  readonly version: string;
  /** Paths below `root`. */
  readonly server: string;
  readonly installDb: string;
  /** A folder with shared libraries that the machine may lack. */
  readonly libraries?: string;
};

/** The files that a server and its users need: no libraries for C programs, and none of the engine CONNECT. */
const NEEDED = ['bin/*', 'scripts/*', 'share/*.sql', 'share/charsets/*', 'share/english/*'];

const MARIADB: JarSet = {
  pom: join(import.meta.dirname, 'pom.xml'),
  versionProperty: 'mariadb.version',
  folderPrefix: 'mariadb',
  server: 'MariaDB',
  product: 'MariaDB',
  megabytes: 149,
  unpack: NEEDED.map((pattern) => `**/linux/${pattern}`).join(','),
  complete: async (folder) => {
    // The bits depend on how the archive was packed and is unpacked.
    const bin = join(folder, await rootWithin(folder), 'bin');
    for (const name of await readdir(bin)) await chmod(join(bin, name), 0o755);
  },
};

/**
 * The programs for this platform, fetched now unless they are in the cache. Throws PrerequisiteError
 * `platform-unsupported` on another platform, else like `fetchedJars`.
 */
export async function fetchedBinaries(
  options: JarsOptions,
  platform: string = `${process.platform}-${process.arch}`,
): Promise<MariadbBinaries> {
  if (platform !== 'linux-x64') {
    throw new PrerequisiteError(
      'platform-unsupported',
      `the stack has MariaDB for linux-x64 only, and this is ${platform}`,
      'start MariaDB with Docker: docker compose --profile airline up',
    );
  }
  const { folder, version } = await fetchedJars(MARIADB, undefined, options);
  const root = join(folder, await rootWithin(folder));
  return { root, version, server: 'bin/mariadbd', installDb: 'scripts/mariadb-install-db' };
}

/** The folder in the unpacked archive that contains `bin`; the folders above it carry the version. */
async function rootWithin(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true });
  const server = files.find((file) => file.endsWith('/bin/mariadbd'));
  if (server === undefined) throw new Error(`there is no bin/mariadbd in ${folder}: delete that folder`);
  return dirname(dirname(server));
}

/** Returns the programs for the account: as they are, or as a copy in `home` if the account cannot run them where they are. */
export async function runnableBinaries(
  binaries: MariadbBinaries,
  home: string,
  account: Account | undefined,
): Promise<MariadbBinaries> {
  const problem = await whyNotRunnable(binaries, account);
  if (problem === undefined) return binaries;
  const copy = { ...binaries, root: join(home, `mariadb-${binaries.version}`) };
  if (account === undefined || (await whyNotRunnable(binaries, undefined)) !== undefined) throw notRunnable(problem);
  if ((await whyNotRunnable(copy, account)) === undefined) return copy;
  const partial = `${copy.root}.partial`;
  for (const folder of [partial, copy.root]) await rm(folder, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await cp(binaries.root, partial, { recursive: true });
  await rename(partial, copy.root);
  const still = await whyNotRunnable(copy, account);
  if (still !== undefined) throw notRunnable(still);
  return copy;
}

const notRunnable = (problem: string): PrerequisiteError =>
  new PrerequisiteError(
    'mariadb-binaries-missing',
    `MariaDB does not run on this machine: ${problem}`,
    'install the library that the message names; on Debian: apt-get install -y libcrypt1 libstdc++6 libsystemd0',
  );

/** Runs the server for its version. Returns undefined when that works, else the reason. */
async function whyNotRunnable(binaries: MariadbBinaries, account: Account | undefined): Promise<string | undefined> {
  const ran = await runCommand(join(binaries.root, binaries.server), ['--no-defaults', '--version'], {
    limitMs: 20_000,
    cwd: '/',
    env: mariadbEnvironment(binaries),
    uid: account?.uid,
    gid: account?.gid,
  });
  return ran.code === 0 ? undefined : (ran.problem ?? ran.output.trim());
}

/** The environment without variables that configure MariaDB or its locale, in UTC. */
export function mariadbEnvironment({ libraries }: MariadbBinaries): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(MYSQL|MARIADB|LC_|LANG)/.test(name));
  const added = libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries };
  return { ...Object.fromEntries(kept), ...added, LC_ALL: 'C', TZ: 'UTC' };
}
