/** Address, login and limits of a MySQL or MariaDB database. Plain data, so that it can be passed to worker processes. */
import type { Tls } from './tls.ts';

/** One database of a server. */
export type MysqlDatabase = {
  /** The product as the address names it, for messages. */
  readonly product: 'MySQL' | 'MariaDB';
  readonly host: string;
  readonly port: number;
  /** Path of a Unix socket, used instead of host and port. */
  readonly socket?: string;
  readonly user: string;
  readonly password: string | undefined;
  /** The database in which unqualified tables are found. */
  readonly database: string;
  /** Database of Sluice's own tables on the same server; `sluice` when absent. */
  readonly bookkeeping?: string;
  /** TLS settings; absent for a session without TLS. */
  readonly tls?: Tls;
  /** Timeouts that differ from the defaults. */
  readonly timeouts?: Partial<Timeouts>;
};

/** Timeouts of a session in milliseconds. Servers that count in seconds round them up. */
export type Timeouts = {
  /** For opening a connection. */
  readonly connect: number;
  /** For a lock of a row or of a table that another session holds. */
  readonly lock: number;
  /** For one statement; in MySQL only for a SELECT. */
  readonly statement: number;
  /** For a client that sends nothing within a transaction. The server then ends its session. */
  readonly idleInTransaction: number;
  /** For a response. Longer than `statement`, so that it ends only queries whose server no longer responds. */
  readonly answer: number;
};

/** The timeouts of a database: its own, and the defaults for the rest. */
export const timeoutsOf = ({ timeouts }: MysqlDatabase): Timeouts => ({
  connect: 10_000,
  lock: 30_000,
  statement: 120_000,
  idleInTransaction: 30_000,
  answer: 130_000,
  ...timeouts,
});

/** The name of the database with Sluice's own tables. */
export const bookkeepingOf = ({ bookkeeping = 'sluice' }: MysqlDatabase): string => bookkeeping;

/** `host:port`, or the path of the socket. */
export const describeServer = ({ host, port, socket }: MysqlDatabase): string => socket ?? `${host}:${port}`;

/** `MariaDB at host:port`. */
export const describeProduct = (database: MysqlDatabase): string =>
  `${database.product} at ${describeServer(database)}`;

/** User, server and database without the password, for messages. */
export const describeDatabase = (database: MysqlDatabase): string =>
  `${database.user}@${describeServer(database)}/${database.database}`;
