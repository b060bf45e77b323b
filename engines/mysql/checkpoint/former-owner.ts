/**
 * Ends sessions of a former owner whose locks block a claim. A worker that is suspended in a transaction keeps its locks
 * until its server notices (rule 15). No data is lost: the new owner reads uncommitted records again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { MysqlDatabase } from '../connection/database.ts';
import { withSession } from '../connection/open-session.ts';
import type { Session } from '../connection/session.ts';
import { checkpointLock } from '../locks.ts';
import { claimLock } from './claim.ts';

/** The interval of checks while a claim waits. */
const checkIntervalMs = 2_000;

/** Error number: there is no such session. */
const noSuchSession = 1094;

/** A claim that may wait, and what it claims. */
export type WaitingClaim = {
  readonly database: MysqlDatabase;
  readonly pipeline: string;
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly logger: Logger;
  /** How long a lock may block the claim before its owner is ended. */
  readonly patienceMs: number;
  /** The session of the claim. */
  readonly session: Session;
};

/** Runs `work`, and ends sessions of a former owner that block it for longer than `patienceMs`. */
export async function endingFormerOwners<T>(waiting: WaitingClaim, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const watch = watchOver(waiting, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await watch;
  }
}

async function watchOver(waiting: WaitingClaim, signal: AbortSignal): Promise<void> {
  const { database, pipeline, logger, patienceMs } = waiting;
  /** Sessions and errors that were in a warning. */
  const named = new Set<string>();
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  for (await pause(patienceMs); !signal.aborted; await pause(Math.min(checkIntervalMs, patienceMs))) {
    try {
      await withSession(database, `${pipeline}/claim-watch`, (session) => endBlockers(session, waiting, named));
    } catch (error) {
      const message = messageOf(error);
      if (!named.has(message))
        logger.warn({ error: message }, 'a claim waits for a lock, and the blocking session is unknown');
      named.add(message);
    }
  }
}

async function endBlockers(session: Session, waiting: WaitingClaim, named: Set<string>): Promise<void> {
  const { pipeline, topic } = waiting;
  const own = waiting.session.id;
  const claim = claimLock(session, pipeline, topic);
  const [row] = await session.rows<{ holder: string | null }>('select is_used_lock(?) as holder', [claim]);
  const holder = row?.holder ?? null;
  if (holder !== own) {
    // Another claim goes first. Only a suspended worker is silent for so long.
    if (holder !== null && (await isSilent(session, holder, waiting.patienceMs))) await end(session, claim, waiting);
    return;
  }
  const locks = await locksOfOthers(session, waiting);
  for (const lock of locks) await end(session, lock, waiting);
  if (locks.length === 0) await nameBlockers(session, waiting, named);
}

/** Names of the locks of the claimed checkpoints that other sessions hold. */
async function locksOfOthers(
  session: Session,
  { pipeline, topic, partitions, session: { id } }: WaitingClaim,
): Promise<readonly string[]> {
  const name = checkpointLock(session, 'c');
  const rows = await session.rows<{ name: string; holder: string }>(
    `select name, holder from (
       select ${name} as name, is_used_lock(${name}) as holder from ${session.own('checkpoint')} c
       where c.pipeline = ? and c.topic = ? and c.\`partition\` in (${partitions.map(() => '?').join(', ')})
     ) as locks where holder is not null order by name`,
    [pipeline, topic, ...partitions],
  );
  const byHolder = new Map(rows.filter(({ holder }) => holder !== id).map(({ name: lock, holder }) => [holder, lock]));
  return [...byHolder.values()];
}

type Process = { user: string; state: string; seconds: string };

/** A session as the server lists it. A user sees at least the own ones. */
async function processOf(session: Session, id: string): Promise<Process | undefined> {
  const [row] = await session.rows<Process>(
    'select user as user, command as state, time as seconds from information_schema.processlist where id = ?',
    [id],
  );
  return row;
}

async function isSilent(session: Session, id: string, patienceMs: number): Promise<boolean> {
  const found = await processOf(session, id);
  return found?.state === 'Sleep' && Number(found.seconds) * 1000 >= patienceMs;
}

/** Ends the session that holds a lock at this moment, by the lock: its number may belong to another session meanwhile. */
async function end(session: Session, lock: string, { logger, patienceMs }: WaitingClaim): Promise<void> {
  const [row] = await session.rows<{ holder: string | null }>('select is_used_lock(?) as holder', [lock]);
  const holder = row?.holder ?? null;
  if (holder === null) return;
  const { state } = (await processOf(session, holder)) ?? { state: null };
  try {
    await session.run('kill connection is_used_lock(?)', [lock]);
  } catch (error) {
    if ((error as { errno?: unknown }).errno === noSuchSession) return;
    throw error;
  }
  logger.warn(
    { session: holder, state, waited: patienceMs },
    'ended the session of the former owner, which blocked the checkpoint',
  );
}

/** Warns once of each session that has locked a checkpoint and does not belong to this pipeline, where the server names it. */
async function nameBlockers(
  session: Session,
  { session: { id }, logger }: WaitingClaim,
  named: Set<string>,
): Promise<void> {
  const rows = await session.rows<{ holder: string }>(
    'select distinct blocking_pid as holder from sys.innodb_lock_waits where waiting_pid = ?',
    [id],
  );
  for (const { holder } of rows.filter((one) => !named.has(one.holder))) {
    named.add(holder);
    const { user, state } = (await processOf(session, holder)) ?? { user: null, state: null };
    logger.warn(
      { session: holder, user, state },
      'the checkpoint is locked by a session that does not belong to this pipeline; Sluice waits for it and does not end it',
    );
  }
}
