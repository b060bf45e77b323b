/** Proves when guard rows of deleted keys expire in MariaDB, and how later events of these keys are treated (rule 12). */
import { expect, test } from 'vitest';
import { silent } from '../../../../test/batches.ts';
import { type Event, insert, type Row, remove, update } from '../../../../test/engines/replica-scene.ts';
import { describeMariadb } from '../../../../test/mariadb.ts';
import { type MysqlScene, mysqlScene, type SceneOptions } from '../../../../test/mysql-scene.ts';
import { mysqlEngine } from '../../engine.ts';
import { databasesFor } from '../../schema-plan/databases.ts';
import { snapshotStore } from '../snapshots/reconcile.ts';

const read = (lsn: number, after: Row): Event => ({ op: 'r', lsn, key: { id: after.id }, after });

/** A fed table, and what its guard rows say. */
async function scene(options: SceneOptions = {}, key = 'id bigint primary key, a text') {
  const it = await mysqlScene(`create table t (${key})`, options);
  const { database, session } = it.target;
  const own = (table: string) => session.own(table);
  return {
    ...it,
    /** Expires the guard rows of what is below these offsets, one for each partition. */
    expire: (...lows: readonly number[]) =>
      mysqlEngine(database, { logger: silent }).guards.expire('expiry', [
        { topic: 't', starts: lows.map((low, partition) => ({ partition, low: BigInt(low) })) },
      ]),
    /** Lets all deletes be two hours old, and the last pass as well. */
    age: async () => {
      await session.run(
        `update ${own('row_guard_public.t')} set sluice_deleted_at = sluice_deleted_at - interval 2 hour`,
      );
      await session.run(`update ${own('target')} set expired_at = expired_at - interval 2 hour`);
    },
    /** The keys that have guard rows. */
    guarded: async () => (await it.rows(`select id from ${own('row_guard_public.t')} order by id`)).flat().map(String),
    horizon: async () => (await it.rows(`select horizon_minor from ${own('target')}`))[0]?.[0],
  };
}

const ids = async (it: Pick<MysqlScene, 'rows'>) => (await it.rows('select id from t order by id')).flat().map(String);

describeMariadb('guard rows of deleted keys in MariaDB', () => {
  test('expire when the deleting event has left the topic; then older events are parked, rows of a new snapshot are not', async () => {
    await using it = await scene();
    await it.write([insert(10, { id: 1, a: 'x' }), insert(20, { id: 2, a: 'x' }), insert(25, { id: 3, a: 'x' })]);
    await it.write([remove(30, 1), remove(31, 2), insert(40, { id: 4, a: 'x' })]);
    // Young guard rows stay.
    expect(await it.expire(9)).toEqual([]);
    await it.age();
    // The event at offset 4 is still in the topic.
    expect(await it.expire(4)).toEqual([{ table: 'public.t', expired: 1 }]);
    expect(await it.guarded()).toEqual(['2', '3', '4']);
    // Once an hour.
    expect(await it.expire(9)).toEqual([]);
    await it.age();
    expect(await it.expire(9)).toEqual([{ table: 'public.t', expired: 1 }]);
    expect(await it.guarded()).toEqual(['3', '4']);
    expect(await it.horizon()).toBe('62');

    it.restart();
    // Offsets 6 to 11. The last event is newer than the horizon.
    const old = [update(11, { id: 1, a: 'o' }), update(12, { id: 1, a: 'old' }), update(12, { id: 9, a: 'never was' })];
    const counts = await it.write([...old, update(13, { id: 3, a: 'older' }), insert(32, { id: 2, a: 'new' })]);
    expect(counts).toEqual({ read: 5, applied: 1, superseded: 1, filtered: 0, parked: 3 });
    expect(await it.letters()).toEqual([6, 7, 8].map((offset) => [offset, 'older_than_horizon']));
    expect(await ids(it)).toEqual(['2', '3', '4']);
    await it.write([{ ...read(50, { id: 7, a: 'x' }), snapshot: 'incremental' }]);
    expect(await ids(it)).toEqual(['2', '3', '4', '7']);
    // What is parked of a key in the middle of a group does not take newer events of it along.
    await it.write([update(12, { id: 8, a: 'old' }), insert(60, { id: 8, a: 'new' })]);
    expect(await it.rows('select a from t where id = 8')).toEqual([['new']]);
    expect(await it.letters()).toHaveLength(3);
  });

  test('stay while a dead letter has their key, or has none', async () => {
    await using it = await scene({}, 'id bigint primary key, a varchar(3)');
    await it.write([insert(1, { id: 1, a: 'x' }), insert(2, { id: 2, a: 'x' }), insert(3, { id: 3, a: 'x' })]);
    await it.write([update(4, { id: 1, a: 'too long' })], [remove(5, 1), remove(6, 2), insert(7, { id: 4, a: 'x' })]);
    expect(await it.letters()).toHaveLength(1);
    await it.age();
    const letters = it.target.session.own('dead_letter');
    await it.run(`insert into ${letters} (pipeline, topic, \`partition\`, \`offset\`, stage, code, reason)
      values ('p', 't', 0, 99, 'decode', 'c', 'r')`);
    expect(await it.expire(100)).toEqual([]);
    await it.run(`delete from ${letters} where \`offset\` = 99`);
    await it.age();
    expect(await it.expire(100)).toEqual([{ table: 'public.t', expired: 1 }]);
    expect(await it.guarded()).toEqual(['1', '3', '4']);
    await it.run(`delete from ${letters}`);
    await it.age();
    expect(await it.expire(100)).toEqual([{ table: 'public.t', expired: 1 }]);
    expect(await it.guarded()).toEqual(['3', '4']);
  });

  test('stay if their position is above those of existing rows, so that no horizon is above new events', async () => {
    await using it = await scene();
    await it.write([insert(1, { id: 1, a: 'x' }), insert(2, { id: 2, a: 'x' }), remove(9_000, 2)]);
    await it.write([insert(3, { id: 3, a: 'x' })]);
    await it.age();
    expect(await it.expire(100)).toEqual([]);
    expect(await it.horizon()).toBeNull();
    expect(await it.write([insert(10, { id: 4, a: 'x' })])).toMatchObject({ applied: 1 });
  });

  test('of rows that a repeated snapshot did not contain expire when all partitions are past what was read', async () => {
    await using it = await scene({ partitions: 4 });
    const { database, session } = it.target;
    await it.offer(0, [insert(1, { id: 1, a: 'gone' }), insert(2, { id: 2, a: 'x' })]);
    await it.offer(1, [insert(3, { id: 3, a: 'x' })]);
    await it.offer(0, [read(9, { id: 2, a: 'x' })]);
    await it.offer(1, [read(9, { id: 3, a: 'x' })]);
    const store = snapshotStore(databasesFor(database.database));
    const table = await store.findTarget(session, 'public.t');
    if (!table) throw new Error('no table');
    expect(await store.reconcileRows(session, table, { topic: 't', generation: 1, since: null }, 'delete')).toBe(1);
    await it.age();
    expect(await it.expire(3, 2, 3, 3)).toEqual([]);
    await it.age();
    expect(await it.expire(3, 3, 3, 3)).toEqual([{ table: 'public.t', expired: 1 }]);
    expect(await it.guarded()).toEqual(['2', '3']);
  });

  test('of keys of texts and several columns are found by all of them', async () => {
    await using it = await scene({}, 'id varchar(9), n int, a text, primary key (n, id)');
    const row = (lsn: number, id: string, n: number): Event => ({
      ...{ op: 'c', lsn, key: { id, n } },
      after: { id, n, a: 'x' },
    });
    await it.write([row(1, 'a', 1), row(2, 'A', 1), row(3, 'a', 2)]);
    await it.write([{ op: 'd', lsn: 4, key: { id: 'a', n: 1 }, before: { id: 'a', n: 1 } }, row(5, 'b', 1)]);
    await it.age();
    expect(await it.expire(100)).toEqual([{ table: 'public.t', expired: 1 }]);
    expect((await it.guarded()).sort()).toEqual(['A', 'a', 'b']);
    it.restart();
    expect(await it.write([row(3, 'a', 1)])).toMatchObject({ parked: 1 });
  });
});
