/** Starts PostgreSQL on 127.0.0.1, in its own process; creates its cluster and database once. */
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../account/account.ts';
import { commandLine, isRunning, type StopPlan, startServer } from '../processes/process.ts';
import { runCommand } from '../processes/run-command.ts';
import { type ServerName, ServerStartError } from '../processes/server-start-error.ts';
import { waitFor } from '../processes/wait.ts';
import { logTail, openLog } from '../state/logs.ts';
import type { PostgresServer } from '../state/state.ts';
import { type PostgresBinaries, postgresEnvironment, program } from './binaries.ts';
import { postgresAnswers } from './ready.ts';
import { serverSettings } from './settings.ts';

export type PostgresOptions = {
  readonly dir: string;
  /** The role of this server in the stack. */
  readonly role: PostgresRole;
  /** The folder that contains, or will contain, `data`. */
  readonly home: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly port: number;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Called as soon as the process exists, before it is ready, so that it is recorded and can be stopped. */
  readonly started: (server: PostgresServer) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
};

/** The differences between the PostgreSQL servers of a stack. */
export type PostgresRole = {
  /** Its key in record and state, and the name of its folder and log. */
  readonly key: 'postgres' | 'source';
  /** Its name in messages. */
  readonly server: ServerName;
  /** The database created in it. */
  readonly database: string;
  /** The first port to try. */
  readonly port: number;
};

/** The target of enriched and replicated tables. */
export const TARGET: PostgresRole = { key: 'postgres', server: 'PostgreSQL', database: 'migration_db', port: 5432 };
/** The source of a replication. */
export const SOURCE: PostgresRole = { key: 'source', server: 'source PostgreSQL', database: 'sourcedb', port: 5532 };

export const USER = 'postgres';
/** Sufficient for a server with samples that listens on 127.0.0.1 only. */
export const PASSWORD = 'postgres';

const READY_LIMIT_MS = 60_000;

/** First a fast shutdown, which ends sessions; then an immediate one, with recovery at the next start; then a kill. */
export const POSTGRES_STOP: StopPlan = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5000],
  ['SIGKILL', 5000],
];

/**
 * Starts PostgreSQL on the data in `home`, creates cluster and database if missing, and waits until it answers, at most
 * 60 s. Throws ServerStartError with the end of its log when that fails.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { role } = options;
  const dataDir = join(options.home, 'data');
  await createCluster(options, dataDir);
  await correctStalePidFile(dataDir);
  const log = join(options.dir, 'logs', `${options.role.key}.log`);
  const logFrom = await openLog(log);
  const identity = await startServer({
    command: program(options.binaries, 'postgres'),
    args: ['-D', dataDir, ...serverSettings(options.port, options.settings)],
    cwd: '/',
    env: postgresEnvironment(),
    logFile: log,
    uid: options.account?.uid,
    gid: options.account?.gid,
  });
  const server = { ...identity, port: options.port, database: role.database, user: USER, password: PASSWORD, dataDir };
  await options.started(server);

  const probe = async () => (isRunning(server) ? ((await postgresAnswers(server)) ? 'ready' : undefined) : 'ended');
  const outcome = await waitFor(probe, { limitMs: READY_LIMIT_MS, everyMs: 50, signal: options.signal });
  if (outcome === 'ready') return server;
  const problem = outcome === 'ended' ? 'ended while starting' : 'was not ready in 60 s';
  throw new ServerStartError(role.server, problem, log, await logTail(log, logFrom));
}

/** Runs initdb in a temporary folder and renames it when complete, so that an interrupted run never counts as a cluster. */
async function createCluster(options: PostgresOptions, dataDir: string): Promise<void> {
  const existing = await dataVersion(dataDir);
  const wanted = options.binaries.version.split('.')[0] ?? '';
  if (existing === wanted) return;
  if (existing !== undefined) {
    throw new Error(
      `${dataDir} was created by PostgreSQL ${existing} and this is ${wanted}: destroy the stack, or keep ${existing}`,
    );
  }
  const partial = `${dataDir}.partial`;
  const passwordFile = join(options.home, 'password');
  await rm(partial, { recursive: true, force: true });
  await mkdir(options.home, { recursive: true });
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  try {
    if (options.account !== undefined) await chown(passwordFile, options.account.uid, options.account.gid);
    const ran = await runCommand(program(options.binaries, 'initdb'), clusterArguments(wanted, partial, passwordFile), {
      limitMs: 120_000,
      cwd: '/',
      env: postgresEnvironment(),
      uid: options.account?.uid,
      gid: options.account?.gid,
      signal: options.signal,
    });
    if (ran.code !== 0) {
      const tail = ran.output.trimEnd().split('\n').slice(-15).join('\n');
      throw new ServerStartError(
        options.role.server,
        `initdb failed${ran.problem ? `: ${ran.problem}` : ''}`,
        partial,
        tail,
      );
    }
    await rename(partial, dataDir);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Uses PostgreSQL's builtin locale, because the machine's may be unset (which selects SQL_ASCII) or not generated (which
 * fails). Versions before 17 have no builtin locale and get C, which sorts by bytes.
 */
function clusterArguments(major: string, dataDir: string, passwordFile: string): string[] {
  return [
    '-D',
    dataDir,
    '--encoding=UTF8',
    ...(Number(major) < 17 ? [] : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']),
    '--locale=C',
    '--auth=scram-sha-256',
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
  ];
}

async function dataVersion(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`this user cannot read ${dataDir}: it belongs to another one`, { cause: error });
  });
  return text?.trim();
}

/**
 * Corrects the pid file after a crash. If its pid now belongs to another program, PostgreSQL would assume that a server is
 * still running. Our servers have their data folder on the command line, which identifies them. The file is not deleted,
 * because PostgreSQL also uses it to find remaining processes of the crashed server. Instead it gets the pid of this
 * process: the parent of the new server, which PostgreSQL never mistakes for a server.
 */
async function correctStalePidFile(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || (commandLine(pid) ?? dataDir).includes(dataDir)) return;
  await writeFile(file, text.replace(/^\d+/, String(process.pid)));
}
