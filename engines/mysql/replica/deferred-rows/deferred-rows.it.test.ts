/** Proves that a row which cannot be written yet, because another row has its unique value, is deferred and written later, in MariaDB. */
import { describe, expect, test } from 'vitest';
import { type Event, hole, insert, moved, type Row, remove, update } from '../../../../test/engines/replica-scene.ts';
import { describeMariadb } from '../../../../test/mariadb.ts';
import { mysqlScene } from '../../../../test/mysql-scene.ts';
import { databasesFor } from '../../schema-plan/databases.ts';
import { snapshotStore } from '../snapshots/reconcile.ts';
import { readDeferredRows } from './deferred-rows.ts';

const all = 'select * from t order by id';

/** A scene, and its deferred rows. */
async function scene(ddl: string, partitions = 1) {
  const it = await mysqlScene(ddl, { partitions });
  const deferred = it.target.session.own('row_deferred_public.t');
  return {
    ...it,
    held: async (columns = 'id, a, b') =>
      await it.rows(`select ${columns} from ${deferred} order by sluice_offset, id`),
  };
}

/** Partition 0 is ahead: its row has the value x since 20. */
async function ahead(ddl = 'create table t (id bigint primary key, a varchar(9) unique, b text)') {
  const it = await scene(ddl, 4);
  await it.offer(0, [insert(20, { id: 1, a: 'x', b: 'one' })]);
  return it;
}

describeMariadb(
  'a row that arrives after another row has taken its unique value is deferred until its next event (rule 22)',
  () => {
    test('and keeps its own values of unchanged columns', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(1, { id: 2, a: 'w', b: 'large' })]);
      expect(await it.offer(1, [update(10, { id: 2, a: 'x', b: hole })])).toMatchObject({ applied: 1, postponed: 0 });
      expect(await it.rows('select id from t')).toEqual([['1']]);
      expect(await it.held()).toEqual([['2', 'x', 'large']]);
      const [told, ...others] = await readDeferredRows(it.target.session, 'p');
      expect([told?.table, told?.rows, others]).toEqual(['public.t', 1, []]);
      expect(Math.abs(Date.now() - (told?.since.getTime() ?? 0))).toBeLessThan(60_000);
      await it.offer(1, [update(15, { id: 2, a: 'y', b: hole }), update(16, { id: 2, a: hole, b: 'small' })]);
      expect(await it.rows(all)).toEqual([
        ['1', 'x', 'one'],
        ['2', 'y', 'small'],
      ]);
      expect(await it.held()).toEqual([]);
      expect(await readDeferredRows(it.target.session, 'p')).toEqual([]);
      expect(await it.letters()).toEqual([]);
    });

    test('within one transaction', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(9, { id: 3, a: 'z' }), insert(10, { id: 2, a: 'x', b: 'large' })]);
      expect(await it.held()).toEqual([['2', 'x', 'large']]);
      // Two that collide, one after the other, and then one that fits.
      await it.offer(0, [insert(21, { id: 4, a: 'y' })]);
      await it.offer(1, [update(11, { id: 2, a: 'y', b: hole }), insert(12, { id: 5, a: 'x' })]);
      expect(await it.held()).toEqual([
        ['2', 'y', 'large'],
        ['5', 'x', null],
      ]);
      await it.offer(1, [remove(13, 5), update(14, { id: 2, a: 'w', b: hole })]);
      expect(await it.rows('select id, a, b from t where b is not null order by id')).toEqual([
        ['1', 'x', 'one'],
        ['2', 'w', 'large'],
      ]);
      expect(await it.held()).toEqual([]);
      expect(await it.letters()).toEqual([]);
    });

    test('which may delete it, change its key, or arrive twice', async () => {
      await using it = await ahead();
      const late = insert(10, { id: 2, a: 'x', b: 'large' });
      await it.offer(1, [late]);
      expect(await it.offer(1, [late])).toMatchObject({ superseded: 1 });
      const [leave, arrive] = moved(15, 2, { id: 7, a: 'y', b: hole });
      await it.offer(1, [leave]);
      await it.offer(2, [arrive]);
      await it.offer(1, [insert(16, { id: 3, a: 'x' })]);
      await it.offer(1, [remove(17, 3)]);
      expect(await it.rows(all)).toEqual([
        ['1', 'x', 'one'],
        ['7', 'y', 'large'],
      ]);
      expect(await it.held()).toEqual([]);
      expect(await it.letters()).toEqual([]);
    });

    test('unless a TRUNCATE has emptied the table since', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(10, { id: 2, a: 'x', b: 'large' })]);
      expect(await it.held()).toHaveLength(1);
      await it.offer(2, [{ op: 't', lsn: 12 }]);
      expect(await it.held()).toEqual([]);
    });

    test.each([
      ['more than one column', 'unique key (a, c)'],
      ['a generated column', 'g varchar(9) as (lower(a)) stored, unique key (g)'],
      ['the first characters of a column', 'unique key (b(2))'],
      ['a table with a full-text key', 'unique key (a), fulltext key (b)'],
    ])('with a unique key of %s', async (_, key) => {
      await using it = await ahead(
        `create table t (id bigint primary key, a varchar(9), b varchar(9), c int default 5, ${key})`,
      );
      await it.offer(1, [insert(10, { id: 2, a: 'x', b: 'ones' })]);
      expect(await it.held()).toEqual([['2', 'x', 'ones']]);
      await it.offer(1, [update(15, { id: 2, a: 'y', b: 'two' })]);
      expect(await it.rows('select id, a, b from t order by id')).toEqual([
        ['1', 'x', 'one'],
        ['2', 'y', 'two'],
      ]);
      expect(await it.held()).toEqual([]);
    });

    test('and values of every kind of column are kept exactly', async () => {
      const types = 'f float, d double, n decimal(30,10), y varbinary(9), s datetime(6), j json';
      await using it = await ahead(`create table t (id bigint primary key, a varchar(9) unique, b text, ${types})`);
      const row = { f: 1.1, d: 0.1, n: '12345678901234567890.0123456789', y: 'AP8=', s: '2026-01-01 00:00:00.123456' };
      await it.offer(1, [insert(1, { id: 2, a: 'w', b: 'b', ...row, j: '{"a": 1}' })]);
      const kept = await it.rows('select f = 1.1e0, d = 0.1e0, n, hex(y), s, j, b from t where id = 2');
      const partial = Object.fromEntries([...Object.keys(row), 'j', 'b'].map((name) => [name, hole]));
      await it.offer(1, [update(10, { id: 2, a: 'x', ...partial })]);
      expect(await it.held('id')).toEqual([['2']]);
      await it.offer(1, [update(15, { id: 2, a: 'y', ...partial })]);
      expect(await it.rows('select f = 1.1e0, d = 0.1e0, n, hex(y), s, j, b from t where id = 2')).toEqual(kept);
      expect(await it.letters()).toEqual([]);
    });

    test('also if the unique key was made while the replica follows', async () => {
      await using it = await ahead('create table t (id bigint primary key, a varchar(9), b text)');
      await it.offer(1, [insert(1, { id: 2, a: 'w', b: 'large' })]);
      await it.run('alter table t add unique key (a)');
      const late = update(10, { id: 2, a: 'x', b: hole });
      expect(await it.offer(1, [late])).toMatchObject({ read: 0, postponed: 1 });
      expect(await it.offer(1, [late])).toMatchObject({ applied: 1, postponed: 0 });
      expect(await it.held()).toEqual([['2', 'x', 'large']]);
    });

    test('and a column that the table gets meanwhile does not lose it', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(10, { id: 2, a: 'x', b: 'large' })]);
      await it.run('alter table t add c int');
      await it.offer(1, [update(15, { id: 2, a: 'y', b: hole, c: 1 })]);
      expect(await it.rows(all)).toEqual([
        ['1', 'x', 'one', null],
        ['2', 'y', 'large', '1'],
      ]);
    });
  },
);

describeMariadb('unique values that moved to other rows while nothing was captured, in MariaDB (rules 11, 22)', () => {
  const ddl = `create table t (id bigint primary key, a varchar(9) unique, n int unique, b text, own varchar(9) default 'd')`;
  const read = (lsn: number, after: Row): Event => ({ op: 'r', lsn, key: { id: after.id }, after });
  const before = [
    insert(1, { id: 1, a: 'x', n: 1, b: 'one' }),
    insert(2, { id: 2, a: 'y', n: 2, b: 'two' }),
    insert(3, { id: 3, a: 'z', n: 3, b: 'three' }),
  ];

  test('are taken from rows that arrive later in the next snapshot', async () => {
    await using it = await scene(ddl);
    await it.write(before, [read(10, { id: 1, a: 'y', n: 3, b: 'one' })]);
    expect(await it.held()).toHaveLength(2);
    await it.write([read(10, { id: 2, a: 'z', n: 1, b: 'two' })], [read(10, { id: 3, a: 'x', n: 2, b: 'three' })]);
    await it.write([update(12, { id: 3, a: 'x', n: 2, b: hole })]);
    expect(await it.rows('select id, a, n, b from t order by id')).toEqual([
      ['1', 'y', '3', 'one'],
      ['2', 'z', '1', 'two'],
      ['3', 'x', '2', 'three'],
    ]);
    expect(await it.held()).toEqual([]);
    expect(await it.letters()).toEqual([]);
  });

  describe('are taken from rows that were deleted unseen,', () => {
    test.each(['keep', 'delete'] as const)('which are then settled with %s', async (what) => {
      await using it = await scene(ddl);
      const { database, session } = it.target;
      await it.write(before, [
        read(10, { id: 1, a: 'x', n: 1, b: 'one' }),
        read(10, { id: 2, a: 'y', n: 2, b: 'two' }),
      ]);
      await it.write([update(11, { id: 1, a: 'z', n: 1, b: hole })]);
      expect(await it.rows('select id, a, b from t order by id')).toEqual([
        ['1', 'z', 'one'],
        ['2', 'y', 'two'],
      ]);
      expect(await it.letters()).toEqual([]);
      expect(await it.held('id, a, n, b, own')).toEqual([['3', 'z', '3', 'three', 'd']]);
      const store = snapshotStore(databasesFor(database.database));
      const table = await store.findTarget(session, 'public.t');
      if (!table) throw new Error('no table');
      await store.reconcileRows(session, table, { topic: 't', generation: 1, since: null }, what);
      const told = await readDeferredRows(session, 'p');
      expect(told.map(({ rows }) => rows)).toEqual(what === 'keep' ? [1] : []);
    });
  });

  test('stay with the row that has them now if another partition is behind', async () => {
    await using it = await scene(ddl, 4);
    const [first, second] = before;
    if (!first || !second) throw new Error('no events');
    await it.offer(0, [first]);
    await it.offer(1, [second]);
    await it.offer(0, [read(10, { id: 1, a: 'y', n: 1, b: 'one' })]);
    // What partition 1 brings was before the snapshot still.
    expect(await it.offer(1, [update(5, { id: 2, a: 'y', n: 4, b: hole })])).toMatchObject({
      applied: 1,
      postponed: 0,
    });
    expect(await it.held('id, a, n, b, own')).toEqual([['2', 'y', '4', 'two', 'd']]);
    await it.offer(1, [read(10, { id: 2, a: 'x', n: 2, b: 'two' })]);
    expect(await it.rows('select id, a from t order by id')).toEqual([
      ['1', 'y'],
      ['2', 'x'],
    ]);
    expect(await it.held()).toEqual([]);
    expect(await it.letters()).toEqual([]);
  });
});
