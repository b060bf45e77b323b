/** Starts MariaDB on 127.0.0.1, in its own process; creates its system tables and its account once. */
import { access, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../account/account.ts';
import { isRunning, type StopPlan, startServer } from '../processes/process.ts';
import { runCommand } from '../processes/run-command.ts';
import { ServerStartError } from '../processes/server-start-error.ts';
import { waitFor } from '../processes/wait.ts';
import { logTail, openLog } from '../state/logs.ts';
import type { DatabaseServer } from '../state/state.ts';
import { type MariadbBinaries, mariadbEnvironment } from './binaries.ts';
import { mariadbAnswers } from './ready.ts';
import { serverSettings } from './settings.ts';

export type MariadbOptions = {
  readonly dir: string;
  /** The folder that contains, or will contain, `data`. */
  readonly home: string;
  readonly binaries: MariadbBinaries;
  readonly account: Account | undefined;
  readonly port: number;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Called as soon as the process exists, before it is ready, so that it is recorded and can be stopped. */
  readonly started: (server: DatabaseServer) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
};

const DATABASE = 'migration_db';
const USER = 'sluice';
/** Sufficient for a server with samples that listens on 127.0.0.1 only. */
const PASSWORD = 'sluice';

const READY_LIMIT_MS = 60_000;

/** SIGTERM ends sessions and flushes; after SIGKILL the next start recovers from the logs. */
export const MARIADB_STOP: StopPlan = [
  ['SIGTERM', 30_000],
  ['SIGKILL', 5000],
];

/** Beginning of our servers' arguments. It identifies a server by its data folder. */
export const firstArguments = (home: string): string[] => ['--no-defaults', `--datadir=${join(home, 'data')}`];

/**
 * Starts MariaDB on the data in `home`, creates them if missing, and waits until it answers, at most 60 s. Throws
 * ServerStartError with the end of its log when that fails.
 */
export async function startMariadb(options: MariadbOptions): Promise<DatabaseServer> {
  const { dir, home, binaries, account, port } = options;
  const dataDir = join(home, 'data');
  await createData(options, dataDir);
  const temporary = await createTemporary(options);
  const log = join(dir, 'logs', 'mariadb.log');
  const logFrom = await openLog(log);
  const identity = await startServer({
    command: join(binaries.root, binaries.server),
    args: [
      ...firstArguments(home),
      `--basedir=${binaries.root}`,
      ...serverSettings(port, { tmpdir: temporary, ...options.settings }),
    ],
    cwd: '/',
    env: mariadbEnvironment(binaries),
    logFile: log,
    uid: account?.uid,
    gid: account?.gid,
  });
  const server = { ...identity, port, database: DATABASE, user: USER, password: PASSWORD, dataDir };
  await options.started(server);

  const probe = async () => (isRunning(server) ? ((await mariadbAnswers(server)) ? 'ready' : undefined) : 'ended');
  const outcome = await waitFor(probe, { limitMs: READY_LIMIT_MS, everyMs: 50, signal: options.signal });
  if (outcome === 'ready') return server;
  const problem = outcome === 'ended' ? 'ended while starting' : `was not ready in ${READY_LIMIT_MS / 1000} s`;
  throw new ServerStartError('MariaDB', problem, log, await logTail(log, logFrom));
}

/**
 * A fresh server has accounts without a password: `root`, and one without a name, which takes the logins of every account
 * for all addresses. Only the account of the stack stays. In a bootstrap, accounts can be made after the tables are read.
 */
const ACCOUNTS = `
delete from mysql.global_priv where User in ('', 'root');
delete from mysql.proxies_priv where User in ('', 'root');
flush privileges;
create user '${USER}'@'%' identified by '${PASSWORD}';
grant all on *.* to '${USER}'@'%' with grant option;
`;

/** A folder of its own for temporary tables: a server that starts deletes those of every server that has the same one. */
async function createTemporary({ home, account }: MariadbOptions): Promise<string> {
  const folder = join(home, 'tmp');
  await mkdir(folder, { recursive: true });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

/** Creates the data in a temporary folder and renames it when complete, so that an interrupted run never counts as data. */
async function createData({ home, binaries, account, signal }: MariadbOptions, dataDir: string): Promise<void> {
  if (await exists(dataDir)) return;
  const partial = `${dataDir}.partial`;
  const accounts = join(home, 'accounts.sql');
  await rm(partial, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await writeFile(accounts, ACCOUNTS, { mode: 0o644 });
  try {
    // The script does not quote the path of its programs, so it runs in their folder.
    const ran = await runCommand('/bin/sh', [binaries.installDb, ...installArguments(partial, accounts)], {
      limitMs: 120_000,
      cwd: binaries.root,
      env: mariadbEnvironment(binaries),
      uid: account?.uid,
      gid: account?.gid,
      signal,
    });
    if (ran.code !== 0) {
      const tail = ran.output.trimEnd().split('\n').slice(-15).join('\n');
      const why = ran.problem === undefined ? '' : `: ${ran.problem}`;
      throw new ServerStartError('MariaDB', `mariadb-install-db failed${why}`, partial, tail);
    }
    await rename(partial, dataDir);
  } finally {
    await rm(accounts, { force: true });
  }
}

const installArguments = (dataDir: string, extraFile: string): string[] => [
  '--no-defaults',
  '--basedir=.',
  `--datadir=${dataDir}`,
  '--auth-root-authentication-method=normal',
  '--skip-test-db',
  // Without looking up the name of the machine, which small images cannot.
  '--skip-name-resolve',
  '--force',
  `--extra-file=${extraFile}`,
];

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
