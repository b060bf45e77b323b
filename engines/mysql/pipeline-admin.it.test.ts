/** Proves what commands read and change of stopped pipelines in MySQL and MariaDB. */
import { expect, test } from 'vitest';
import { silent } from '../../test/batches.ts';
import { describeMariadb, freshMariadb } from '../../test/mariadb.ts';
import { freshMysqlTarget, type MysqlTarget } from '../../test/mysql-target.ts';
import { type Bookkeeping, noDeadLetters } from '../bookkeeping.ts';
import { openBookkeeping } from './bookkeeping.ts';
import { mysqlAddress } from './connection/address.ts';
import { mysqlEngine } from './engine.ts';

/** Runs `work` on a target whose own tables are in a database of their own, which may be dropped. */
async function onTarget(work: (target: MysqlTarget, stored: Bookkeeping) => Promise<void>): Promise<void> {
  await using own = await freshMariadb('own');
  await using target = await freshMysqlTarget({ bookkeeping: own.name });
  const stored = await openBookkeeping(target.database, 'test');
  try {
    await work(target, stored);
  } finally {
    await stored.close();
    // Its dispose expects that the database is there.
    await target.session.run(`create database if not exists ${own.name}`);
  }
}

const checkpoint = ({ session }: MysqlTarget, pipeline: string, topic: string, read = 0, parked = 0) =>
  session.run(
    `insert into ${session.own('checkpoint')} (pipeline, topic, \`partition\`, next_offset, \`read\`, applied, parked, committed_at)
     values (?, ?, 0, ?, ?, ?, ?, '2024-01-02 03:04:05.678')`,
    [pipeline, topic, read, read, read - parked, parked],
  );

const deadLetter = ({ session }: MysqlTarget, pipeline: string, topic: string, offset: number) =>
  session.run(
    `insert into ${session.own('dead_letter')} (pipeline, topic, \`partition\`, \`offset\`, stage, code, reason)
     values (?, ?, 0, ?, 'decode', 'invalid_json', 'why')`,
    [pipeline, topic, offset],
  );

const table = ({ session }: MysqlTarget, name: string, topic: string) =>
  session.run(`insert into ${session.own('target')} (table_name, order_by, topic) values (?, 'lsn', ?)`, [name, topic]);

describeMariadb('stored pipelines', () => {
  test('without Sluice’s tables there is nothing of a pipeline', async () => {
    await using fresh = await freshMariadb();
    const stored = await openBookkeeping({ ...mysqlAddress(fresh.url), bookkeeping: `${fresh.name}_none` }, 'test');
    try {
      await stored.requireCurrentSchema();
      expect(await stored.pipelines()).toEqual([]);
      expect(await stored.checkpoints('p')).toEqual([]);
      expect(await stored.heldTables('p')).toEqual([]);
      expect(await stored.deadLetters('p')).toEqual(noDeadLetters);
      expect(await stored.parkedShares('p')).toEqual([]);
      expect(await stored.admin.writers('p')).toEqual([]);
      expect(await stored.admin.tablesOnlyOf('p')).toEqual([]);
    } finally {
      await stored.close();
    }
  });

  test('are listed with the sums of their topics, also if only dead letters are left', () =>
    onTarget(async (target, stored) => {
      await checkpoint(target, 'b', 't1', 5, 2);
      await checkpoint(target, 'b', 't2', 7);
      await deadLetter(target, 'a', 't', 1);
      const none = { read: 0, applied: 0, superseded: 0, filtered: 0, parked: 0 };
      expect(await stored.pipelines()).toEqual([
        { pipeline: 'a', topics: [], counts: none, deadLetters: 1, committedAt: null },
        {
          pipeline: 'b',
          topics: ['t1', 't2'],
          counts: { ...none, read: 12, applied: 10, parked: 2 },
          deadLetters: 0,
          committedAt: new Date('2024-01-02T03:04:05.678Z'),
        },
      ]);
    }));

  test('know the share of dead letters among their last records', () =>
    onTarget(async (target, stored) => {
      await checkpoint(target, 'p', 'few', 5000, 2);
      for (const offset of [3999, 4000]) await deadLetter(target, 'p', 'few', offset);
      await checkpoint(target, 'p', 'most', 3, 2);
      for (const offset of [1, 2]) await deadLetter(target, 'p', 'most', offset);
      const committedAt = Date.parse('2024-01-02T03:04:05.678Z');
      expect(await stored.parkedShares('p')).toEqual([
        { topic: 'few', partition: 0, recent: 1, of: 1000, most: false, committedAt },
        { topic: 'most', partition: 0, recent: 2, of: 3, most: true, committedAt },
      ]);
    }));

  test('are refused by commands if Sluice’s tables are of another version', () =>
    onTarget(async ({ session }, stored) => {
      await session.run(`insert into ${session.own('schema_version')} (version, name, checksum) values (99, 'x', 'y')`);
      await expect(stored.requireCurrentSchema()).rejects.toMatchObject({ code: 'schema_newer' });
      await session.run(`delete from ${session.own('schema_version')}`);
      await expect(stored.requireCurrentSchema()).rejects.toMatchObject({ code: 'schema_older' });
    }));

  test('name the session of a lane that is in a transaction', () =>
    onTarget(async (target, stored) => {
      const [claim] = await target.claim(0);
      if (!claim) throw new Error('no claim');
      const engine = mysqlEngine(target.database, { logger: silent });
      const lane = engine.openLane('p/lane 0', async () => undefined);
      try {
        const counts = { read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 };
        const progress = { claim, from: 0n, to: 1n, counts, mark: null, reached: null };
        await lane.transaction(async (session) => {
          await engine.checkpoints.advance(session, 'p', [progress]);
          expect(await stored.admin.writers('p')).toEqual([session.id]);
          expect(await stored.admin.writers('other')).toEqual([]);
          return true;
        });
      } finally {
        await lane.close();
      }
      expect(await stored.admin.writers('p')).toEqual([]);
    }));

  test('are removed with or without their dead letters, and no other pipeline is', () =>
    onTarget(async (target, stored) => {
      for (const pipeline of ['p', 'q']) {
        await checkpoint(target, pipeline, 't', 3, 1);
        await deadLetter(target, pipeline, 't', 1);
      }
      await stored.admin.remove('p', false);
      expect((await stored.pipelines()).map(({ pipeline, topics }) => [pipeline, topics])).toEqual([
        ['p', []],
        ['q', ['t']],
      ]);
      await stored.admin.remove('p', true);
      expect((await stored.pipelines()).map(({ pipeline, deadLetters }) => [pipeline, deadLetters])).toEqual([
        ['q', 1],
      ]);
    }));

  test('leave the tables that no other pipeline reads, whose bookkeeping can be forgotten', () =>
    onTarget(async (target, stored) => {
      const { session } = target;
      await checkpoint(target, 'p', 'mine');
      await checkpoint(target, 'p', 'shared');
      await checkpoint(target, 'q', 'shared');
      for (const name of ['mine', 'shared', 'orphan']) await table(target, `public.${name}`, name);
      for (const own of ['row_guard_public.mine', 'row_moved_public.mine', 'row_guard_public.shared'])
        await session.run(`create table ${session.own(own)} (id int)`);
      const only = await stored.admin.tablesOnlyOf('p');
      expect(only).toEqual(['public.mine', 'public.orphan']);
      await stored.admin.forgetTables(only);
      const left = await session.cells(
        `select table_name from information_schema.tables where table_schema = ? and table_name like 'row%'`,
        [session.bookkeeping],
      );
      expect(left).toEqual([['row_guard_public.shared']]);
      expect(await session.cells(`select table_name from ${session.own('target')}`)).toEqual([['public.shared']]);
    }));

  test('keep Sluice’s database until nothing needs it', () =>
    onTarget(async (target, stored) => {
      const { session } = target;
      const drop = () => stored.admin.dropIfUnused();
      await checkpoint(target, 'p', 't');
      expect(await drop()).toBe('other pipelines use it');
      await stored.admin.remove('p', true);
      await deadLetter(target, 'q', 't', 1);
      expect(await drop()).toMatch(/^1 dead letters are in it/);
      await stored.admin.remove('q', true);
      await session.run(
        `insert into ${session.own('load_chunk')} (source, database_name, table_schema, table_name, number, row_count, refused) values ('x', 'd', 's', 't', 1, 1, 0)`,
      );
      expect(await drop()).toMatch(/^it has the ledger of a load: 1 parts in load_chunk/);
      await session.run(`delete from ${session.own('load_chunk')}`);
      await session.run(`create table ${session.own('mine')} (id int)`);
      expect(await drop()).toBe("objects that are not Sluice's are in it: mine");
      await session.run(`drop table ${session.own('mine')}`);
      expect(await drop()).toBeUndefined();
      expect(
        await session.cells('select 1 from information_schema.schemata where schema_name = ?', [session.bookkeeping]),
      ).toEqual([]);
    }));
});
