/**
 * `sluice connector create` with a real Debezium: it refuses settings that would make the copy differ, and captures
 * changes from the moment when the command returns.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../sluice.ts';
import { type ReplicationStack, replicationStack, type Scene } from './scene.ts';

describe.skipIf(inject('kafka') === null)('a connector', () => {
  let stack: ReplicationStack;
  beforeAll(async () => {
    stack = await replicationStack(null);
  }, 300_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  /** The rows of a table of the target, ordered. */
  const held = async (it: Scene, table: string, column = 'id'): Promise<unknown[]> =>
    (await it.target.query(`select ${column} as one from ${table} order by 1`)).rows.map(({ one }) => one);

  test('captures rows that are inserted right after create has returned, each time tables are added', async () => {
    await using it = await stack.scene();
    await it.source.query('create table first (id int primary key)');
    await it.connect();
    await it.source.query('insert into first values (1)');
    await it.snapshotTaken();
    const running = it.replicate();
    await until(async () => /joined the group/.test(running.said()), 'it has joined', 60_000);
    for (const table of ['second', 'third']) {
      await it.source.query(`create table ${table} (id int primary key); insert into ${table} values (0)`);
      const { code, stderr } = await it.create();
      expect({ code, stderr }).toEndWith(0);
      expect(stderr).toContain(`public.${table} is captured from now on`);
      await it.source.query(`insert into ${table} values (1)`);
      await it.source.query(`insert into ${table} values (2); insert into first select max(id) + 1 from first`);
    }
    // A table that was dropped and recreated is added again, although the configuration does not differ.
    await it.source.query(
      'drop table second; create table second (id int primary key); insert into second values (10)',
    );
    const again = await it.create();
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('public.second had left the publication') });
    await it.source.query('insert into second values (11)');
    // Nothing to do: the task continues.
    const same = await it.create();
    expect(same.code, same.stderr).toBe(0);
    await it.source.query('insert into second values (12)');
    await until(
      async () => (await held(it, 'second').catch((): unknown[] => [])).includes(12),
      'the last row',
      120_000,
    );
    running.kill('SIGTERM');
    await running.finished;
    const ended = await it.replicate('--until-caught-up').finished;
    // Changes made while the table was outside of the publication are unknown.
    expect({ code: ended.code, said: ended.stderr }).toMatchObject({
      code: 5,
      said: expect.stringContaining('changes of public.second were made while it was not captured'),
    });
    expect([await held(it, 'first'), await held(it, 'second'), await held(it, 'third')]).toEqual([
      [1, 2, 3],
      [1, 2, 11, 12],
      [1, 2],
    ]);
  });

  test.each([0, 30])('is waited for while its snapshot runs, for %i s', async (seconds) => {
    await using it = await stack.scene();
    await it.source.query(`
      create table customers (id int primary key); create table orders (id int primary key, customer int references customers);
      insert into customers select n from generate_series(1, 100) n; insert into orders select n, n from generate_series(1, 100) n`);
    const slow = { 'snapshot.select.statement.overrides': 'public.orders' };
    const query = `SELECT * FROM "public"."orders" WHERE (SELECT pg_sleep(${seconds})) IS NOT NULL`;
    const dir = await mkdtemp(join(tmpdir(), 'sluice-slow-'));
    const settings = join(dir, 'slow.json');
    await writeFile(settings, JSON.stringify({ ...slow, 'snapshot.select.statement.overrides.public.orders': query }));
    await it.connect('--settings', settings).finally(() => rm(dir, { recursive: true }));
    const ended = await it.replicate('--until-caught-up').finished;
    expect({ code: ended.code, said: ended.stderr }).toMatchObject({
      code: 0,
      said: expect.stringContaining('caught up: 2 tables: 200 read = 200 applied'),
    });
    if (seconds > 0) {
      expect(ended.stderr).toMatch(/waiting: connector .*/);
      expect(ended.stderr).toMatch(
        /reading the records that have arrived so far: connector .* reading public.orders, table 2 of 2/,
      );
    }
  });

  test('captures its tables by their exact names, and other tables stay writable', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create schema s; create schema "S";
      create table users (id int primary key, v text); create table "Users" (id int, v text);
      create table s."Orders" (id int primary key); create table "S"."Orders" (id int); create table s.orders (id int);
      create table parent (id int primary key, v text); create table child (w text) inherits (parent);
      insert into users values (1, 'a'); insert into "Users" values (1, 'secret'); insert into "S"."Orders" values (9);
      insert into s.orders values (8); insert into s."Orders" values (7)`);
    await it.connect('--tables', 'users,s.Orders,parent');
    await it.snapshotTaken();
    await it.source.query(`
      update "Users" set v = 'x'; update "S"."Orders" set id = 1; update s.orders set id = 2; insert into child values (1, 'v', 'w');
      update child set v = 'x'; update users set v = 'b'; update s."Orders" set id = 70`);
    const done = await it.replicate('--until-caught-up').finished;
    expect(done.code, done.stderr).toBe(0);
    const { rows } = await it.target.query(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname ~* '^(public|s)$' order by 1`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(['public.parent', 'public.users', 's.Orders']);
    expect([await held(it, 'users', 'v'), await held(it, 's."Orders"')]).toEqual([['b'], [70]]);
  });

  test('continues after a connector of the same name was deleted, and names tables that the old one did not capture', async () => {
    await using it = await stack.scene();
    await it.source.query('create table a (id int primary key); insert into a values (1)');
    await it.connect('--tables', 'a');
    await it.snapshotTaken();
    expect((await it.connector('delete')).code).toBe(0);
    await it.source.query('insert into a values (2); create table b (id int primary key); insert into b values (1)');
    const again = await it.create('--tables', 'a,b');
    expect({ code: again.code, said: again.stderr }).toMatchObject({
      code: 0,
      said: expect.stringContaining('public.b changed while it was not captured'),
    });
    expect(again.stderr).toContain('It continues where a former connector of this name stopped');
    expect(again.stderr).not.toContain('The snapshot runs');
    await it.source.query('insert into a values (3); insert into b values (2)');
    const status = await it.connector('status');
    expect(status).toMatchObject({ code: 5, stderr: expect.stringContaining('public.b were made while') });
    expect(status.stderr).not.toContain('changes of public.a');
    const caught = async () => (await it.replicate('--until-caught-up').finished).code;
    expect(await caught()).toBe(5);
    await until(async () => (await caught()) === 5 && (await held(it, 'a')).length === 3, 'a is whole', 60_000);
    expect(await held(it, 'b')).toEqual([2]);
  });

  test('works when a risk was accepted, and its status says so', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create table t (id int primary key, i interval, n int[]);
      insert into t values (1, 'infinity', '{1}'), (2, '1 day', '[0:1]={1,2}')`);
    const refused = await it.create();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('public.t, column i (interval): 1 row has an infinite interval');
    expect(refused.stderr).toContain('--accept infinite_interval,array_shape');
    expect(await it.create('--accept', 'infinite')).toEndWith(2);
    const made = await it.create('--accept', 'array_shape,infinite_interval');
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toContain('accepted: public.t, column i');
    const { stdout } = await it.connector('status');
    expect(stdout).toMatch(/accepted risk: public\.t, column i .* \[infinite_interval\]\n/);
    expect(stdout).toMatch(/accepted risk: public\.t, column n .* \[array_shape\]\n/);
    // A risk that no longer exists is no longer accepted.
    await it.source.query(`update t set i = '1 day', n = '{1}'`);
    expect((await it.create()).code).toBe(0);
    expect((await it.connector('status')).stdout).not.toContain('accepted');
  });

  test('stays paused when it gets other tables, and captures them after it is resumed', async () => {
    await using it = await stack.scene();
    await it.source.query(
      'create table a (id int primary key); create table b (id int primary key); insert into a values (0)',
    );
    await it.connect('--tables', 'a');
    await it.snapshotTaken();
    await it.connector('pause');
    await it.connect('--tables', 'a,b');
    await it.source.query('insert into b values (1)');
    await sleep(500);
    await it.connector('resume');
    const running = it.replicate();
    await until(async () => (await held(it, 'b').catch((): unknown[] => [])).includes(1), 'the row', 60_000);
    running.kill('SIGTERM');
    await running.finished;
  });
});
