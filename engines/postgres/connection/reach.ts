/** The first connection to PostgreSQL: waits for a server that is starting, gives up on what waiting cannot cure. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { type Say, Waiting } from '../../../pipeline/waiting.ts';
import { diagnose } from '../errors.ts';
import { connect, type Database, describeServers } from './connection.ts';
import { loginAdvice } from './login-advice.ts';

/** Milliseconds a first connection is tried before the command gives up. */
const firstConnectionLimit = 30_000;

/** Milliseconds that one attempt may take, unless the address says otherwise (`connect_timeout`). */
const usualConnectLimit = 10_000;

/**
 * Connects, or throws: at once for a wrong password or database, `postgres_unreachable` after `limitMs`. Says after a
 * second that it waits. The caller ends the session.
 */
export async function reachDatabase(
  database: Database,
  name: string,
  say: Say,
  limitMs = firstConnectionLimit,
): Promise<pg.Client> {
  const until = performance.now() + limitMs;
  const where = `PostgreSQL at ${describeServers(database)}`;
  const waiting = new Waiting(where, limitMs, say);
  const connectLimit = Math.min(database.timeouts?.connect ?? usualConnectLimit, limitMs);
  const quick = { ...database, timeouts: { ...database.timeouts, connect: connectLimit } };
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
