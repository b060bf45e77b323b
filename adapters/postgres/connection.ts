/**
 * One PostgreSQL session with the settings every part of Sluice relies on: times in UTC, dead peers noticed, no
 * transaction left open by a stalled client (rule 15).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sessionName } from './session-name.ts';

/** Where the database is and who we are. */
export type Database = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly ssl?: boolean | object;
  /** Limits other than the usual ones. */
  readonly timeouts?: Partial<Timeouts>;
};

/** How long a session waits, in milliseconds; 0 is for ever. */
export type Timeouts = {
  /** For the network and the server to take a connection. */
  readonly connect: number;
  /** For a lock that somebody else holds. */
  readonly lock: number;
  /** For the server to work on one statement. */
  readonly statement: number;
  /** For us, in the middle of a transaction: the server ends the session of a client that vanished. */
  readonly idleInTransaction: number;
  /** For an answer. Above `statement`, so that it ends only what the server or the network left without one. */
  readonly answer: number;
};

const usual: Timeouts = {
  connect: 10_000,
  lock: 30_000,
  statement: 120_000,
  idleInTransaction: 30_000,
  answer: 130_000,
};

/** Milliseconds until a dead peer is asked whether it lives, on either side. */
const keepAliveAfter = 10_000;

/** Milliseconds that saying goodbye may take. */
const goodbyeLimit = 2_000;

/** What is called durable must survive a crash, also where the database prefers speed: its other levels stay as they are. */
const settings = ({ lock, statement, idleInTransaction }: Timeouts): string => `
  set client_encoding = 'UTF8';
  set timezone = 'UTC';
  set datestyle = 'ISO';
  set tcp_keepalives_idle = 10;
  set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 3;
  set idle_in_transaction_session_timeout = ${idleInTransaction};
  set lock_timeout = ${lock};
  set statement_timeout = ${statement};
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

/**
 * Opens a session. `application_name` is `sessionName(name)`. Rejects with the error of the driver.
 * The caller ends it.
 */
export async function connect({ timeouts, ...database }: Database, name: string): Promise<pg.Client> {
  const limits = { ...usual, ...timeouts };
  const client = new pg.Client({
    ...database,
    password: database.password ?? '',
    application_name: sessionName(name),
    connectionTimeoutMillis: limits.connect,
    query_timeout: limits.answer,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfter,
  });
  // An error between two queries has no promise to reject; the next query on this client fails and is handled there.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(settings(limits));
    return client;
  } catch (error) {
    void hangUp(client);
    throw error;
  }
}

/** Ends the session. A server that no longer answers is not waited for longer than two seconds. Never rejects. */
export async function hangUp(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(goodbyeLimit, undefined, { ref: false })]);
  client.connection.stream.destroy();
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
    await hangUp(client);
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
