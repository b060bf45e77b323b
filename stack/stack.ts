/**
 * The local stack: the servers of the compose file without Docker. Starts Apache Kafka and PostgreSQL, and on request Kafka
 * Connect with Debezium and a second PostgreSQL, and MariaDB. The processes outlive the command; later commands find them by the record
 * and stop exactly these.
 */
import { rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { belongsTo, possibleHomes } from './account/home.ts';
import { CONNECT_STOP } from './connect/server.ts';
import { upConnect } from './connect/up.ts';
import { KAFKA_STOP } from './kafka/server.ts';
import { upKafka } from './kafka/up.ts';
import { MARIADB_STOP } from './mariadb/server.ts';
import { stopUnrecorded as stopUnrecordedMariadb, upMariadb } from './mariadb/up.ts';
import type { StackOptions, UpContext } from './options.ts';
import { loadSample } from './postgres/sample.ts';
import { POSTGRES_STOP, SOURCE } from './postgres/server.ts';
import { stopUnrecorded, upPostgres } from './postgres/up.ts';
import { isRunning, type ProcessIdentity, type StopPlan, stopProcess } from './processes/process.ts';
import { withLock } from './state/lock.ts';
import {
  RecordKeeper,
  readRecord,
  readStack,
  recordFile,
  type StackServers,
  type StackState,
  serverKeys,
} from './state/state.ts';

export type { StackOptions } from './options.ts';
export { PrerequisiteError } from './prerequisite-error.ts';
export { ServerStartError } from './processes/server-start-error.ts';
export { stackEnv } from './state/env.ts';
export { followLog, lastLines, logFile } from './state/logs.ts';
export { readStack, type StackServers, type StackState, serverKeys } from './state/state.ts';
export { type StackStatus, stackStatus } from './state/status.ts';

/** The folder of the stack: `SLUICE_DIR`, else `.sluice` beside `package.json`. */
export const DEFAULT_DIR = resolve(process.env.SLUICE_DIR || join(import.meta.dirname, '..', '.sluice'));

type Report = (line: string) => void;

/**
 * Starts the requested servers and returns the running stack. Running servers are kept; missing ones start in parallel on
 * their existing data, Kafka Connect after its Kafka. Waits at most 90 s for each server, and longer for a download.
 *
 * On failure the servers started by this call are stopped. Throws PrerequisiteError when the machine lacks a prerequisite,
 * ServerStartError when a server does not start, and the signal's reason after an abort.
 */
export async function stackUp(options: StackOptions): Promise<StackState> {
  const dir = resolve(options.dir ?? DEFAULT_DIR);
  return withLock(dir, options, async () => {
    const startedHere: StackServers[] = [];
    const firstFailure = new AbortController();
    const signals = options.signal === undefined ? [firstFailure.signal] : [firstFailure.signal, options.signal];
    const context: UpContext = {
      dir,
      cacheDir: resolve(options.cacheDir ?? join(dir, 'cache')),
      options,
      keeper: new RecordKeeper(readRecord(dir)),
      report: options.report,
      signal: AbortSignal.any(signals),
      started: (server) => startedHere.push(server),
    };
    // Kafka Connect keeps its state in Kafka, so it implies Kafka.
    const kafka = (options.kafka ?? true) || options.connect ? upKafka(context) : undefined;
    const work: Promise<unknown>[] = [
      ...(kafka === undefined ? [] : [kafka]),
      ...((options.postgres ?? true) ? [upPostgres(context)] : []),
      ...(options.connect && kafka !== undefined ? [upSource(context), upConnect(context, kafka)] : []),
      ...(options.mariadb ? [upMariadb(context)] : []),
    ].map((task) =>
      task.catch((error: unknown) => {
        firstFailure.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(work);
    if (firstFailure.signal.aborted) {
      for (const started of startedHere) await stopServers(started, context.keeper, () => undefined);
      // After an abort by the caller its reason is thrown, not the errors of the interrupted tasks.
      options.signal?.throwIfAborted();
      throw firstFailure.signal.reason;
    }
    return readStack(dir) ?? { dir };
  });
}

/** Starts the source database, and loads the sample tables on request. */
async function upSource(context: UpContext): Promise<void> {
  const server = await upPostgres(context, SOURCE);
  if (context.options.sample) await loadSample(server, context.report);
}

/** Stops the servers of the stack in `dir`, or only those in `which`. Data, jars and logs stay. */
export async function stackDown(
  dir: string,
  report: Report,
  which: readonly (keyof StackServers)[] = serverKeys,
): Promise<void> {
  const root = resolve(dir);
  if (!(await isFolder(root))) return report(`nothing to stop: there is no stack in ${root}`);
  await withLock(root, { report }, () => downLocked(root, report, which));
}

/**
 * Stops the stack in `dir` and deletes its data, logs and record, including a database's data in an outside folder. The
 * downloaded jars in `<dir>/cache` stay, because they contain no user data and fetching them again needs the network;
 * `{ cache: true }` deletes them, too. A system user that was created stays, and a line names it.
 */
export async function stackDestroy(
  dir: string,
  report: Report,
  what: { readonly cache?: boolean } = {},
): Promise<void> {
  const root = resolve(dir);
  if (!(await isFolder(root))) return report(`nothing to delete: there is no stack in ${root}`);
  await withLock(root, { report }, async () => {
    await downLocked(root, report);
    const { postgresHome, sourceHome, mariadbHome, createdUser } = readRecord(root);
    const possible = await Promise.all(['postgres', SOURCE.key, 'mariadb'].map((key) => possibleHomes(root, key)));
    const recorded = [postgresHome, sourceHome, mariadbHome].filter((one) => one !== undefined);
    for (const home of new Set([...possible.flatMap(([, ...outside]) => outside), ...recorded])) {
      if (!(await belongsTo(home, root))) continue;
      await stopUnrecorded(home, report, 'PostgreSQL');
      await stopUnrecordedMariadb(home, report);
      await rm(home, { recursive: true, force: true });
    }
    const ours = [...serverKeys, 'logs', ...(what.cache ? ['cache'] : [])].map((name) => join(root, name));
    for (const path of [...ours, recordFile(root)]) await rm(path, { recursive: true, force: true });
    report(`deleted data and logs in ${root}`);
    if (createdUser) report(`the system user ${createdUser} stays; this removes it: userdel ${createdUser}`);
  });
  // Succeeds only if the folder is empty.
  await rmdir(root).catch(() => undefined);
}

async function downLocked(dir: string, report: Report, which: readonly (keyof StackServers)[] = serverKeys) {
  const keeper = new RecordKeeper(readRecord(dir));
  const known = which.filter((key) => keeper.record[key] !== undefined);
  if (known.length === 0)
    report(which.length === 1 ? `${stops[which[0] ?? 'kafka'][0]}: was not running` : 'nothing was running');
  await stopServers(Object.fromEntries(known.map((key) => [key, keeper.record[key]])), keeper, report);
}

/** Stops servers and removes the ended ones from the record. Kafka Connect stops first, because it writes its offsets to Kafka. */
async function stopServers(which: StackServers, keeper: RecordKeeper, report: Report) {
  const stop = async (key: (typeof serverKeys)[number]) => {
    const [name, plan] = stops[key];
    await stopOne(name, which[key], plan, report);
    await keeper.change(({ [key]: server, ...rest }) =>
      server !== undefined && isRunning(server) ? { ...rest, [key]: server } : rest,
    );
  };
  try {
    await stop('connect');
  } finally {
    await Promise.all([stop('kafka'), stop('postgres'), stop('source'), stop('mariadb')]);
  }
}

const stops: Readonly<Record<(typeof serverKeys)[number], readonly [name: string, plan: StopPlan]>> = {
  kafka: ['Kafka', KAFKA_STOP],
  postgres: ['PostgreSQL', POSTGRES_STOP],
  source: ['source PostgreSQL', POSTGRES_STOP],
  connect: ['Kafka Connect', CONNECT_STOP],
  mariadb: ['MariaDB', MARIADB_STOP],
};

async function stopOne(name: string, server: ProcessIdentity | undefined, plan: StopPlan, report: Report) {
  if (server === undefined) return;
  const started = Date.now();
  const signal = await stopProcess(server, plan);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (signal === undefined) report(`${name}: had already ended`);
  else report(`${name}: stopped in ${seconds} s${signal === 'SIGKILL' ? ', by force' : ''}`);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
