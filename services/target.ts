/** The target of a use case, of any product. Plain data, so that it can be sent to another process. */
import type { Bookkeeping } from '../engines/bookkeeping.ts';
import { openBookkeeping as openMysql } from '../engines/mysql/bookkeeping.ts';
import { describeDatabase as describeMysql, type MysqlDatabase } from '../engines/mysql/connection/database.ts';
import { openBookkeeping as openPostgres } from '../engines/postgres/bookkeeping.ts';
import { type Database, describeDatabase as describePostgres } from '../engines/postgres/connection/connection.ts';

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
