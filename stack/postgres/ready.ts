/** Checks with a real connection whether PostgreSQL serves clients. */
import pg from 'pg';
import { HOST } from '../processes/ports.ts';
import type { PostgresServer } from '../state/state.ts';

/**
 * True when our server, identified by its data folder, answers and has the stack's database. Creates the database when it
 * is missing. Takes at most about 10 s.
 */
export async function postgresAnswers(server: PostgresServer): Promise<boolean> {
  const client = new pg.Client({
    host: HOST,
    port: server.port,
    user: server.user,
    password: server.password,
    database: 'postgres',
    connectionTimeoutMillis: 3000,
    query_timeout: 5000,
    application_name: 'sluice-stack',
  });
  // A lost connection makes the next query fail, which reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data: string; exists: boolean }>(
      `select current_setting('data_directory') as data,
              exists (select from pg_database where datname = $1) as exists`,
      [server.database],
    );
    if (rows[0]?.data !== server.dataDir) return false;
    if (!rows[0].exists) await client.query(`create database ${client.escapeIdentifier(server.database)}`);
    return true;
  } catch {
    // Any error means not ready. The caller has a time limit and quotes the server's log.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
