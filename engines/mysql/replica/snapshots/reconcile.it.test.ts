/** Proves that rows which a repeated snapshot does not contain are found, kept or deleted, and reported, in MariaDB (rule 11). */
import { expect, test } from 'vitest';
import { type Event, insert, type Row, remove, update } from '../../../../test/engines/replica-scene.ts';
import { describeMariadb } from '../../../../test/mariadb.ts';
import { type MysqlScene, mysqlScene } from '../../../../test/mysql-scene.ts';
import { until } from '../../../../test/sluice.ts';
import { databasesFor } from '../../schema-plan/databases.ts';
import { snapshotStore } from './reconcile.ts';
import { readUnreconciled } from './snapshot-states.ts';

const read = (lsn: number, after: Row): Event => ({ op: 'r', lsn, key: { id: after.id }, after });

const storeOf = ({ target }: MysqlScene) => snapshotStore(databasesFor(target.database.database));

/** The table `public.t`, as the end of a replication finds it. */
async function tableOf(it: MysqlScene) {
  const table = await storeOf(it).findTarget(it.target.session, 'public.t');
  if (!table) throw new Error('no table');
  return table;
}

describeMariadb('rows that a repeated snapshot does not contain', () => {
  test.each(['keep', 'delete'] as const)(
    'are found while the stream is written, whether changed or loaded before, with %s',
    async (what) => {
      await using it = await mysqlScene('create table t (id bigint primary key, a text)', { afterResnapshot: what });
      // Rows of a load have no guard rows. One of them is in the snapshot.
      await it.run(`insert into t values (10, 'loaded and gone'), (11, 'loaded')`);
      await it.write(
        [insert(1, { id: 1, a: 'x' }), insert(2, { id: 2, a: 'gone' }), insert(3, { id: 3, a: 'x' })],
        [remove(4, 3)],
      );
      await it.write([read(9, { id: 1, a: 'again' }), read(9, { id: 11, a: 'loaded' })]);
      await it.write([update(11, { id: 1, a: 'later' })]);
      expect(it.warnings).toEqual([]);
      let lsn = 12;
      const noticed = async () => {
        lsn += 1;
        await it.write([update(lsn, { id: 4, a: 'new' })]);
        return it.warnings.length > 0;
      };
      await until(noticed, 'the rows are found');
      expect(it.warnings).toEqual([{ table: 'public.t', rows: 2 }]);
      const kept = what === 'keep' ? ['gone'] : [];
      const loaded = what === 'keep' ? ['loaded and gone'] : [];
      expect((await it.rows('select a from t order by id')).flat()).toEqual([
        'later',
        ...kept,
        'new',
        ...loaded,
        'loaded',
      ]);
      const left = what === 'keep' ? [{ table: 'public.t', rows: 2, hasKey: true }] : [];
      expect(await readUnreconciled(it.target.session, 'p')).toEqual(left);
    },
  );

  test('stay deleted if an older event arrives, and a newer one creates the row again', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    const { session } = it.target;
    await it.write([insert(5, { id: 1, a: 'gone' }), insert(6, { id: 2, a: 'x' })], [read(9, { id: 2, a: 'x' })]);
    const former = { topic: 't', generation: 1, since: null };
    expect(await storeOf(it).reconcileRows(session, await tableOf(it), former, 'delete')).toBe(1);
    expect(await storeOf(it).reconcileRows(session, await tableOf(it), former, 'delete')).toBe(0);
    it.restart();
    await it.write([update(10, { id: 1, a: 'new' })], [remove(11, 1)]);
    expect(await it.write([insert(5, { id: 1, a: 'gone' })])).toMatchObject({ applied: 0, superseded: 1 });
    expect(await it.rows('select id from t')).toEqual([['2']]);
  });

  test('do not include rows that a partition without a row in the snapshot has changed since', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)', { partitions: 4 });
    const { session } = it.target;
    await it.offer(0, [insert(1, { id: 1, a: 'x' })]);
    await it.offer(1, [insert(2, { id: 2, a: 'gone' }), insert(3, { id: 3, a: 'x' })]);
    await it.offer(0, [read(20, { id: 1, a: 'x' })]);
    // Partition 1 has no row in the snapshot. One transaction was open when it began.
    const open = { ...update(18, { id: 4, a: 'open' }), op: 'c', commit: 25 } as const;
    await it.offer(1, [update(30, { id: 3, a: 'later' }), open]);
    const [state] = await storeOf(it).readStates(session, 'p');
    expect(state).toMatchObject({ name: 'public.t', generation: 1, snapshot: '20', streamed: false, lagging: true });
    expect(state?.partitions.map(({ nextOffset }) => nextOffset)).toEqual(['2', '4']);
    const former = { topic: 't', generation: 1, since: state?.snapshot ?? null };
    expect(await storeOf(it).reconcileRows(session, await tableOf(it), former, 'keep')).toBe(1);
    expect(await storeOf(it).reconcileRows(session, await tableOf(it), former, 'delete')).toBe(1);
    expect((await it.rows('select a from t order by id')).flat()).toEqual(['x', 'later', 'open']);
  });

  test('are unknown until they are counted, and are reported as long as they stay', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text);\ncreate table bag (v text)');
    const { session } = it.target;
    const put = (lsn: number, v: string): Event => ({ op: 'c', lsn, key: null, after: { v }, table: 'bag' });
    await it.write([insert(1, { id: 1, a: 'x' }), insert(2, { id: 2, a: 'gone' }), put(3, 'old')]);
    expect(await readUnreconciled(session, 'p')).toEqual([]);
    await it.write([read(9, { id: 1, a: 'x' })]);
    const unknown = { rows: null, hasKey: true };
    expect(await readUnreconciled(session, 'p')).toContainEqual({ table: 'public.t', ...unknown });
    await storeOf(it).noteReconciled(session, 'public.t', '9', 1);
    expect(await readUnreconciled(session, 'p')).toContainEqual({ table: 'public.t', rows: 1, hasKey: true });
    // A reconciliation is never noted with an earlier snapshot.
    await storeOf(it).noteReconciled(session, 'public.t', null, 0);
    expect(await it.rows(`select reconciled_lsn from ${session.own('target')} where table_name = 'public.t'`)).toEqual([
      ['9'],
    ]);
    expect((await readUnreconciled(session, 'p')).filter(({ table }) => table === 'public.t')).toEqual([]);
  });

  test('of a table without a key are all of its rows', async () => {
    await using it = await mysqlScene('create table t (v text)');
    const { session } = it.target;
    await it.run(`insert into t values ('a'), ('a'), ('b')`);
    const table = await tableOf(it);
    expect(await storeOf(it).reconcileAllRows(session, table, 'keep')).toBe(3);
    expect(await storeOf(it).reconcileAllRows(session, table, 'delete')).toBe(3);
    expect(await it.rows('select * from t')).toEqual([]);
    expect(await storeOf(it).findTarget(session, 'public.gone')).toBeUndefined();
  });
});
