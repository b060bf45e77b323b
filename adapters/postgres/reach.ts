/** The first connection to PostgreSQL: waits for a server that is starting, gives up on what waiting cannot cure. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { diagnose, exitCodes, messageOf, PipelineError } from '../../pipeline/errors.ts';
import { connect, type Database } from './connection.ts';

/** Milliseconds a first connection is tried before the command gives up. */
const firstConnectionLimit = 30_000;

/** Connects, or throws: at once for a wrong password or database, `unreachable` after 30 s. The caller ends the session. */
export async function reachDatabase(database: Database, name: string): Promise<pg.Client> {
  const until = performance.now() + firstConnectionLimit;
  for (;;) {
    try {
      return await connect(database, name);
    } catch (error) {
      const { reaction, advice, code } = diagnose(error);
      const where = `PostgreSQL at ${database.host}:${database.port}`;
      if (reaction !== 'retry')
        throw new PipelineError(code, `${where}: ${messageOf(error)}`, { advice, cause: error });
      if (performance.now() >= until) {
        throw new PipelineError('postgres_unreachable', `no ${where} answers: ${messageOf(error)}`, {
          advice: `${advice} \`npx sluice stack up\` starts a local one.`,
          exit: exitCodes.unreachable,
          cause: error,
        });
      }
      await sleep(500);
    }
  }
}
