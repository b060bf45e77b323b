/**
 * Rules and repeated snapshots with a real Debezium. Rules that match nothing stop the command before anything is written. Rows that
 * a filter excludes count as filtered. Rows deleted from the source are deleted from the target, in quiet tables too.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../sluice.ts';
import { type ReplicationStack, replicationStack, type Scene } from './scene.ts';

const tables = `
  create schema crm;
  create table customers (id int primary key, email text, country text, note text);
  insert into customers select n, n || '@x.org', case when n % 3 = 0 then 'NO' else 'US' end, 'n' from generate_series(1, 90) n;
  create table "Order Items" (id int primary key, sku text);
  insert into "Order Items" select n, 'sku' || n from generate_series(1, 10) n;
  create table crm.customers (id int primary key, email text);
  insert into crm.customers values (1, 'a@x.org');
  create table log (line text, country text);
  alter table log replica identity full;
  insert into log select 'l' || n, case when n % 2 = 0 then 'NO' else 'US' end from generate_series(1, 20) n;`;

describe.skipIf(inject('kafka') === null)('rules', () => {
  let stack: ReplicationStack;
  let dir: string;
  beforeAll(async () => {
    stack = await replicationStack();
    dir = await mkdtemp(join(tmpdir(), 'sluice-rules-'));
  }, 300_000);
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true });
    await stack[Symbol.asyncDispose]();
  }, 120_000);

  const file = async (rules: object): Promise<string> => {
    const path = join(dir, `${Math.random().toString(36).slice(2)}.json`);
    await writeFile(path, JSON.stringify(rules));
    return path;
  };
  const count = async (client: Scene['target'], table: string): Promise<number> =>
    (await client.query(`select count(*)::integer as n from ${table}`)).rows[0]?.n;
  const hasBookkeeping = async ({ target }: Scene): Promise<boolean> =>
    (await target.query(`select to_regnamespace('sluice') is not null as there`)).rows[0]?.there;

  test('that match no table or column end the command before anything is written, with --check or without', async () => {
    await using it = await stack.scene();
    await it.source.query(tables);
    await it.connect('--tables', 'public.*,crm.*');
    await it.snapshotTaken();
    const onTable = (table: string, rule: object) => ({ tables: [{ table, ...rule }] });
    const drop = { columns: { email: 'drop' } };
    const wrong: readonly [object, string][] = [
      [onTable('public.customer', drop), 'rule_table_missing'],
      [onTable('public.Customers', drop), 'rule_table_missing'],
      [onTable('sales.customers', drop), 'rule_table_missing'],
      [onTable('public.Order_Items', { columns: { sku: 'drop' } }), 'rule_table_missing'],
      [{ include: ['sales.*'] }, 'rule_table_missing'],
      [{ include: ['public.*', 'crm.Customers'] }, 'rule_table_missing'],
      [{ exclude: ['public.custmers'] }, 'rule_table_missing'],
      [{ exclude: ['*'] }, 'rule_table_missing'],
      [onTable('public.customers', { columns: { e_mail: { mask: null } } }), 'rule_column_missing'],
      [onTable('public.customers', { columns: { Email: { rename: 'mail' } } }), 'rule_column_missing'],
      [onTable('public.customers', { where: { column: 'contry', equals: 'NO' } }), 'rule_column_missing'],
      [onTable('public.customers', { columns: { id: { mask: '1' } } }), 'rule_hides_key'],
      [onTable('public.customers', { rename: 'crm.customers' }), 'rule_name_taken'],
    ];
    for (const [i, [rules, code]] of wrong.entries()) {
      for (const more of i % 6 === 0 ? [[], ['--check']] : [[]]) {
        const ended = await it.replicate('--until-caught-up', '--rules', await file(rules), ...more).finished;
        expect({ rules, code: ended.code, said: ended.stderr }).toMatchObject({
          code: 1,
          said: expect.stringContaining(code),
        });
      }
    }
    const checked = await it.sluice(
      'replicate',
      '--check',
      '--json',
      '--rules',
      await file({
        exclude: ['public.log', { table: 'public.audit_*', optional: true }],
        tables: [
          { table: 'public.customers', rename: 'public.people', where: { column: 'country', equals: 'NO' }, ...drop },
          { table: 'public.later', optional: true, columns: { secret: { mask: null } } },
        ],
      }),
    );
    expect(checked).toEndWith(0);
    const plan = JSON.parse(checked.stdout).tables as { table: string }[];
    expect(plan.map(({ table }) => table)).toEqual([
      'crm.customers',
      'public.Order Items',
      'public.customers',
      'public.log',
    ]);
    expect(plan[2]).toMatchObject({
      target: 'public.people',
      where: "country in ('NO')",
      columns: [{ column: 'email', target: null, action: 'drop' }],
    });
    expect(plan[3]).toMatchObject({ target: null, leftOut: "excluded by 'public.log'" });
    expect(await hasBookkeeping(it)).toBe(false);
    expect(await it.target.query(`select from pg_tables where schemaname in ('public', 'crm')`)).toMatchObject({
      rowCount: 0,
    });
  });

  test('exclude rows, which count as filtered, and apply to an optional table that is created later', async () => {
    await using it = await stack.scene();
    await it.source.query(tables);
    await it.connect('--tables', 'public.*');
    await it.snapshotTaken();
    const nordic = { where: { column: 'country', equals: 'NO' } };
    const rules = await file({
      tables: [
        { table: 'public.customers', ...nordic, columns: { email: { mask: '***' } } },
        { table: 'public.log', ...nordic },
        { table: 'public.later', optional: true, columns: { secret: 'drop' } },
      ],
    });
    await it.source.query(`
      update customers set note = 'x' where id <= 6;      -- 2 match, 4 do not
      update customers set country = 'US' where id = 3;   -- matches no more
      update customers set country = 'NO' where id = 1;   -- begins to match
      delete from customers where id = 9;                  -- matched
      update log set country = 'US' where line = 'l2'`);
    await it.source.query('create table later (id int primary key, secret text)');
    await it.connect('--tables', 'public.*');
    const isPublished = async () => (await count(it.source, `pg_publication_tables where tablename = 'later'`)) === 1;
    await until(isPublished, 'the later table is captured', 30_000);
    await it.source.query(`insert into later values (1, 'hidden')`);
    expect(await it.connector('snapshot', '--tables', 'public.later')).toEndWith(0);
    const running = it.replicate('--rules', rules);
    const arrived = async () => {
      const { rows } = await it.target.query(`select to_regclass('public.later') is not null as there`);
      return rows[0].there && (await count(it.target, 'later')) === 1;
    };
    await until(arrived, 'the later table arrives', 90_000);
    running.kill('SIGTERM');
    await running.finished;
    const ended = await it.replicate('--until-caught-up', '--rules', rules).finished;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(await count(it.target, 'customers')).toBe(29);
    expect(await count(it.target, 'customers where email is distinct from $$***$$')).toBe(0);
    expect(await count(it.target, 'log')).toBe(9);
    expect((await it.target.query('select * from later')).rows).toEqual([{ id: 1 }]);
    const counts =
      await it.target.query(`select substring(topic from '[^.]*$') as table, read::int, (applied + superseded)::int as written,
      filtered::int, parked::int from sluice.checkpoint where topic ~ '(customers|log)$' order by 1`);
    expect(counts.rows).toEqual([
      // Changes of one row that are read together are written once: 30 of 90 rows, 2 updates of these, 1 update that begins to match,
      // and 1 delete, whose tombstone is filtered.
      { table: 'customers', read: 100, written: 34, filtered: 66, parked: 0 },
      { table: 'log', read: 21, written: 10, filtered: 11, parked: 0 },
    ]);
  });

  test.each([1, 3])(
    'rows missing from a repeated snapshot are deleted at its end, in topics of %i partitions, also of tables without changes',
    async (partitions) => {
      await using it = await stack.scene();
      await it.source.query(tables);
      await it.source.query(`create table emptied (id int primary key); insert into emptied select generate_series(1, 5);
        create table bag (v text); alter table bag replica identity full; insert into bag values ('a'), ('a');
        create table refilled (id int primary key); insert into refilled select generate_series(1, 5);
        create table pile (v text); alter table pile replica identity full; insert into pile values ('old');
        insert into crm.customers values (2, 'b@x.org')`);
      const capture = () => it.connect('--tables', 'public.*,crm.*', '--partitions', String(partitions));
      await capture();
      await it.snapshotTaken();
      expect(await it.replicate('--until-caught-up').finished).toEndWith(0);
      await it.connector('delete', '--drop-slot');
      await it.source.query(`delete from customers where id <= 10; delete from "Order Items" where id > 1; truncate emptied, bag, refilled, pile;
        delete from crm.customers where id = 2;        delete from log where line = 'l1'; update customers set note = 'later' where id > 80`);
      await capture();
      await it.snapshotTaken();
      // The snapshot has no row of these either, and they have rows when the replica catches up.
      await it.source.query(`insert into refilled values (5), (7); insert into pile values ('new')`);
      const compared = ['customers', '"Order Items"', 'crm.customers', 'emptied', 'bag', 'log', 'refilled'];
      const counts = async (client: Scene['target']) => {
        const found: number[] = [];
        for (const table of compared) found.push(await count(client, table));
        return found;
      };
      // Only `status` reports it, until somebody has counted the rows.
      const serving = it.replicate();
      const again = `select from sluice.checkpoint where generation > 0 and topic like '%emptied'
        union all select from sluice.checkpoint where generation > 0 and topic like '%Order%'`;
      await until(async () => (await it.target.query(again)).rows.length > 0, 'the snapshot is read again', 60_000);
      serving.kill('SIGKILL');
      await serving.finished;
      const unknown = await it.sluice('status');
      expect(unknown.code).toBe(5);
      expect(unknown.stdout).toMatch(/^incomplete because a snapshot was taken again/);
      expect(unknown.stdout).toMatch(
        /rows that it did not have were not counted yet in .*public\.Order Items, .*public\.emptied/,
      );
      const kept = await it.replicate('--until-caught-up').finished;
      expect(kept).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('--after-resnapshot delete` removes them'),
      });
      expect(await counts(it.target)).toEqual([90, 10, 2, 5, 2, 19, 6]);
      const known = await it.sluice('status');
      expect(known.code).toBe(5);
      expect(known.stdout).toContain('10 rows of public.customers were not in the snapshot that was taken again');
      expect(known.stdout).toContain('5 rows of public.emptied were not in the snapshot');
      expect(known.stdout).toContain('4 rows of public.refilled were not in the snapshot');
      expect(known.stdout).toContain('2 rows of public.pile were not in the snapshot');
      // Nothing is left to read, and the rows are still deleted.
      const deleted = await it.replicate('--until-caught-up', '--after-resnapshot', 'delete').finished;
      expect(deleted).toMatchObject({ code: 0, stderr: expect.stringContaining('and are deleted') });
      expect(await counts(it.target)).toEqual(await counts(it.source));
      expect(await counts(it.target)).toEqual([80, 1, 1, 0, 0, 19, 2]);
      // Nothing tells the old row of a table without a key from the new one.
      expect(deleted.stderr).toContain('another new copy replaces them all');
      const left = await it.sluice('status');
      expect(left.code).toBe(5);
      expect(left.stdout).toContain('public.pile has no key, so only another new copy replaces its rows');
      expect(left.stdout).not.toContain('--after-resnapshot');
      expect(left.stdout).toMatch(
        /^incomplete because 2 rows of public\.pile were not in the snapshot that was taken again;/,
      );
      // Keys deleted now may be inserted again, and rows of later changes are not missing from the snapshot.
      await it.source.query(`insert into customers select n, 'new', 'NO' from generate_series(1, 10) n; insert into emptied values (1), (9);
        insert into bag values ('b'); insert into "Order Items" select n, 'new' from generate_series(2, 10) n`);
      const follow = it.replicate('--after-resnapshot', 'delete');
      const same = async () => JSON.stringify(await counts(it.target)) === JSON.stringify(await counts(it.source));
      await until(same, 'later changes arrive', 60_000);
      follow.kill('SIGTERM');
      await follow.finished;
      expect(await it.replicate('--until-caught-up', '--after-resnapshot', 'delete').finished).toMatchObject({
        code: 0,
      });
      expect(await counts(it.target)).toEqual([90, 10, 1, 2, 1, 19, 2]);
    },
  );

  test('`pipelines remove` deletes the bookkeeping and restores the constraints, and the tables stay', async () => {
    await using it = await stack.scene();
    await it.source.query(`${tables}
      create table orders (id int primary key, customer int references customers); insert into orders values (1, 1), (2, 2)`);
    await it.connect('--tables', 'public.*,crm.*');
    await it.snapshotTaken();
    // For a user who may not disable foreign keys, they are dropped.
    const url = new URL(it.env.TARGET_URL);
    await it.target.query(`create role ${it.name} login password 'secret'; grant all on database ${it.name} to ${it.name};
      grant all on schema public to ${it.name}`);
    url.username = it.name;
    url.password = 'secret';
    const running = it.replicate('--target-url', url.href);
    const isOff = async () => {
      const { rows } = await it.target.query(`select to_regclass('sluice.constraint') is not null as there`);
      return (
        rows[0].there && (await count(it.target, 'sluice.constraint')) > 0 && (await count(it.target, 'orders')) === 2
      );
    };
    await until(isOff, 'foreign keys are off', 60_000);
    running.kill('SIGTERM');
    await running.finished;
    const remove = (...args: readonly string[]) =>
      it.sluice('pipelines', 'remove', it.name, '--target-url', url.href, '--with-bookkeeping', ...args);
    expect(await remove()).toEndWith(2);
    expect(await hasBookkeeping(it)).toBe(true);
    const removed = await remove('--yes');
    expect(removed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/put back: ALTER TABLE .*orders.*\n(?:.*\n)*removed the schema sluice/),
    });
    expect(await hasBookkeeping(it)).toBe(false);
    expect(await count(it.target, 'customers')).toBe(90);
    expect(await count(it.target, `pg_constraint where contype = 'f' and convalidated`)).toBe(1);
    expect(
      await it.sluice('pipelines', 'remove', it.name, '--target-url', url.href, '--with-bookkeeping', '--yes'),
    ).toEndWith(1);
  });
});
