/**
 * PostgreSQL sessions with the settings that Sluice relies on: UTC, keepalive probes, and a timeout for transactions of stalled
 * clients (rule 15).
 */
import type pg from 'pg';
import { hangUp } from './hang-up.ts';
import type { Tls } from './libpq/tls.ts';
import { openSession } from './open-session.ts';
import { sessionName } from './session-name.ts';

/** One server: a host name, an IP address, or the folder of a Unix socket. */
export type Server = {
  readonly host: string;
  readonly port: number;
  /** IP address to connect to, instead of a DNS lookup of `host`. */
  readonly address?: string;
  readonly password: string | undefined;
};

/** Address and login of a database. Plain data, so that it can be passed to worker processes. */
export type Database = Server & {
  readonly database: string;
  readonly user: string;
  /** Servers to try if the first one does not respond or is not of the wanted kind. */
  readonly others?: readonly Server[];
  /** True when the servers are tried in random order. */
  readonly shuffled?: boolean;
  /** The wanted kind of server, as libpq's `target_session_attrs`; any when absent. */
  readonly sessionAttributes?: 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';
  /** TLS settings; absent for a session without TLS. */
  readonly tls?: Tls;
  /** Server settings in the startup message, as `-c name=value`. */
  readonly options?: string;
  /** Allowed authentication methods, as in libpq's `require_auth`. */
  readonly requireAuth?: string;
  /** SCRAM channel binding; used where possible when absent. */
  readonly channelBinding?: 'disable' | 'require';
  /** Milliseconds of silence until the first TCP keepalive probe; 0 for no probes. */
  readonly keepAliveMs?: number;
  /** Timeouts that differ from the defaults. */
  readonly timeouts?: Partial<Timeouts>;
  /** Origin of the login data, for messages about a failed login. */
  readonly namedBy?: NamedBy;
};

/** The flag, variable or file that sets each part of a login, such as `DATABASE_URL`. */
export type NamedBy = { readonly [part in 'user' | 'password' | 'database']?: string | undefined };

/** Timeouts of a session in milliseconds; 0 means none. */
export type Timeouts = {
  /** For opening a connection. */
  readonly connect: number;
  /** For a lock that another session holds. */
  readonly lock: number;
  /** For one statement. */
  readonly statement: number;
  /** For a client that sends nothing within a transaction. The server then ends its session. */
  readonly idleInTransaction: number;
  /** For a response. Longer than `statement`, so that it ends only queries whose server no longer responds. */
  readonly answer: number;
};

const defaults: Timeouts = {
  connect: 10_000,
  lock: 30_000,
  statement: 120_000,
  idleInTransaction: 30_000,
  answer: 130_000,
};

/** Commits must survive a crash, so `synchronous_commit` must not be `off`. Other values are kept. */
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
 * Opens a session, which the caller ends. `application_name` is `sessionName(name)`. Rejects with the error of the driver, or
 * with a `PipelineError` for a server that does not meet the requirements of the address.
 */
export async function connect(database: Database, name: string): Promise<pg.Client> {
  const limits = { ...defaults, ...database.timeouts };
  const client = await openSession(database, { name: sessionName(name), limits });
  try {
    await client.query(settings(limits));
    return client;
  } catch (error) {
    void hangUp(client);
    throw error;
  }
}

/** Runs `work` in a new session, and always ends it. */
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
    // If the connection is lost, the server rolls back. The first error is thrown.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** User, servers and database without the password, for messages. */
export const describeDatabase = (database: Database): string =>
  `${database.user}@${describeServers(database)}/${database.database}`;

/** `host:port` or the socket's path, for each server. */
export const describeServers = (database: Database): string =>
  [database, ...(database.others ?? [])].map(({ host, port }) => `${host}:${port}`).join(',');
