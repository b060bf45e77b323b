/** Whether PostgreSQL serves clients: asked by a real connection, as the pipeline will. */
import pg from 'pg';
import { HOST } from '../processes/ports.ts';
import type { PostgresServer } from '../state/state.ts';

/**
 * True when our server (told by its data folder) answers and the stack's database is there; the database is made
 * here when it is missing. Takes at most about 10 s.
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
  // A connection that breaks in between is reported by the query that fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data: string; made: boolean }>(
      `select current_setting('data_directory') as data,
              exists (select from pg_database where datname = $1) as made`,
      [server.database],
    );
    if (rows[0]?.data !== server.dataDir) return false;
    if (!rows[0].made) await client.query(`create database ${client.escapeIdentifier(server.database)}`);
    return true;
  } catch {
    // Not ready is an answer here, whatever the reason; the caller has the limit and the server's log.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
