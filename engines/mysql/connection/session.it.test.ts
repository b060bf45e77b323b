/** Proves what sessions of MySQL and MariaDB promise: settings, exact values, and an end after each loss of a transaction. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { describeMariadb } from '../../../test/mariadb.ts';
import { freshMysqlTarget } from '../../../test/mysql-target.ts';
import { diagnose, refusalOf } from '../errors.ts';
import { withSession } from './open-session.ts';
import { reachDatabase } from './reach.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describeMariadb('a session', () => {
  test('has the settings that Sluice relies on', async () => {
    await using target = await freshMysqlTarget();
    const isMariadb = target.session.flavor === 'mariadb';
    const variables = {
      time_zone: '+00:00',
      foreign_key_checks: '0',
      autocommit: '1',
      innodb_lock_wait_timeout: '30',
      lock_wait_timeout: '30',
      collation_connection: isMariadb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin',
      [isMariadb ? 'tx_isolation' : 'transaction_isolation']: 'READ-COMMITTED',
      ...(isMariadb
        ? { idle_transaction_timeout: '30', max_statement_time: '120.000000' }
        : { max_execution_time: '120000' }),
    };
    const names = Object.keys(variables);
    expect(await target.rows(`select ${names.map((name) => `@@${name} as ${name}`).join(', ')}`)).toEqual([variables]);
    const [mode] = await target.rows('select @@sql_mode as mode');
    expect(new Set(String(mode?.mode).split(','))).toEqual(
      new Set(['STRICT_ALL_TABLES', 'NO_AUTO_VALUE_ON_ZERO', 'NO_ENGINE_SUBSTITUTION']),
    );
  });

  test('refuses values in strict mode that do not fit, and stores none of them', async () => {
    await using target = await freshMysqlTarget();
    await target.session.run('create table v (tiny tinyint, short varchar(3), day date, n int not null)');
    const codes = [];
    for (const [column, value] of [
      ['tiny', 300],
      ['short', 'long'],
      ['day', '2024-02-30'],
      ['n', null],
      ['n', 'x'],
    ] as const) {
      const error = await failureOf(
        target.session.run(
          `insert into v (n, ${column === 'n' ? 'tiny' : column}) values (?, ?)`,
          column === 'n' ? [value, 1] : [1, value],
        ),
      );
      codes.push([
        diagnose(error).code,
        diagnose(error).reaction,
        refusalOf(error)?.kind,
        refusalOf(error)?.rejection.field,
      ]);
    }
    expect(codes).toEqual([
      ['1264', 'park', 'value', 'tiny'],
      ['1406', 'park', 'value', 'short'],
      ['1292', 'park', 'value', 'day'],
      ['1048', 'park', 'value', 'n'],
      ['1366', 'park', 'value', 'n'],
    ]);
    expect(await target.rows('select count(*) as n from v')).toEqual([{ n: '0' }]);
  });

  test('returns numbers of any size as they are stored, and bytes only for binary columns', async () => {
    await using target = await freshMysqlTarget();
    await target.session.run(
      'create table v (big bigint unsigned, dec30 decimal(30,10), bin varbinary(4), txt text, b bit(9), f float)',
    );
    await target.session.run(
      'insert into v values (18446744073709551615, 12345678901234567890.0123456789, ?, ?, ?, 0.1)',
      [Buffer.from([0, 255]), 'é?\\\'"\n😀', Buffer.from([1, 5])],
    );
    expect(await target.rows('select * from v')).toEqual([
      {
        big: '18446744073709551615',
        dec30: '12345678901234567890.0123456789',
        bin: Buffer.from([0, 255]),
        txt: 'é?\\\'"\n😀',
        b: Buffer.from([1, 5]),
        f: '0.1',
      },
    ]);
  });

  test('keeps texts apart that differ in case or in a trailing space', async () => {
    await using target = await freshMysqlTarget();
    await target.session.run('create table v (id varchar(10) primary key)');
    await target.session.run(`insert into v values ('a'), ('a '), ('A'), ('á')`);
    expect(await target.rows('select id from v where id = ?', ['a'])).toEqual([{ id: 'a' }]);
    const collision = await failureOf(target.session.run(`insert into v values ('a ')`));
    expect(refusalOf(collision)).toMatchObject({
      kind: 'collision',
      rejection: { message: expect.stringMatching(/^Duplicate entry for key '(?:v\.)?PRIMARY', error 1062$/) },
    });
  });

  test('runs the assignments of ON DUPLICATE KEY UPDATE from left to right', async () => {
    await using target = await freshMysqlTarget();
    await target.session.run('create table v (id int primary key, a int, b int)');
    await target.session.run('insert into v values (1, 1, 1)');
    await target.session.run('insert into v values (1, 5, 0) on duplicate key update a = values(a), b = a');
    // In standard SQL `b` would get the former value of `a`.
    expect(await target.rows('select a, b from v')).toEqual([{ a: '5', b: '5' }]);
  });

  test('reports what LOAD DATA LOCAL changed silently as warnings', async () => {
    await using target = await freshMysqlTarget();
    await target.session.run('create table v (id int primary key, name varchar(3))');
    const loaded = await target.session.load(`load data local infile 'x' into table v character set utf8mb4`, () =>
      Readable.from([Buffer.from('1\tab\n2\ttoolong\n1\tcd\n')]),
    );
    expect(loaded.warnings).toBeGreaterThan(0);
    expect(loaded.rows).toBe(2);
  });

  test('refuses every statement after a deadlock, which has rolled back its savepoints too', async () => {
    await using target = await freshMysqlTarget();
    const { session, database } = target;
    await session.run('create table v (id int primary key, a int)');
    await session.run('insert into v values (1, 0), (2, 0)');
    await withSession(database, 'other', async (other) => {
      // The session that has changed more rows is kept, so that `session` is the victim.
      await other.run('start transaction');
      await other.run('insert into v values (10, 1), (11, 1), (12, 1)');
      await other.run('update v set a = 1 where id = 1');
      await session.run('start transaction');
      await session.run('update v set a = 2 where id = 2');
      await session.run('savepoint s');
      const blocked = other.run('update v set a = 1 where id = 2');
      const error = await failureOf(session.run('update v set a = 2 where id = 1'));
      expect(diagnose(error)).toMatchObject({ code: '1213', reaction: 'retry' });
      expect(refusalOf(error)).toBeUndefined();
      // Through the driver the savepoint is gone, and each further statement would commit by itself.
      const [undone] = [await failureOf(session.connection.query('rollback to savepoint s'))];
      expect(undone).toMatchObject({ errno: 1305 });
      await expect(session.run('update v set a = 3 where id = 2')).rejects.toBe(error);
      expect(session.isGivenUp).toBe(true);
      await blocked;
      await other.run('commit');
      expect(await other.rows('select a from v where id <= 2')).toEqual([{ a: '1' }, { a: '1' }]);
    });
  });

  test('refuses every statement after a lock timeout', async () => {
    await using target = await freshMysqlTarget({ timeouts: { lock: 1000 } });
    const { session, database } = target;
    await session.run('create table v (id int primary key, a int)');
    await session.run('insert into v values (1, 0)');
    await withSession(database, 'other', async (other) => {
      await other.run('start transaction');
      await other.run('update v set a = 1');
      const error = await failureOf(session.run('update v set a = 2'));
      expect(diagnose(error)).toMatchObject({ code: '1205', reaction: 'retry' });
      await expect(session.run('select 1')).rejects.toBe(error);
    });
  });

  test('that is killed while it works or while it is idle fails as a lost connection', async () => {
    await using target = await freshMysqlTarget();
    await withSession(target.database, 'other', async (other) => {
      const working = failureOf(other.run('do sleep(20)'));
      await target.session.run(`kill connection ${other.id}`);
      expect(diagnose(await working)).toMatchObject({ reaction: 'retry', isConnection: true });
      await other.closed();
      expect(diagnose(await failureOf(other.run('select 1')))).toMatchObject({ reaction: 'retry', isConnection: true });
    });
    await withSession(target.database, 'other', async (other) => {
      await target.session.run(`kill connection ${other.id}`);
      await other.closed();
      expect(other.isGivenUp).toBe(true);
      expect(diagnose(await failureOf(other.run('select 1')))).toMatchObject({ reaction: 'retry', isConnection: true });
    });
  });

  test('without an answer in time is closed, so that a late answer is taken for no other', async () => {
    await using target = await freshMysqlTarget();
    const impatient = { ...target.database, timeouts: { answer: 300 } };
    await withSession(impatient, 'other', async (other) => {
      expect(diagnose(await failureOf(other.run('do sleep(5)')))).toMatchObject({ reaction: 'retry' });
      expect(other.isGivenUp).toBe(true);
    });
  });
});

describeMariadb('the first connection', () => {
  test('fails at once with advice for a wrong password and for a missing database', async () => {
    await using target = await freshMysqlTarget();
    const reach = (more: object) => reachDatabase({ ...target.database, ...more }, 'test', () => {}, 5_000);
    await expect(reach({ password: 'wrong' })).rejects.toMatchObject({ code: '1045', reaction: 'stop' });
    await expect(reach({ database: 'no_such_database' })).rejects.toMatchObject({
      code: '1049',
      advice: expect.stringContaining('does not exist'),
    });
  });

  test('waits for a server that does not listen, says so, and gives up in time', async () => {
    await using target = await freshMysqlTarget();
    const said: string[] = [];
    const reaching = reachDatabase({ ...target.database, port: 1 }, 'test', (sentence) => said.push(sentence), 1_500);
    await expect(reaching).rejects.toMatchObject({ code: 'mysql_unreachable', kind: 'unreachable' });
    expect(said[0]).toMatch(/^waiting for M\w+ at 127\.0\.0\.1:1 \(connection refused\)/);
  });
});
