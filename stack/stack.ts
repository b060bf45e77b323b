/**
 * The local stack: the servers of compose without Docker. A real Apache Kafka and a real PostgreSQL, started as
 * processes that outlive the command, found again by the next one, and stopped exactly.
 */
import { rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KAFKA_STOP } from './kafka.ts';
import { withLock } from './lock.ts';
import { POSTGRES_STOP } from './postgres.ts';
import { belongsTo, possibleHomes } from './postgres-home.ts';
import { isRunning, type ProcessIdentity, type StopPlan, stopProcess } from './process.ts';
import { RecordKeeper, readRecord, readStack, recordFile, type StackRecord, type StackState } from './state.ts';
import type { StackOptions, UpContext } from './up-context.ts';
import { upKafka } from './up-kafka.ts';
import { endForgotten, upPostgres } from './up-postgres.ts';

export { PrerequisiteError } from './prerequisite-error.ts';
export { ServerStartError } from './server-start-error.ts';
export { stackEnv } from './stack-env.ts';
export { type StackStatus, stackStatus } from './stack-status.ts';
export { readStack, type StackState } from './state.ts';
export type { StackOptions } from './up-context.ts';

/** Where the stack lives: `SLUICE_DIR`, else `.sluice` beside `package.json`. */
export const DEFAULT_DIR = resolve(process.env.SLUICE_DIR || join(import.meta.dirname, '..', '.sluice'));

type Report = (line: string) => void;

/**
 * Brings up what is asked for and answers the running stack: servers that run already are found, the missing ones
 * start in parallel on the data that is there. Waits at most 60 s for each server to be ready, longer for a download.
 *
 * When it fails, whatever this call started is stopped again. Throws PrerequisiteError when something is missing on
 * the machine, ServerStartError when a server does not come up, the signal's reason when that was aborted.
 */
export async function stackUp(options: StackOptions): Promise<StackState> {
  const dir = resolve(options.dir ?? DEFAULT_DIR);
  return withLock(dir, options, async () => {
    const startedHere: Partial<Pick<StackState, 'kafka' | 'postgres'>>[] = [];
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
    const work = [
      ...((options.kafka ?? true) ? [upKafka(context)] : []),
      ...((options.postgres ?? true) ? [upPostgres(context)] : []),
    ].map((task) =>
      task.catch((error: unknown) => {
        firstFailure.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(work);
    if (firstFailure.signal.aborted) {
      for (const started of startedHere) await stopServers(started, context.keeper, () => undefined);
      // Interrupted tasks fail in their own ways; what counts is that the caller asked for it.
      options.signal?.throwIfAborted();
      throw firstFailure.signal.reason;
    }
    return readStack(dir) ?? { dir };
  });
}

/** Stops what the stack in `dir` started, and nothing else; data, jars and logs stay. Does nothing when none runs. */
export async function stackDown(dir: string, report: Report): Promise<void> {
  const root = resolve(dir);
  if (!(await isFolder(root))) return report(`nothing to stop: there is no stack in ${root}`);
  await withLock(root, { report }, () => downLocked(root, report));
}

/**
 * Stops the stack in `dir` and deletes its data, logs and record, also where PostgreSQL's data had to be put elsewhere.
 * The downloaded jars in `<dir>/cache` stay, because they hold nothing of the user's and the next start would need the
 * network for them; `{ cache: true }` deletes them too. A system user that was made stays, and is named.
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
    const { postgresHome, createdUser } = readRecord(root);
    for (const home of new Set([...(await possibleHomes(root)).slice(1), ...(postgresHome ? [postgresHome] : [])])) {
      if (!(await belongsTo(home, root))) continue;
      await endForgotten(home, report);
      await rm(home, { recursive: true, force: true });
    }
    const ours = ['kafka', 'postgres', 'logs', ...(what.cache ? ['cache'] : [])].map((name) => join(root, name));
    for (const path of [...ours, recordFile(root)]) await rm(path, { recursive: true, force: true });
    report(`deleted data and logs in ${root}`);
    if (createdUser) report(`the system user ${createdUser} stays; this removes it: userdel ${createdUser}`);
  });
  // Only when nothing else is in it.
  await rmdir(root).catch(() => undefined);
}

async function downLocked(dir: string, report: Report): Promise<void> {
  const keeper = new RecordKeeper(readRecord(dir));
  if (keeper.record.kafka === undefined && keeper.record.postgres === undefined) report('nothing was running');
  await stopServers(keeper.record, keeper, report);
}

async function stopServers(which: Pick<StackRecord, 'kafka' | 'postgres'>, keeper: RecordKeeper, report: Report) {
  await Promise.all([
    stopOne('Kafka', which.kafka, KAFKA_STOP, report).then(() =>
      keeper.change(({ kafka, ...rest }) => (kafka !== undefined && isRunning(kafka) ? { kafka, ...rest } : rest)),
    ),
    stopOne('PostgreSQL', which.postgres, POSTGRES_STOP, report).then(() =>
      keeper.change(({ postgres, ...rest }) =>
        postgres !== undefined && isRunning(postgres) ? { postgres, ...rest } : rest,
      ),
    ),
  ]);
}

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
