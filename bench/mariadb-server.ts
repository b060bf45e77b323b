/** MariaDB as a database server of the benchmark. */
import mysql from 'mysql2/promise';
import type { Content, DatabaseServer } from './database-server.ts';

/**
 * The table of the events, with the types that `sluice schema plan` gives it. The source's numeric without digits has those that
 * its values need.
 */
const customersDdl = `create table customers (
  id           bigint not null primary key,
  email        varchar(120) not null,
  name         longtext not null,
  phone        varchar(32),
  street       longtext,
  city         varchar(80),
  postal_code  varchar(16),
  country      char(2),
  born         date,
  balance      decimal(12,2) not null,
  credit_limit decimal(20,3),
  score        double,
  visits       int not null default 0,
  level        smallint,
  active       tinyint(1) not null default true,
  reference    uuid not null,
  settings     json,
  notes        longtext,
  created_at   datetime(6) not null,
  updated_at   datetime(6) not null
)`;

/** Database of Sluice's own tables. */
const bookkeeping = 'sluice';

/** Milliseconds until a server that is stopped by a signal counts as gone. */
const connectTimeout = 10_000;

async function withConnection<T>(url: string, work: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  const database = pathname.slice(1);
  const login = { host, port: Number(port), user, password: decodeURIComponent(password), database };
  const connection = await mysql.createConnection({ ...login, connectTimeout, timezone: 'Z' });
  // When a signal stops the servers, the next query fails and reports it.
  connection.on('error', () => undefined);
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

async function read(connection: mysql.Connection, sql: string): Promise<readonly string[]> {
  const [rows] = await connection.query<mysql.RowDataPacket[][]>({ sql, rowsAsArray: true });
  return (rows[0] ?? []).map(String);
}

async function describe(connection: mysql.Connection): Promise<string> {
  const names = ['version', 'sync_binlog', 'innodb_flush_log_at_trx_commit', 'innodb_buffer_pool_size'];
  const [version, ...settings] = await read(connection, `select ${names.map((name) => `@@${name}`).join(', ')}`);
  return `MariaDB ${version} (${settings.map((value, i) => `${names[i + 1]} ${value}`).join(', ')})`;
}

async function contentOf(connection: mysql.Connection): Promise<Content> {
  const [rows, sum] = await read(connection, 'select count(*), coalesce(sum(id * visits), 0) from customers');
  const [, checksum] = await read(connection, 'checksum table customers extended');
  return { rows: Number(rows), sum: sum ?? '', checksum: checksum ?? '' };
}

/** MariaDB. */
export const mariadbServer: DatabaseServer = {
  describe: (url) => withConnection(url, describe),
  inFreshDatabase: (url, work) =>
    withConnection(url, async (admin) => {
      const name = `bench_${process.hrtime.bigint()}`;
      try {
        await admin.query(`create database ${name} character set utf8mb4 collate utf8mb4_nopad_bin`);
        const own = new URL(url);
        own.pathname = `/${name}`;
        return await work(own.href);
      } finally {
        for (const database of [name, bookkeeping]) await admin.query(`drop database if exists ${database}`);
        await admin.query('flush binary logs');
        await admin.query('purge binary logs before now()');
      }
    }),
  createCustomers: (url) =>
    withConnection(url, async (connection) => {
      await connection.query(customersDdl);
    }),
  contentOf: (url) => withConnection(url, contentOf),
};
