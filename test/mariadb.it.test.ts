import mysql from 'mysql2/promise';
import { expect, inject, test } from 'vitest';
import { describeMariadb, freshMariadb } from './mariadb.ts';

const rowsOf = async (session: mysql.Connection, sql: string) => (await session.query<mysql.RowDataPacket[]>(sql))[0];

/** The versions that the projects of Vitest promise; the integration tests may be given another server. */
const promised: { readonly [project: string]: RegExp } = {
  'mariadb-10.11': /^10\.11\..*MariaDB/,
  mysql: /^9\.(?!.*MariaDB)/,
};

describeMariadb('a fresh MariaDB database', () => {
  test('is of the version that the project names', async () => {
    await using database = await freshMariadb('harness');
    const session = await mysql.createConnection(database.url);
    const version = String((await rowsOf(session, 'select version() as version'))[0]?.version);
    await session.end();
    expect(version).toMatch(promised[inject('mariadbProject')] ?? /^\d+\./);
    expect(new URL(database.url).protocol).toBe(/MariaDB/.test(version) ? 'mariadb:' : 'mysql:');
  });

  test('keeps apart what differs in case or trailing spaces, has a binary log of rows, UTC and LOAD DATA LOCAL', async () => {
    await using database = await freshMariadb('harness');
    const session = await mysql.createConnection(database.url);
    await session.query('create table t (k varchar(10) primary key)');
    await session.query(`insert into t values ('a'), ('A'), ('a '), ('ä')`);
    expect(await rowsOf(session, 'select count(*) as count from t')).toEqual([{ count: 4 }]);
    const settings = `select @@log_bin log_bin, @@binlog_format format, @@binlog_row_image image,
      @@local_infile local_infile, @@global.time_zone zone`;
    expect(await rowsOf(session, settings)).toEqual([
      { log_bin: 1, format: 'ROW', image: 'FULL', local_infile: 1, zone: '+00:00' },
    ]);
    await session.end();
  });

  test('is dropped at the end, even while a transaction holds its tables', async () => {
    const database = await freshMariadb('harness');
    const open = await mysql.createConnection(database.url);
    open.on('error', () => undefined);
    await open.query('create table t (k int primary key)');
    await open.query('start transaction');
    await open.query('insert into t values (1)');
    await database[Symbol.asyncDispose]();
    await expect(open.query('commit')).rejects.toThrow();
    await expect(mysql.createConnection(database.url)).rejects.toThrow(/Unknown database/);
  });
});
