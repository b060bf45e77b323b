/** Checks with a real connection whether MariaDB serves clients. */
import { realpath } from 'node:fs/promises';
import mysql from 'mysql2/promise';
import { HOST, portAnswers } from '../processes/ports.ts';
import type { DatabaseServer } from '../state/state.ts';

const ANSWER_LIMIT_MS = 5000;

/**
 * True when our server, identified by its data folder, answers and has the stack's database. Creates the database when it
 * is missing. Takes at most about 15 s.
 */
export async function mariadbAnswers(server: DatabaseServer): Promise<boolean> {
  const { port, user, password, database, dataDir } = server;
  // The client would wait for the greeting of a server that has bound its port and is still starting.
  if (!(await portAnswers(port))) return false;
  let connection: mysql.Connection | undefined;
  try {
    connection = await mysql.createConnection({ host: HOST, port, user, password, connectTimeout: 3000 });
    // A lost connection makes the next query fail, which reports it.
    connection.on('error', () => undefined);
    const [rows] = await connection.query<mysql.RowDataPacket[]>({
      sql: 'select @@datadir as data',
      timeout: ANSWER_LIMIT_MS,
    });
    if (rows[0]?.data !== `${await realpath(dataDir)}/`) return false;
    await connection.query({
      sql: `create database if not exists ${mysql.escapeId(database)}`,
      timeout: ANSWER_LIMIT_MS,
    });
    return true;
  } catch {
    // Any error means not ready. The caller has a time limit and quotes the server's log.
    return false;
  } finally {
    await connection?.end().catch(() => undefined);
  }
}
