/** Resources of an integration test on MariaDB: its own database, dropped when the test's scope ends. */
import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { describe } from 'vitest';

const serverUrl = process.env.TEST_MARIADB_URL || null;

/** A suite that needs MariaDB. Without it the suite is skipped, with the reason in its name. */
export function describeMariadb(name: string, tests: () => void): void {
  if (serverUrl !== null) describe(name, tests);
  else describe.skip(`${name} (TEST_MARIADB_URL names no server)`, tests);
}

/** An empty database, whose texts are compared exactly. Dispose drops it. */
export async function freshMariadb(
  prefix = 'test',
): Promise<{ readonly url: string; readonly name: string } & AsyncDisposable> {
  if (serverUrl === null) throw new Error('no MariaDB');
  const name = `${prefix}_${randomUUID().replaceAll('-', '')}`;
  await runOnServer(
    `create database ${name} character set utf8mb4 collate ${serverUrl.startsWith('mysql:') ? 'utf8mb4_0900_bin' : 'utf8mb4_nopad_bin'}`,
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    [Symbol.asyncDispose]: () => runOnServer(`drop database ${name}`),
  };
}

async function runOnServer(sql: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: (serverUrl ?? '').replace(/^mariadb:/, 'mysql:') });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
