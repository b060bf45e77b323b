/** The first connection to MySQL or MariaDB: waits for a starting server, and fails at once if a retry cannot help. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { type Say, Waiting } from '../../../pipeline/waiting.ts';
import { diagnose } from '../errors.ts';
import { describeProduct, type MysqlDatabase, timeoutsOf } from './database.ts';
import { openSession } from './open-session.ts';
import type { Session } from './session.ts';

/** The longest wait for a first connection. */
const firstConnectionTimeoutMs = 30_000;

/** Pause between two attempts. */
const pauseMs = 500;

/**
 * Opens a session, which the caller ends. Throws at once for a wrong password or database, and `mysql_unreachable` after
 * `limitMs`. `say` reports the wait after one second.
 */
export async function reachDatabase(
  database: MysqlDatabase,
  name: string,
  say: Say,
  limitMs = firstConnectionTimeoutMs,
): Promise<Session> {
  const until = performance.now() + limitMs;
  const where = describeProduct(database);
  const waiting = new Waiting(where, limitMs, say);
  const connect = Math.max(1, Math.min(timeoutsOf(database).connect, limitMs));
  const quick = { ...database, timeouts: { ...database.timeouts, connect } };
  try {
    for (;;) {
      try {
        return await openSession(quick, name);
      } catch (error) {
        const diagnosis = diagnose(error);
        const { reaction, advice } = diagnosis;
        if (reaction !== 'retry') {
          if (error instanceof PipelineError) throw error;
          throw new PipelineError(diagnosis, `${where}: ${messageOf(error)}`, { advice, cause: error });
        }
        if (performance.now() >= until) {
          throw new PipelineError('mysql_unreachable', `no ${where} answers: ${messageOf(error)}`, {
            advice,
            cause: error,
          });
        }
        waiting.failed(error);
        await sleep(Math.min(pauseMs, Math.max(0, until - performance.now())));
      }
    }
  } finally {
    waiting.end();
  }
}
