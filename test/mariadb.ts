/** Databases of a MariaDB or MySQL server, for integration tests. */
import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { describe } from 'vitest';

const server = process.env.TEST_MARIADB_URL ?? null;

/** A suite that needs MariaDB. Without it the suite is skipped. */
export const describeMariadb = (name: string, tests: () => void): void => {
  if (server === null) describe.skip(`${name} (no MariaDB)`, tests);
  else describe(name, tests);
};

/** An empty database. Dispose drops it. */
export async function freshMariadb(prefix = 'test'): Promise<{ url: string; name: string } & AsyncDisposable> {
  if (server === null) throw new Error('no MariaDB');
  const name = `${prefix}_${randomUUID().slice(0, 8)}`;
  const admin = await mysql.createConnection(server.replace(/^mariadb:/, 'mysql:'));
  await admin.query(`create database \`${name}\` character set utf8mb4 collate utf8mb4_nopad_bin`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    [Symbol.asyncDispose]: async () => {
      await admin.query(`drop database \`${name}\``);
      await admin.end();
    },
  };
}
