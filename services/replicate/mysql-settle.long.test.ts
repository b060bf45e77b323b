/** Proves that a replication into MariaDB settles the rows that a repeated snapshot does not contain before it ends (rule 11). */
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { readUnreconciled } from '../../engines/mysql/replica/snapshots/snapshot-states.ts';
import { freshDatabase } from '../../test/context.ts';
import { databaseOf } from '../../test/database-of.ts';
import { type Event, insert, type Row, update } from '../../test/engines/replica-scene.ts';
import { describeMariadb } from '../../test/mariadb.ts';
import { mysqlReplication } from '../../test/mysql-replication.ts';

const read = (lsn: number, after: Row, snapshot = 'true'): Event => ({
  ...{ op: 'r', lsn, after, snapshot },
  key: 'id' in after ? { id: after.id } : null,
});

describeMariadb('rows that a repeated snapshot does not contain, in MariaDB', () => {
  test.skipIf(inject('kafka') === null).each([1, 3])(
    'stay and are counted, or are deleted on request, in topics of %i partitions, also in tables without changes',
    async (partitions) => {
      await using it = await mysqlReplication(
        [
          'create table t (id bigint primary key, a text)',
          'create table quiet (id bigint primary key)',
          'create table emptied (id bigint primary key)',
        ],
        ['t', 'quiet', 'emptied'],
        partitions,
      );
      await using source = await freshDatabase('settle');
      const client = new pg.Client({ connectionString: source.url });
      await client.connect();
      await client.query(`create table emptied (id bigint primary key); insert into emptied values (8), (9);
        create publication p for table emptied`);
      const settle = (afterResnapshot: 'keep' | 'delete') =>
        it.replicate({ afterResnapshot, source: databaseOf(source.url) });
      const ids = async () => {
        const found = [];
        for (const table of ['t', 'quiet', 'emptied'])
          found.push((await it.rows(`select id from ${table} order by id`)).flat().join(' '));
        return found;
      };
      await it.send(
        't',
        [1, 2, 3, 4].map((id) => insert(id, { id, a: 'x' })),
      );
      await it.send(
        'quiet',
        [5, 6, 7].map((id) => read(1, { id })),
      );
      await it.send(
        'emptied',
        [8, 9].map((id) => insert(id, { id })),
      );
      expect((await settle('keep')).error).toBeNull();
      expect(await readUnreconciled(it.session, it.pipeline)).toEqual([]);

      await client.query('delete from emptied');
      await client.end();
      await it.send('t', [read(100, { id: 1, a: 'x' }, 'first'), read(100, { id: 2, a: 'x' })]);
      await it.send('quiet', [read(100, { id: 5 }), read(100, { id: 6 }, 'last')]);
      await it.send('t', [update(110, { id: 1, a: 'later' })]);
      const kept = await settle('keep');
      expect(kept.error).toBeNull();
      const unseen = { type: 'unseenRows', why: 'not in the snapshot', isDeleted: false };
      expect(kept.events).toContainEqual({ ...unseen, table: 'public.t', rows: 2 });
      expect(kept.events).toContainEqual({ ...unseen, table: 'public.quiet', rows: 1 });
      expect(kept.events).toContainEqual({
        ...{ ...unseen, why: 'source table is empty' },
        ...{ table: 'public.emptied', rows: 2 },
      });
      expect(await ids()).toEqual(['1 2 3 4', '5 6 7', '8 9']);
      expect(await readUnreconciled(it.session, it.pipeline)).toEqual([
        { table: 'public.emptied', rows: 2, hasKey: true },
        { table: 'public.quiet', rows: 1, hasKey: true },
        { table: 'public.t', rows: 2, hasKey: true },
      ]);
      // Nothing is left to read, and the rows are still deleted.
      const deleted = await settle('delete');
      expect(deleted.error).toBeNull();
      expect(deleted.events).toContainEqual({ ...unseen, table: 'public.t', rows: 2, isDeleted: true });
      expect(await ids()).toEqual(['1 2', '5 6', '']);
      expect(await readUnreconciled(it.session, it.pipeline)).toEqual([]);
      // Keys that were deleted may be inserted again.
      await it.send('t', [insert(120, { id: 3, a: 'new' })]);
      expect((await settle('delete')).error).toBeNull();
      expect(await ids()).toEqual(['1 2 3', '5 6', '']);
    },
  );

  test.skipIf(inject('kafka') === null)(
    'are found after the first snapshot, too, if the table was loaded before',
    async () => {
      await using it = await mysqlReplication(['create table t (id bigint primary key)'], ['t']);
      await it.session.run('insert into t values (1), (2), (3)');
      expect((await it.replicate()).error).toBeNull();
      const chunk = `insert into ${it.session.own('load_chunk')} (source, database_name, table_schema, table_name, number, row_count, refused) values ('s', 'd', 'public', 't', 1, 3, 0)`;
      await it.session.run(chunk);
      await it.send('t', [read(100, { id: 1 }), read(100, { id: 4 }, 'last')]);
      const { events } = await it.replicate();
      const unseen = { type: 'unseenRows', table: 'public.t', rows: 2, why: 'not in the snapshot', isDeleted: false };
      expect(events).toContainEqual(unseen);
      expect(await readUnreconciled(it.session, it.pipeline)).toEqual([{ table: 'public.t', rows: 2, hasKey: true }]);
      expect((await it.replicate({ afterResnapshot: 'delete' })).error).toBeNull();
      expect(await it.rows('select id from t order by id')).toEqual([['1'], ['4']]);
      expect(await readUnreconciled(it.session, it.pipeline)).toEqual([]);
    },
  );

  test.skipIf(inject('kafka') === null)(
    'do not include rows of a table without a key, which the snapshot has replaced',
    async () => {
      await using it = await mysqlReplication(
        ['create table t (id bigint primary key)', 'create table pile (v text)'],
        ['t', 'pile'],
      );
      const put = (lsn: number, v: string): Event => ({ op: 'c', lsn, key: null, after: { v } });
      await it.send('pile', [put(1, 'old')]);
      await it.send('t', [insert(2, { id: 1 })]);
      expect((await it.replicate()).error).toBeNull();
      // Another snapshot replaces the rows of a table without a key, if it has one.
      await it.send('pile', [read(100, { v: 'new' }, 'first'), put(110, 'later')]);
      await it.send('t', [read(100, { id: 1 }, 'last')]);
      expect((await it.replicate({ afterResnapshot: 'delete' })).error).toBeNull();
      expect(await it.rows('select v from pile order by v')).toEqual([['later'], ['new']]);
      expect(await readUnreconciled(it.session, it.pipeline)).toEqual([]);
    },
  );
});

describeMariadb('a replica in MariaDB with deferred rows', () => {
  test.skipIf(inject('kafka') === null)('ends with rows_held_back until their next events are written', async () => {
    await using it = await mysqlReplication(['create table t (id bigint primary key, a varchar(9) unique)'], ['t'], 2);
    await it.send('t', [insert(20, { id: 1, a: 'x' })], 0);
    expect((await it.replicate()).error).toBeNull();
    await it.send('t', [insert(10, { id: 2, a: 'x' })], 1);
    const held = await it.replicate();
    expect(held.error).toMatchObject({ code: 'rows_held_back', message: expect.stringContaining('rows of 1 tables') });
    expect(held.events).toContainEqual(
      expect.objectContaining({ message: 'rows are still held back', fields: expect.objectContaining({ rows: 1 }) }),
    );
    await it.send('t', [update(15, { id: 2, a: 'y' })], 1);
    expect((await it.replicate()).error).toBeNull();
    expect(await it.rows('select * from t order by id')).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
  });
});
