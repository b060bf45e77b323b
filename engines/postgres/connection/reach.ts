/** The first connection to PostgreSQL: waits for a starting server, and fails at once if a retry cannot help. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { type Say, Waiting } from '../../../pipeline/waiting.ts';
import { diagnose } from '../errors.ts';
import { connect, type Database, describeServers } from './connection.ts';
import { loginAdvice } from './login-advice.ts';

/** The longest wait for a first connection. */
const firstConnectionTimeoutMs = 30_000;

/** The longest attempt, unless the address has a `connect_timeout`. */
const defaultConnectTimeoutMs = 10_000;

/**
 * Opens a session, which the caller ends. Throws at once for a wrong password or database, and `postgres_unreachable` after
 * `limitMs`. `say` reports the wait after one second.
 */
export async function reachDatabase(
  database: Database,
  name: string,
  say: Say,
  limitMs = firstConnectionTimeoutMs,
): Promise<pg.Client> {
  const until = performance.now() + limitMs;
  const where = `PostgreSQL at ${describeServers(database)}`;
  const waiting = new Waiting(where, limitMs, say);
  const connectMs = Math.min(database.timeouts?.connect ?? defaultConnectTimeoutMs, limitMs);
  const quick = { ...database, timeouts: { ...database.timeouts, connect: connectMs } };
  try {
    for (;;) {
      try {
        return await connect(quick, name);
      } catch (error) {
        const diagnosis = diagnose(error);
        const { reaction, advice } = diagnosis;
        if (reaction !== 'retry') {
          if (error instanceof PipelineError) throw error;
          throw new PipelineError(diagnosis, `${where}: ${messageOf(error)}`, {
            advice: loginAdvice(database, diagnosis),
            cause: error,
          });
        }
        if (performance.now() >= until) {
          throw new PipelineError('postgres_unreachable', `no ${where} answers: ${messageOf(error)}`, {
            advice: `${advice} \`npx sluice stack up\` starts a local one.`,
            cause: error,
          });
        }
        waiting.failed(error);
        await sleep(Math.min(500, Math.max(0, until - performance.now())));
      }
    }
  } finally {
    waiting.end();
  }
}
