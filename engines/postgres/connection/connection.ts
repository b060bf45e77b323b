/**
 * One PostgreSQL session with the settings every part of Sluice relies on: times in UTC, dead peers noticed, no
 * transaction left open by a stalled client (rule 15).
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
  /** IP address to connect to instead of looking `host` up. */
  readonly address?: string;
  readonly password: string | undefined;
};

/** Where the database is and who we are. Plain data: it is sent to workers. */
export type Database = Server & {
  readonly database: string;
  readonly user: string;
  /** Servers that are tried when the first does not answer or is not of the wanted kind. */
  readonly others?: readonly Server[];
  /** True when the servers are tried in random order. */
  readonly shuffled?: boolean;
  /** Which kind of server is wanted; any when absent. In libpq's words. */
  readonly sessionAttributes?: 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';
  /** Absent where nothing is encrypted. */
  readonly tls?: Tls;
  /** Settings for the server in the start-up message, as `-c name=value`. */
  readonly options?: string;
  /** Ways to log in that are allowed, as libpq's `require_auth` lists them. */
  readonly requireAuth?: string;
  /** Whether the login must, or must not, be bound to the server's certificate; it is where possible when absent. */
  readonly channelBinding?: 'disable' | 'require';
  /** Milliseconds of silence until a dead peer is looked for; 0 is never. */
  readonly keepAliveMs?: number;
  /** Limits other than the usual ones. */
  readonly timeouts?: Partial<Timeouts>;
  /** Who said it, or where to say it: a flag, a variable or a file, for messages about a login that fails. */
  readonly namedBy?: NamedBy;
};

/** Flag, variable or file behind each part of a login, such as `DATABASE_URL`. */
export type NamedBy = { readonly [part in 'user' | 'password' | 'database']?: string | undefined };

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
 * Opens a session. `application_name` is `sessionName(name)`. Rejects with the error of the driver, or with a PipelineError
 * for a server that does not do what the address asks for. The caller ends it.
 */
export async function connect(database: Database, name: string): Promise<pg.Client> {
  const limits = { ...usual, ...database.timeouts };
  const client = await openSession(database, { name: sessionName(name), limits });
  try {
    await client.query(settings(limits));
    return client;
  } catch (error) {
    void hangUp(client);
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
export const describeDatabase = (database: Database): string =>
  `${database.user}@${describeServers(database)}/${database.database}`;

/** `host:port`, the path of the socket, or several of them. */
export const describeServers = (database: Database): string =>
  [database, ...(database.others ?? [])].map(({ host, port }) => `${host}:${port}`).join(',');
