/** Databases of the run's MariaDB, or of the MySQL of `npm run test:mysql`. */
import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { describe, inject } from 'vitest';
import { exactCollation } from '../engines/mysql/collation.ts';
import type { Flavor } from '../engines/mysql/connection/server-version.ts';

const server = inject('mariadbUrl');
const missing = inject('mariadbMissing');

/** The product of the run's server, known before a session is open: for the values and titles of tests. */
export const serverFlavor: Flavor = server?.startsWith('mysql:') ? 'mysql' : 'mariadb';

/** A suite that needs MariaDB. Without it the suite is skipped, with the reason in its name. */
export function describeMariadb(name: string, tests: () => void): void {
  if (server === null) describe.skip(`${name} (${missing ?? 'no MariaDB'})`, tests);
  else describe(name, tests);
}

export type FreshMariadb = AsyncDisposable & { readonly url: string; readonly name: string };

/**
 * An empty database with a unique name, whose collation keeps 'a', 'A' and 'a ' apart. The URL begins with `mariadb:` or
 * `mysql:`, as the server is. Dispose ends its sessions and drops it. Throws without a server, so use it inside
 * `describeMariadb`.
 */
export async function freshMariadb(prefix = 'test'): Promise<FreshMariadb> {
  if (server === null) throw new Error(`no MariaDB: ${missing}`);
  const name = `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const url = new URL(server);
  await onServer(server, (session) =>
    session.query(
      `create database ${mysql.escapeId(name)} character set utf8mb4 collate ${exactCollation[serverFlavor]}`,
    ),
  );
  url.pathname = `/${name}`;
  return { url: url.href, name, [Symbol.asyncDispose]: () => onServer(server, (session) => drop(session, name)) };
}

/** An open transaction of a failed test would keep its tables locked. */
async function drop(session: mysql.Connection, name: string): Promise<void> {
  const sessions = 'select id from information_schema.processlist where db = ?';
  const [open] = await session.query<mysql.RowDataPacket[]>(sessions, [name]);
  for (const { id } of open) {
    await session.query(`kill ${id}`).catch((error: { code?: string }) => {
      // It has ended meanwhile.
      if (error.code !== 'ER_NO_SUCH_THREAD') throw error;
    });
  }
  await session.query(`drop database ${mysql.escapeId(name)}`);
}

async function onServer(url: string, work: (session: mysql.Connection) => Promise<unknown>): Promise<void> {
  const session = await mysql.createConnection(url);
  try {
    // The default is a day or more.
    await session.query('set session lock_wait_timeout = 30');
    await work(session);
  } finally {
    await session.end();
  }
}
