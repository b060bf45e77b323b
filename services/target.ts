/** The target of a use case, of any product. Plain data, so that it can be sent to another process. */
import type { Bookkeeping } from '../engines/bookkeeping.ts';
import { bookkeepingOn as onMysql, openBookkeeping as openMysql } from '../engines/mysql/bookkeeping.ts';
import { describeDatabase as describeMysql, type MysqlDatabase } from '../engines/mysql/connection/database.ts';
import { reachDatabase as reachMysql } from '../engines/mysql/connection/reach.ts';
import { bookkeepingOn as onPostgres, openBookkeeping as openPostgres } from '../engines/postgres/bookkeeping.ts';
import { type Database, describeDatabase as describePostgres } from '../engines/postgres/connection/connection.ts';
import { reachDatabase as reachPostgres } from '../engines/postgres/connection/reach.ts';
import type { Say } from '../pipeline/waiting.ts';

/** One database. */
export type TargetDatabase = Database | MysqlDatabase;

/** Whether a database is MySQL or MariaDB. */
export const isMysql = (database: TargetDatabase): database is MysqlDatabase => 'product' in database;

/** User, server and database without the password, for messages. */
export const describeTarget = (database: TargetDatabase): string =>
  isMysql(database) ? describeMysql(database) : describePostgres(database);

/** Opens a connection that reads the stored progress of pipelines. */
export const openBookkeeping = (database: TargetDatabase, name: string): Promise<Bookkeeping> =>
  isMysql(database) ? openMysql(database, name) : openPostgres(database, name);

/** What the first connection of a command needs. */
export type ReachOptions = {
  /** The name of the session. */
  readonly name: string;
  /** Gets the wait after one second. */
  readonly say: Say;
  /** The longest wait for the server; 30 s if absent. */
  readonly limitMs?: number;
  /** The longest wait for one answer. */
  readonly answerMs?: number;
};

/** Opens the first connection of a command, and waits for a server that starts. Throws at once if a retry cannot help. */
export async function reachBookkeeping(
  database: TargetDatabase,
  { name, say, limitMs, answerMs }: ReachOptions,
): Promise<Bookkeeping> {
  const answer = answerMs === undefined ? {} : { answer: answerMs };
  if (isMysql(database)) {
    const limited = { ...database, timeouts: { ...database.timeouts, ...answer } };
    return onMysql(database, await reachMysql(limited, name, say, limitMs));
  }
  const limited = { ...database, timeouts: { ...database.timeouts, ...answer } };
  return onPostgres(database, await reachPostgres(limited, name, say, limitMs));
}

/** The name of the product, for messages. */
export const productOf = (database: TargetDatabase): string => (isMysql(database) ? database.product : 'PostgreSQL');

/** Runs `work` with the stored progress, and always closes its connection. */
export async function withBookkeeping<T>(
  database: TargetDatabase,
  name: string,
  work: (bookkeeping: Bookkeeping) => Promise<T>,
): Promise<T> {
  const bookkeeping = await openBookkeeping(database, name);
  try {
    return await work(bookkeeping);
  } finally {
    await bookkeeping.close();
  }
}
