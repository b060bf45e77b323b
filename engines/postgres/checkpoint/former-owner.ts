/**
 * Ends the sessions of a former owner that a claim waits for. A worker that was stopped in the middle of a transaction
 * keeps its locks for as long as its server believes in it, and a client stalled in COPY does so past every timeout
 * (rule 15). Nothing is lost by it: what it had not committed is read again by the new owner.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { sessionName } from '../connection/session-name.ts';

/** Milliseconds between two looks at a claim that still waits. */
const lookAgain = 2_000;

/** Most lanes a worker can have. */
const mostLanes = 64;

/** Names of the sessions in which a pipeline writes. */
export const laneSessions = (pipeline: string): readonly string[] =>
  Array.from({ length: mostLanes }, (_, lane) => sessionName(`${pipeline}/lane ${lane}`));

/** Which session waits, and in whose name it may end others. */
export type Waiting = {
  readonly database: Database;
  readonly pipeline: string;
  readonly logger: Logger;
  /** Milliseconds it waits before it acts. */
  readonly patience: number;
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

/** Only while it still blocks: meanwhile the lock may have been given up, and the number belong to somebody else. */
const end = `select pid, pg_terminate_backend(pid) as ended from unnest($2::integer[]) as pid where pid = any (pg_blocking_pids($1))`;

/** Runs `work`, and ends the former owner's sessions that keep it waiting for longer than `patience`. */
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
  const { database, pipeline, logger, patience } = waiting;
  const named = new Set<number>();
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  for (await pause(patience); !signal.aborted; await pause(Math.min(lookAgain, patience))) {
    try {
      await withConnection(database, `${pipeline}/claim-watch`, (client) => clearTheWay(client, pid, waiting, named));
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'a claim waits for a lock, and the server does not say for whose');
    }
  }
}

async function clearTheWay(client: pg.Client, pid: number, waiting: Waiting, named: Set<number>): Promise<void> {
  const { pipeline, logger, patience } = waiting;
  const { rows } = await client.query<Blocker>(blockersOf, [pid, patience]);
  const lanes = new Set(laneSessions(pipeline));
  const claim = sessionName(`${pipeline}/claim`);
  // Another claim that waits itself is in the same queue; one that idles belongs to a worker that was stopped in it.
  const isFormer = ({ name, idle, same }: Blocker) => same && (lanes.has(name ?? '') || (name === claim && idle));
  const former = rows.filter(isFormer);
  const { rows: ended } = await client.query<{ pid: number; ended: boolean }>(end, [pid, former.map((one) => one.pid)]);
  for (const session of former.filter((one) => ended.some((row) => row.pid === one.pid && row.ended))) {
    const { pid: sessionPid, name: application, state } = session;
    logger.warn(
      { pid: sessionPid, application, state, waited: patience },
      'ended the session of the former owner, which held the checkpoint without going on',
    );
  }
  for (const { pid: sessionPid, name: application, user, state } of rows.filter((one) => !isFormer(one))) {
    if (application === claim || named.has(sessionPid)) continue;
    named.add(sessionPid);
    logger.warn(
      { pid: sessionPid, application, user, state },
      'the checkpoint is locked by a session that is not of this pipeline; it is waited for and not ended',
    );
  }
}
