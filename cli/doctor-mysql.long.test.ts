/** Proves that `sluice doctor` checks both sides of a move to MariaDB, and that `load` warns before it begins. */
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mysqlAddress } from '../engines/mysql/connection/address.ts';
import { withSession } from '../engines/mysql/connection/open-session.ts';
import { migrate } from '../engines/mysql/schema/migrate.ts';
import { lackingPrivileges } from '../engines/mysql/schema/privileges.ts';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { bootstrap, type FreshDatabase, freshDatabase } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { extraPostgres } from '../test/extra-postgres.ts';
import { describeMariadb, type FreshMariadb, freshMariadb } from '../test/mariadb.ts';
import { sluice } from '../test/sluice.ts';
import type { Finding } from './doctor/finding.ts';

describeMariadb('sluice doctor with a target in MariaDB', () => {
  let source: FreshDatabase;
  let target: FreshMariadb;
  beforeAll(async () => {
    [source, target] = await Promise.all([freshDatabase('source'), freshMariadb('doctor')]);
    await onSource('create table t (id bigint primary key)');
  });
  afterAll(() => Promise.all([source[Symbol.asyncDispose](), target[Symbol.asyncDispose]()]));

  const onSource = (sql: string, url = source.url) =>
    withConnection(databaseOf(url), 'test', (client) => client.query(sql));

  async function examine(targetUrl: string, sourceUrl = source.url) {
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), SLUICE_DIR: '/tmp' };
    const args = ['doctor', '--json', '--source-db', sourceUrl, '--target-db', targetUrl];
    const { code, stdout } = await sluice(args, { env });
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    return { code, findings, faults: findings.filter(({ verdict }) => verdict === 'fault') };
  }

  test('finds no fault where both sides are fit', async () => {
    const { code, findings, faults } = await examine(target.url);
    expect({ code, faults }).toEqual({ code: 0, faults: [] });
    const sentences = (check: string) => findings.filter((one) => one.check === check).map(({ sentence }) => sentence);
    const product = target.url.startsWith('mariadb:') ? 'MariaDB' : 'MySQL';
    expect(sentences(product)).toEqual([
      expect.stringMatching(new RegExp(`/${target.name} .*, ${product} \\d+\\.\\d+`)),
    ]);
    expect(sentences('source')).toEqual([
      expect.stringMatching(/^source PostgreSQL .* answers in \d+ ms, version \d+$/),
      'wal_level = logical, the user may replicate, 1 table with a replica identity',
    ]);
    expect(sentences('privileges')).toEqual([expect.stringContaining(`tables in ${target.name} and sluice`)]);
    expect(sentences('PostgreSQL')).toEqual([]);
  });

  test('names each fault of both sides with its fix', async () => {
    await using blind = await freshDatabase('blind');
    await onSource('create table nokey (id bigint); create role poor login password $$x$$', blind.url);
    const poor = new URL(blind.url);
    [poor.username, poor.password] = ['poor', 'x'];
    try {
      const wrong = new URL(target.url);
      wrong.password = 'wrong';
      const { code, faults } = await examine(wrong.href, poor.href);
      expect(code).toBe(1);
      expect(faults.map(({ sentence, fix }) => [sentence, fix])).toEqual([
        [
          'user poor of the source may not replicate [replication_role]',
          expect.stringContaining('ALTER ROLE "poor" REPLICATION;'),
        ],
        [
          expect.stringContaining(
            'UPDATE and DELETE on public.nokey: no primary key or replica identity [no_replica_identity]',
          ),
          expect.stringContaining('ALTER TABLE public.nokey REPLICA IDENTITY FULL;'),
        ],
        [
          expect.stringContaining('refuses the session: Access denied'),
          expect.stringMatching(/^correct user and password/),
        ],
      ]);
    } finally {
      await onSource('drop role poor', blind.url);
    }
  });

  test('the grants that it names are all that a user needs', async () => {
    const admin = await mysql.createConnection(target.url.replace(/^mariadb:/, 'mysql:'));
    const user = `${target.name}_u`.slice(0, 32);
    const bookkeeping = `${target.name}_own`;
    try {
      await admin.query(`create user '${user}' identified by 'x'`);
      await admin.query(`grant select on ${target.name}.* to '${user}'`);
      const address = { ...mysqlAddress(target.url), user, password: 'x', bookkeeping };
      const lacking = () =>
        withSession(address, 'test', async (session) => (await lackingPrivileges(session, target.name)).lacking);
      const before = await lacking();
      expect(before.map(({ database }) => database)).toEqual([target.name, bookkeeping]);
      expect(before[0]?.privileges).not.toContain('SELECT');
      await expect(withSession(address, 'test', migrate)).rejects.toThrow(/denied/);
      for (const { grant } of before) await admin.query(grant);
      expect(await lacking()).toEqual([]);
      expect(await withSession(address, 'test', (session) => migrate(session))).toEqual([1]);
    } finally {
      await admin.query(`drop user if exists '${user}'`);
      await admin.query(`drop database if exists ${bookkeeping}`);
      await admin.end();
    }
  });

  test('load warns of a source whose changes cannot be followed, and loads all the same', async () => {
    await using replica = await extraPostgres({ settings: { wal_level: 'replica' } });
    await using empty = await freshMariadb('load');
    await onSource('create table t (id bigint); insert into t values (1)', replica.url);
    await withSession(mysqlAddress(empty.url), 'test', (session) => session.run('create table t (id bigint)'));
    const args = ['load', '--source-db', replica.url, '--target-db', empty.url, '--log-format', 'pretty'];
    const { code, stderr } = await sluice(args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('changes of the source cannot be followed: the source has wal_level = replica');
    expect(stderr).toContain('ALTER SYSTEM SET wal_level = logical;');
    expect(stderr).toContain('ALTER TABLE public.t REPLICA IDENTITY FULL;');
    expect((await examine(empty.url, replica.url)).faults).toContainEqual(
      expect.objectContaining({ check: 'source', sentence: expect.stringContaining('[wal_level]') }),
    );
  });
});
