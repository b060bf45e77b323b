/**
 * One PostgreSQL session with the settings every part of Sluice relies on: times in UTC, dead peers noticed, no
 * transaction left open by a stalled client (rule 15).
 */
import pg from 'pg';

/** Where the database is and who we are. */
export type Database = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly ssl?: boolean | object;
};

/** Milliseconds a connection attempt may take. */
const connectTimeout = 10_000;

const settings = `
  set client_encoding = 'UTF8';
  set timezone = 'UTC';
  set datestyle = 'ISO';
  set tcp_keepalives_idle = 10;
  set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 3;
  set idle_in_transaction_session_timeout = '30s';
  set lock_timeout = '30s';
  set statement_timeout = '120s'`;

/**
 * Opens a session. `application_name` is `sluice/<name>`. Rejects with the error of the driver.
 * The caller ends it.
 */
export async function connect(database: Database, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...database,
    password: database.password ?? '',
    application_name: `sluice/${name}`.slice(0, 63),
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
  });
  // An error between two queries has no promise to reject; the next query on this client fails and is handled there.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(settings);
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

/** Runs `work` in a session of its own and ends it, whatever happens. */
export async function withConnection<T>(
  database: Database,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(database, name);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs `work` in a transaction; rolls back when it throws. */
export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // When the connection is gone the server rolls back by itself; the first error is the one to tell.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Without the password: for messages. */
export const describeDatabase = ({ host, port, database, user }: Database): string =>
  `${user}@${host}:${port}/${database}`;
