/**
 * Ends sessions of a former owner whose locks block a claim. A worker that is suspended in a transaction keeps its locks
 * until its server notices, and a client that stalls in COPY keeps them past every timeout (rule 15). No data is lost: the
 * new owner reads uncommitted records again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { sessionName } from '../connection/session-name.ts';

/** The interval of checks while a claim waits. */
const checkIntervalMs = 2_000;

/** The largest number of lanes of a worker. */
const maxLanes = 64;

/** Names of a pipeline's writing sessions. */
export const laneSessions = (pipeline: string): readonly string[] =>
  Array.from({ length: maxLanes }, (_, lane) => sessionName(`${pipeline}/lane ${lane}`));

/** A waiting session, and the pipeline whose sessions it may end. */
export type Waiting = {
  readonly database: Database;
  readonly pipeline: string;
  readonly logger: Logger;
  /** How long a lock may block the session before its owner is ended. */
  readonly patienceMs: number;
  readonly waiting: pg.Client;
};

type Blocker = {
  pid: number;
  name: string | null;
  user: string | null;
  state: string | null;
  idle: boolean;
  same: boolean;
};

const blockersOf = `
  select pid, application_name as name, usename as user, state,
         coalesce(state like 'idle in transaction%' and state_change < clock_timestamp() - $2 * interval '1 ms', false) as idle,
         coalesce(usename = current_user, false) as same
  from pg_stat_activity where pid = any (pg_blocking_pids($1)) order by pid`;

/** Ends only processes that still block: the lock may be gone, and the pid may belong to another process. */
const end = `select pid, pg_terminate_backend(pid) as ended from unnest($2::integer[]) as pid where pid = any (pg_blocking_pids($1))`;

/** Runs `work`, and ends sessions of a former owner that block it for longer than `patienceMs`. */
export async function endingFormerOwners<T>(waiting: Waiting, work: () => Promise<T>): Promise<T> {
  const { rows } = await waiting.waiting.query<{ pid: number }>('select pg_backend_pid() as pid');
  const done = new AbortController();
  const watch = watchOver(waiting, rows[0]?.pid ?? 0, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await watch;
  }
}

async function watchOver(waiting: Waiting, pid: number, signal: AbortSignal): Promise<void> {
  const { database, pipeline, logger, patienceMs } = waiting;
  const named = new Set<number>();
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  for (await pause(patienceMs); !signal.aborted; await pause(Math.min(checkIntervalMs, patienceMs))) {
    try {
      await withConnection(database, `${pipeline}/claim-watch`, (client) => endBlockers(client, pid, waiting, named));
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'a claim waits for a lock, and the blocking session is unknown');
    }
  }
}

async function endBlockers(client: pg.Client, pid: number, waiting: Waiting, named: Set<number>): Promise<void> {
  const { pipeline, logger, patienceMs } = waiting;
  const { rows } = await client.query<Blocker>(blockersOf, [pid, patienceMs]);
  const lanes = new Set(laneSessions(pipeline));
  const claim = sessionName(`${pipeline}/claim`);
  // A claim that waits is in the same queue. An idle claim belongs to a suspended worker.
  const isFormer = ({ name, idle, same }: Blocker) => same && (lanes.has(name ?? '') || (name === claim && idle));
  const former = rows.filter(isFormer);
  const { rows: ended } = await client.query<{ pid: number; ended: boolean }>(end, [pid, former.map((one) => one.pid)]);
  for (const session of former.filter((one) => ended.some((row) => row.pid === one.pid && row.ended))) {
    const { pid: sessionPid, name: application, state } = session;
    logger.warn(
      { pid: sessionPid, application, state, waited: patienceMs },
      'ended the session of the former owner, which blocked the checkpoint',
    );
  }
  for (const { pid: sessionPid, name: application, user, state } of rows.filter((one) => !isFormer(one))) {
    if (application === claim || named.has(sessionPid)) continue;
    named.add(sessionPid);
    logger.warn(
      { pid: sessionPid, application, user, state },
      'the checkpoint is locked by a session that does not belong to this pipeline; Sluice waits for it and does not end it',
    );
  }
}
