/** Proves that every row ends in the state of its newest event, in any order and grouping of the events, in MariaDB. */
import { describe, expect, test } from 'vitest';
import {
  cuts,
  type Event,
  hole,
  insert,
  moved,
  type Row,
  remove,
  update,
} from '../../../test/engines/replica-scene.ts';
import { describeMariadb, serverFlavor } from '../../../test/mariadb.ts';
import { mysqlScene } from '../../../test/mysql-scene.ts';
import { exactCollation } from '../collation.ts';

const all = 'select * from t order by 1';

/** Groups of events with a name for the title of a test. */
const grouped = (events: readonly Event[]) =>
  cuts(events).map((groups) => [groups.map((one) => one.length).join('+'), groups] as const);

const exact = exactCollation[serverFlavor];

/** What the products call the same things. */
const named = {
  mariadb: {
    // The last one takes different letters for the same, although it keeps trailing spaces apart.
    inexactCollations: ['utf8mb4_bin', 'utf8mb4_general_ci', 'utf8mb4_unicode_nopad_ci'],
    enginesWithoutTransactions: ['MyISAM', 'Aria'],
    uniqueKey: 'a',
    checkError: 4025,
  },
  mysql: {
    inexactCollations: ['utf8mb4_bin', 'utf8mb4_general_ci', 'utf8mb4_0900_ai_ci'],
    enginesWithoutTransactions: ['MyISAM', 'MEMORY'],
    uniqueKey: 't.a',
    checkError: 3819,
  },
}[serverFlavor];

describeMariadb('rows of a table with a key in MariaDB', () => {
  test.each([[true], [false]])(
    'inserts, updates and deletes are applied, staged by LOAD DATA: %s',
    async (useLoadData) => {
      await using it = await mysqlScene('create table t (id bigint primary key, a varchar(5), b text)', {
        useLoadData,
      });
      const events = [
        insert(1, { id: 1, a: 'x', b: 'y' }),
        insert(2, { id: 2, a: null, b: '\\N' }),
        insert(3, { id: 3, a: '', b: "tab\tline\nreturn\r\\ quote' end\u001a €😀" }),
      ];
      await it.write(events, [update(4, { id: 1, a: 'z', b: 'y' }), remove(5, 2)]);
      expect(await it.rows(all)).toEqual([
        ['1', 'z', 'y'],
        ['3', '', "tab\tline\nreturn\r\\ quote' end\u001a €😀"],
      ]);
      expect(await it.letters()).toEqual([]);
    },
  );

  test('complete rows are loaded in their types at once, and other groups by way of texts', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a char(5), b varbinary(10), c bit(3))');
    const { session } = it.target;
    // Only the merge by way of texts gives a guard row its own number.
    const numbers = () =>
      session.cells(`select id, sluice_merge = 0 from ${session.own(`row_guard_public.t`)} order by id`);
    if (session.flavor !== 'mariadb') return;
    const row = (id: number, a: string | typeof hole) => ({ id, a, b: '\\x00ff', c: '101' });
    await it.write([insert(1, row(1, 'one')), insert(2, row(2, 'two')), remove(3, 2)]);
    expect(await it.rows('select id, a, hex(b), c + 0 from t')).toEqual([['1', 'one', '00FF', '5']]);
    await it.write([insert(4, row(4, 'four')), update(5, row(1, hole))]);
    expect(await numbers()).toEqual([
      ['1', '0'],
      ['2', '1'],
      ['4', '0'],
    ]);
  });

  test('a table whose texts do not fit in a page beside its values is written, too', async () => {
    const columns = Array.from({ length: 36 }, (_, index) => `c${index}`);
    await using it = await mysqlScene(
      `create table t (id bigint primary key, ${columns.map((name) => `${name} char(50)`).join(', ')})`,
    );
    const row = Object.fromEntries(columns.map((name) => [name, 'x'.repeat(50)]));
    expect(await it.write([insert(1, { id: 1, ...row })])).toMatchObject({ applied: 1 });
    expect(await it.rows('select id, c35 from t')).toEqual([['1', 'x'.repeat(50)]]);
  });

  test('a replay changes nothing, and every record counts as superseded', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    const events = [
      insert(1, { id: 1, a: 'x' }),
      insert(2, { id: 2, a: 'y' }),
      update(3, { id: 1, a: 'z' }),
      remove(4, 2),
    ];
    await it.write(events);
    await it.run(`update t set a = 'touched'`);
    it.restart();
    expect(await it.write(events)).toMatchObject({ read: 4, applied: 0, superseded: 4 });
    expect(await it.rows(all)).toEqual([['1', 'touched']]);
  });

  test('only the record of a value that does not fit is parked, and the older event of its key is applied', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a varchar(5), n int)');
    const counts = await it.write([
      insert(10, { id: 10, a: 'ok', n: 1 }),
      update(11, { id: 10, a: 'too long', n: 1 }),
      insert(12, { id: 11, a: 'no', n: 'number' }),
      insert(13, { id: 12, a: 'fine', n: 3 }),
    ]);
    expect(counts).toMatchObject({ read: 4, applied: 2, parked: 2 });
    expect(await it.rows(all)).toEqual([
      ['10', 'ok', '1'],
      ['12', 'fine', '3'],
    ]);
  });

  test('a bad record among 1,000 is parked alone', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a varchar(5), b datetime(6))');
    const events = Array.from({ length: 1_000 }, (_, id) =>
      insert(id + 1, { id, a: id === 617 ? 'too long' : 'ok', b: id === 403 ? '2024-02-30 00:00:00' : null }),
    );
    expect(await it.write(events)).toMatchObject({ read: 1_000, applied: 998, parked: 2 });
    expect(await it.letters()).toEqual([
      [403, 'refused_by_database'],
      [617, 'refused_by_database'],
    ]);
    expect(await it.rows('select count(*) from t')).toEqual([['998']]);
  });

  test.each(
    grouped([
      insert(1, { id: 1, a: 'a1', b: 'b1' }),
      update(2, { id: 1, a: 'a2', b: hole }),
      update(3, { id: 1, a: hole, b: 'b3' }),
      update(4, { id: 1, a: 'a4', b: hole }),
    ]),
  )('unchanged cells keep their values, grouped as %s (rules 3, 10)', async (_, groups) => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text not null)');
    await it.write(...groups);
    expect(await it.rows(all)).toEqual([['1', 'a4', 'b3']]);
    expect(await it.letters()).toEqual([]);
  });

  test('unchanged cells are never written: a value that the target altered stays', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)');
    await it.write([insert(1, { id: 1, a: 'a', b: 'large' })]);
    await it.run(`update t set b = 'of the target'`);
    await it.write([update(2, { id: 1, a: 'new', b: hole })]);
    expect(await it.rows(all)).toEqual([['1', 'new', 'of the target']]);
  });

  test('a partial update without a row is parked, and later partial updates wait for a whole row (rule 10)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)');
    const first = [update(1, { id: 1, a: 'x', b: hole }), insert(2, { id: 2, a: 'y', b: 'z' })];
    expect(await it.write(first)).toMatchObject({ applied: 1, parked: 1 });
    await it.write([update(3, { id: 1, a: 'x', b: hole })]);
    expect(await it.letters()).toEqual([
      [0, 'base_row_missing'],
      [2, 'waits_for'],
    ]);
    await it.write([update(4, { id: 1, a: 'whole', b: 'row' })]);
    expect(await it.rows(all)).toEqual([
      ['1', 'whole', 'row'],
      ['2', 'y', 'z'],
    ]);
  });

  test('no partial update before a delete is parked for a missing row (rule 10)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)');
    const later = [update(3, { id: 1, a: 'y', b: hole }), remove(5, 1), update(7, { id: 1, a: 'z', b: hole })];
    expect(await it.write([insert(1, { id: 1, a: 'x', b: 'b' })], later)).toMatchObject({
      applied: 1,
      superseded: 1,
      parked: 1,
    });
    expect(await it.letters()).toEqual([[3, 'base_row_missing']]);
    expect(await it.rows(all)).toEqual([]);
  });

  test('changes are ordered by commit, not by their places in the WAL (rule 11)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    await it.write([insert(1, { id: 1, a: 'first' })]);
    await it.write([{ ...remove(20, 1), commit: 10 }], [{ ...insert(15, { id: 1, a: 'second' }), commit: 21 }]);
    expect(await it.rows('select a from t')).toEqual([['second']]);
  });

  test('a deleted row stays deleted if an older event arrives later (rule 12)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    await it.write([insert(1, { id: 1, a: 'x' })], [remove(5, 1)], [update(3, { id: 1, a: 'old' })]);
    expect(await it.rows(all)).toEqual([]);
    expect(await it.write([insert(6, { id: 1, a: 'new' })])).toMatchObject({ applied: 1 });
  });

  test('late events of one group do not win, in whatever order they stand', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    const events = [5, 3, 9, 1, 7].map((lsn) => update(lsn, { id: 1, a: `at ${lsn}` }));
    expect(await it.write(events)).toMatchObject({ applied: 1, superseded: 4 });
    expect(await it.rows(all)).toEqual([['1', 'at 9']]);
  });

  test.each(
    grouped([
      insert(1, { id: 1, a: 'a', b: 'large' }),
      ...moved(2, 1, { id: 2, a: 'moved', b: hole }),
      update(3, { id: 2, a: 'later', b: hole }),
      ...moved(4, 2, { id: 3, a: 'again', b: hole }),
    ]),
  )('a row with a changed key keeps its large values, grouped as %s (rule 3)', async (_, groups) => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)');
    await it.write(...groups);
    expect(await it.letters()).toEqual([]);
    expect(await it.rows(all)).toEqual([['3', 'again', 'large']]);
    if (groups.length === 6)
      expect(await it.rows(`select count(*) from ${it.target.session.own('row_moved_public.t')}`)).toEqual([['0']]);
  });

  test('a key of decimals whose text changes stays one row (rule 3)', async () => {
    await using it = await mysqlScene('create table t (id decimal(10,2) primary key, a text)');
    await it.write([
      insert(1, { id: '1.0', a: 'x' }),
      { op: 'd', lsn: 2, key: { id: '1.0' } },
      { op: 'c', lsn: 2, key: { id: '1.00' }, after: { id: '1.00', a: 'y' } },
      update(3, { id: '1.00', a: 'z' }),
    ]);
    expect(await it.rows(all)).toEqual([['1.00', 'z']]);
  });

  test('keys that differ in case and in trailing spaces are different rows', async () => {
    await using it = await mysqlScene(`create table t (id varchar(10) collate ${exact} primary key, n int)`);
    const keys = ['a', 'a ', 'A', 'a  ', ' a', 'á', ''];
    await it.write(
      keys.map((id, index) => insert(index + 1, { id, n: index })),
      [update(20, { id: 'a ', n: 100 }), remove(21, 'A')],
    );
    expect(await it.rows('select id, n from t order by n')).toEqual([
      ['a', '0'],
      ['a  ', '3'],
      [' a', '4'],
      ['á', '5'],
      ['', '6'],
      ['a ', '100'],
    ]);
  });

  test.each(named.inexactCollations)(
    'a key with the collation %s holds the partition, because two rows could become one',
    async (collation) => {
      await using it = await mysqlScene(`create table t (id varchar(10) collate ${collation} primary key, n int)`);
      await it.write([insert(1, { id: 'a', n: 1 })]);
      const [[reason, statements] = []] = await it.held();
      expect(reason).toContain(collation);
      expect(statements).toContain(`MODIFY \`id\` varchar(10) CHARACTER SET utf8mb4 COLLATE ${exact} NOT NULL;`);
    },
  );

  test('TRUNCATE removes only older rows, in any order of arrival (rule 23)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    const truncate: Event = { op: 't', lsn: 5 };
    await it.write([insert(1, { id: 1, a: 'old' }), insert(6, { id: 2, a: 'new' })]);
    expect(
      await it.write([insert(2, { id: 3, a: 'older' }), truncate, insert(7, { id: 4, a: 'newer' })]),
    ).toMatchObject({ applied: 2, superseded: 1 });
    expect(await it.write([truncate, insert(4, { id: 5, a: 'late' })])).toMatchObject({ superseded: 2 });
    expect(await it.rows('select id from t order by id')).toEqual([['2'], ['4']]);
  });

  test('rows may swap values of a unique key, also of columns that only the target has (rule 22)', async () => {
    await using it = await mysqlScene(
      `create table t (id bigint primary key, a varchar(9) unique, b text, own varchar(9) default 'd')`,
    );
    await it.write([insert(1, { id: 1, a: 'x', b: 'b1' }), insert(2, { id: 2, a: 'y', b: 'b2' })]);
    await it.run(`update t set own = concat('own', id)`);
    await it.write([
      update(3, { id: 1, a: 'tmp', b: hole }),
      update(4, { id: 2, a: 'x', b: hole }),
      update(5, { id: 1, a: 'y', b: hole }),
    ]);
    expect(await it.rows(all)).toEqual([
      ['1', 'y', 'b1', 'own1'],
      ['2', 'x', 'b2', 'own2'],
    ]);
    await it.write([remove(6, 1), insert(7, { id: 3, a: 'y', b: 'b3' }), insert(8, { id: 4, a: 'z', b: 'b4' })]);
    expect(await it.letters()).toEqual([]);
    expect(await it.rows(all)).toEqual([
      ['2', 'x', 'b2', 'own2'],
      ['3', 'y', 'b3', 'd'],
      ['4', 'z', 'b4', 'd'],
    ]);
  });

  test('rows swap values of a unique key in one transaction, wherever it is cut into groups (rule 22)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a varchar(9) unique)');
    const swap = [
      { ...update(13, { id: 1, a: 'y' }), commit: 12 },
      { ...update(14, { id: 2, a: 'x' }), commit: 12 },
    ];
    await it.write([insert(11, { id: 1, a: 'x' }), insert(12, { id: 2, a: 'y' })]);
    // The second half has not been read yet.
    expect(await it.offer(0, swap.slice(0, 1))).toMatchObject({ read: 0, parked: 0, postponed: 1 });
    expect(await it.offer(0, swap)).toMatchObject({ read: 2, applied: 2, postponed: 0 });
    expect(await it.rows(all)).toEqual([
      ['1', 'y'],
      ['2', 'x'],
    ]);
  });

  test('rows swap values of a unique key beside records that the server refuses', async () => {
    await using it = await mysqlScene(
      'create table t (id bigint primary key, a varchar(9) unique, n int, check (n < 10))',
    );
    await it.write([insert(11, { id: 1, a: 'x', n: 1 }), insert(12, { id: 2, a: 'y', n: 1 })]);
    const events = [
      insert(13, { id: 3, a: 'p', n: 99 }),
      { ...update(14, { id: 1, a: 'y', n: 1 }), commit: 13 },
      { ...update(15, { id: 2, a: 'x', n: 1 }), commit: 13 },
      insert(16, { id: 4, a: 'q', n: 99 }),
    ];
    expect(await it.write(events)).toMatchObject({ applied: 2, parked: 2 });
    expect(await it.rows('select id, a from t order by id')).toEqual([
      ['1', 'y'],
      ['2', 'x'],
    ]);
  });

  test('a position beyond BIGINT is parked, also where the table has no key, and nothing else is', async () => {
    await using it = await mysqlScene(`create table t (id bigint primary key, a text);
      create table k (id bigint, a text)`);
    const far = insert(9_999_999_999_999_990_000, { id: 2, a: 'y' });
    const keyless = (event: Event): Event => ({ ...event, key: null, table: 'k' });
    const events = [insert(1, { id: 1, a: 'x' }), far, insert(3, { id: 3, a: 'z' })];
    expect(await it.write(events, events.map(keyless))).toMatchObject({ applied: 2, parked: 1 });
    expect(await it.letters()).toEqual([
      [1, 'no_position'],
      [4, 'no_position'],
    ]);
    expect(await it.rows('select id from t union all select id from k')).toEqual([['1'], ['3'], ['1'], ['3']]);
  });

  test('an upsert of a row never changes another row that has its unique value', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a varchar(9) unique)');
    await it.write([insert(1, { id: 1, a: 'x' })]);
    expect(await it.write([insert(2, { id: 2, a: 'x' }), insert(3, { id: 3, a: 'y' })])).toMatchObject({
      applied: 1,
      parked: 1,
    });
    expect(await it.rows(all)).toEqual([
      ['1', 'x'],
      ['3', 'y'],
    ]);
    expect((await it.reasons())[0]).toBe(`Duplicate entry for key '${named.uniqueKey}', error 1062`);
  });

  test('the server computes generated columns, and AUTO_INCREMENT takes the values of the source', async () => {
    await using it = await mysqlScene(
      'create table t (id bigint auto_increment primary key, a text, loud text as (upper(a)) stored, soft text as (lower(a)) virtual)',
    );
    await it.write(
      [insert(1, { id: 7, a: 'x' }), insert(1, { id: 0, a: 'zero' })],
      [update(2, { id: 7, a: 'Y', loud: 'no' })],
    );
    expect(await it.rows(all)).toEqual([
      ['0', 'zero', 'ZERO', 'zero'],
      ['7', 'Y', 'Y', 'y'],
    ]);
  });

  test('columns that exist only in the target keep their values, and get the default in new rows', async () => {
    await using it = await mysqlScene(`create table t (id bigint primary key, a text, mine text default (upper('d')))`);
    await it.write([insert(1, { id: 1, a: 'x' })]);
    await it.run(`update t set mine = 'kept'`);
    await it.write([update(2, { id: 1, a: 'y' }), insert(3, { id: 2, a: 'z' })]);
    expect(await it.rows(all)).toEqual([
      ['1', 'y', 'kept'],
      ['2', 'z', 'D'],
    ]);
  });

  describe('a row that is inserted again after a delete', () => {
    const ddl = `create table t (id bigint primary key, a varchar(9) unique, b text, own text default ('d'))`;
    const events = [
      update(2, { id: 1, a: 'x', b: 'b' }),
      remove(3, 1),
      insert(4, { id: 1, a: 'y', b: 'large' }),
      update(5, { id: 1, a: 'z', b: hole }),
    ];

    test.each(grouped(events))('inherits no values of the deleted row, grouped as %s', async (_, groups) => {
      await using it = await mysqlScene(ddl);
      await it.write([insert(1, { id: 1, a: 'x', b: 'b' }), insert(1, { id: 2, a: 'p', b: 'b' })]);
      await it.run(`update t set own = 'kept'`);
      await it.write(...groups);
      expect(await it.rows(all)).toEqual([
        ['1', 'z', 'large', 'd'],
        ['2', 'p', 'b', 'kept'],
      ]);
      expect(await it.letters()).toEqual([]);
    });

    test('inherits no values if rows are replaced (rule 22)', async () => {
      await using it = await mysqlScene(ddl);
      await it.write([insert(1, { id: 1, a: 'x', b: 'b' }), insert(1, { id: 2, a: 'y', b: 'b' })]);
      await it.run(`update t set own = 'kept'`);
      await it.write([remove(2, 1), update(3, { id: 2, a: 'x', b: hole }), insert(4, { id: 1, a: 'y', b: 'b' })]);
      expect(await it.rows('select id, a, own from t order by id')).toEqual([
        ['1', 'y', 'd'],
        ['2', 'x', 'kept'],
      ]);
    });

    test('is not assumed for a delete that is older than the stored row (rule 12)', async () => {
      await using it = await mysqlScene(ddl);
      await it.write([insert(4, { id: 1, a: 'x', b: 'b' })]);
      await it.run(`update t set own = 'kept'`);
      await it.write([remove(3, 1), update(5, { id: 1, a: 'y', b: hole }), remove(2, 1)]);
      expect(await it.rows('select a, b, own from t')).toEqual([['y', 'b', 'kept']]);
    });
  });

  test('a snapshot that begins after streamed events wins over them (rule 11)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    const read = (lsn: number, a: string): Event => ({ op: 'r', lsn, key: { id: 1 }, after: { id: 1, a } });
    await it.write([read(10, 'snapshot'), update(5, { id: 1, a: 'streamed' })]);
    expect(await it.rows('select a from t')).toEqual([['streamed']]);
    await it.write([read(3, 'restored')]);
    expect(await it.rows('select a from t')).toEqual([['restored']]);
  });

  test('keys of several columns, some of them bytes, and tables of several schemas are written', async () => {
    await using it = await mysqlScene('create table t (b varbinary(4), a int, c text, primary key (a, b))');
    const name = `${it.target.database.database}_s`;
    await it.run(`create database ${name};\ncreate table ${name}.u (id int primary key, c text)`);
    try {
      const row = (a: number, b: string, c: string): Row => ({ a, b: Buffer.from(b, 'hex').toString('base64'), c });
      const both: Event[] = [row(1, '00ff', 'x'), row(1, '00', 'y')].map((after, index) => ({
        op: 'c',
        lsn: index + 1,
        key: { a: after.a, b: after.b },
        after,
      }));
      await it.write([...both, { ...insert(9, { id: 1, c: 's' }), schema: name, table: 'u' }]);
      expect(await it.rows(`select count(*) from t`)).toEqual([['2']]);
      expect(await it.rows(`select * from ${name}.u`)).toEqual([['1', 's']]);
    } finally {
      await it.run(`drop database ${name}`);
    }
  });

  test('a TRUNCATE of an unknown table changes nothing (rule 23)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key)');
    expect(await it.write([{ op: 't', lsn: 1, table: 'nobody' }, insert(2, { id: 1 })])).toMatchObject({
      applied: 1,
      superseded: 1,
    });
  });

  test('foreign keys and triggers do not stop rows; triggers are told of', async () => {
    await using it = await mysqlScene(
      `create table t (id bigint primary key, parent bigint, foreign key (parent) references t (id));
       create trigger tt before insert on t for each row set new.id = new.id`,
    );
    await it.write([insert(1, { id: 1, parent: 9 })]);
    expect(await it.rows(all)).toEqual([['1', '9']]);
    expect(it.warnings).toEqual([{ table: 'public.t', triggers: ['tt'] }]);
  });
});

describeMariadb('definitions in MariaDB', () => {
  test('a table that the target lacks holds its partition, with the statement that creates it', async () => {
    await using it = await mysqlScene('');
    await it.write([insert(1, { id: 1, a: 'x' })]);
    const [[reason, statements] = []] = await it.held();
    expect(reason).toMatch(/^the target has no table t in the database test_/);
    expect(statements).toMatch(
      /CREATE TABLE `test_\w+`\.`t` \(`id` .* NOT NULL, `a` LONGTEXT .* NULL, PRIMARY KEY \(`id`\)\) ENGINE=InnoDB;/,
    );
  });

  test('a table whose name the target cannot have holds its partition, and nothing else stops', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key)');
    await it.write([insert(1, { id: 1 }), { ...insert(2, { id: 1 }), table: 'faces 😀' }]);
    expect(await it.held()).toEqual([
      [
        'names in MySQL and MariaDB have no characters beyond U+FFFF, such as emoji',
        expect.stringContaining('Rename the table at the source'),
      ],
    ]);
    expect(await it.rows(all)).toEqual([['1']]);
  });

  test('a column that is added while the partition is held is written from its first event on', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text)');
    await it.write([insert(1, { id: 1, a: 'x' })]);
    const batch = await it.batch([update(2, { id: 1, a: 'y', b: 'new' }), insert(3, { id: 2, a: 'z' })]);
    expect(await it.writeBatch(batch)).toMatchObject({ postponed: [batch], committed: [] });
    const [[reason, statements] = []] = await it.held();
    expect([reason, statements]).toEqual([
      'it has no column "b"',
      expect.stringMatching(/ALTER TABLE .*`t` ADD COLUMN `b` LONGTEXT .* NULL;/),
    ]);
    await it.run(`alter table t add b varchar(9) default 'def'`);
    expect(await it.writeBatch(batch)).toMatchObject({ postponed: [], counts: { applied: 2 } });
    expect(await it.rows(all)).toEqual([
      ['1', 'y', 'new'],
      ['2', 'z', 'def'],
    ]);
    expect(await it.held()).toEqual([]);
  });

  test('a table that is altered behind the session is read again', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text, c text)');
    await it.write([insert(1, { id: 1, a: 'x', b: 'b' })]);
    await it.run('alter table t drop c, modify a varchar(20), add d int');
    expect(await it.write([update(2, { id: 1, a: 'y', b: hole }), insert(3, { id: 2, a: 'z', b: 'b' })])).toMatchObject(
      {
        applied: 2,
      },
    );
    await it.run('alter table t drop b');
    const batch = await it.batch([update(4, { id: 1, a: 'w', b: 'gone' })]);
    expect(await it.writeBatch(batch)).toMatchObject({ postponed: [batch] });
    expect((await it.held())[0]?.[0]).toBe('it has no column "b"');
  });

  test('a key whose type is altered keeps its guard rows', async () => {
    await using it = await mysqlScene('create table t (id int primary key, a text)');
    await it.write([insert(5, { id: 1, a: 'x' })]);
    await it.run('alter table t modify id bigint, add b text');
    expect(
      await it.write([insert(3, { id: 1, a: 'old', b: 'b' }), insert(6, { id: 4294967296, a: 'y', b: 'b' })]),
    ).toMatchObject({
      applied: 1,
      superseded: 1,
    });
    expect(await it.rows('select id, a from t order by id')).toEqual([
      ['1', 'x'],
      ['4294967296', 'y'],
    ]);
  });

  test('a NOT NULL column that gets a null holds the partition, and nothing is parked (rule 19)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a varchar(5) not null)');
    const batch = await it.batch([
      insert(1, { id: 1, a: 'x' }),
      insert(2, { id: 2, a: null }),
      insert(3, { id: 3, a: 'z' }),
    ]);
    expect(await it.writeBatch(batch)).toMatchObject({ postponed: [batch], counts: { applied: 1, parked: 0 } });
    const [[reason, statements] = []] = await it.held();
    expect(reason).toBe('its column "a" is NOT NULL, and that of the source is not');
    await it.run(
      String(statements)
        .replace(/^Run at the target: /, '')
        .replace(/;$/, ''),
    );
    expect(await it.letters()).toEqual([]);
    const rest = await it.batch([]);
    expect(rest.records).toEqual([]);
  });

  test('a null that the source refuses, too, is parked, and nothing is held', async () => {
    const ddl = 'create table t (id bigint primary key, a varchar(5) not null)';
    await using it = await mysqlScene(ddl, { isNotNull: (_, column) => column === 'a' });
    const events = [insert(1, { id: 1, a: 'x' }), insert(2, { id: 2, a: null }), insert(3, { id: 3, a: 'z' })];
    expect(await it.write(events)).toMatchObject({ applied: 2, parked: 1 });
    expect(await it.letters()).toEqual([[1, 'refused_by_database']]);
    expect(await it.held()).toEqual([]);
  });

  test('a column without a default that the source lacks holds the partition', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, mine int not null)');
    await it.write([insert(1, { id: 1, a: 'x' })]);
    expect((await it.held())[0]?.[0]).toBe('its column "mine" has no default, and the source does not have it');
  });

  test.each(named.enginesWithoutTransactions)('a table of the engine %s holds its partition', async (engine) => {
    await using it = await mysqlScene(`create table t (id bigint primary key) engine = ${engine}`);
    await it.write([insert(1, { id: 1 })]);
    const reason = `its storage engine ${engine.toLowerCase()} has no transactions`;
    expect(await it.held()).toEqual([[reason, expect.stringContaining('ENGINE=InnoDB;')]]);
  });

  test('a table that is fed from another topic is refused', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key)');
    await it.write([insert(1, { id: 1 })]);
    const { session } = it.target;
    await session.run(`update ${session.own('target')} set topic = 'other'`);
    it.restart();
    await expect(it.write([insert(2, { id: 2 })])).rejects.toMatchObject({ code: 'source_mismatch' });
  });
});

describeMariadb('rows of a table without a key in MariaDB (rule 24)', () => {
  const row = (a: unknown, n: unknown) => ({ a, n });
  const grown = (lsn: number, a: unknown, n: unknown): Event => ({ op: 'c', lsn, after: row(a, n) });
  const ddl = 'create table t (a text, n integer)';
  const texts = 'select a from t order by a';

  test.each([[8], [1], [3], [4]])('events count once if they are sent twice, %i at a time', async (size) => {
    const events: Event[] = [
      { op: 'r', lsn: 1, after: row('x', 1), snapshot: 'first' },
      { op: 'r', lsn: 1, after: row('x', 1) },
      { op: 'r', lsn: 1, after: row(null, 2), snapshot: 'last' },
      grown(2, 'x', 1),
      grown(2, 'x', 1),
      { op: 'u', lsn: 3, before: row('x', 1), after: row('changed', 1) },
      { op: 'd', lsn: 4, before: row(null, 2) },
      { op: 'd', lsn: 5, before: row('x', 1) },
    ];
    await using it = await mysqlScene(ddl);
    const streamed = events.slice(3);
    for (let at = 0; at < events.length; at += size) await it.write(events.slice(at, at + size));
    expect(await it.rows(texts)).toEqual([['changed'], ['x'], ['x']]);
    it.restart();
    for (let at = 0; at < streamed.length; at += size) await it.write(streamed.slice(at, at + size));
    expect(await it.rows(texts)).toEqual([['changed'], ['x'], ['x']]);
    expect(await it.letters()).toEqual([]);
  });

  test('exactly one of equal rows is changed, and values that differ in case or spaces are not equal', async () => {
    await using it = await mysqlScene(
      'create table t (a varchar(9) collate utf8mb4_general_ci, n decimal(9,2), f float, d datetime(6))',
    );
    const full = (a: string, n = '1.50', f = '0.1', d = '2024-02-29 12:00:00.000001'): Row => ({ a, n, f, d });
    const created = [full('a'), full('A'), full('a '), full('a'), full('a', '1.51')].map(
      (after, index): Event => ({ op: 'c', lsn: index + 1, after }),
    );
    await it.write(created, [
      { op: 'd', lsn: 10, before: full('a') },
      { op: 'u', lsn: 11, before: full('A'), after: full('B') },
    ]);
    expect(await it.rows(`select concat(a, '|'), n from t order by cast(a as binary), n`)).toEqual([
      ['B|', '1.50'],
      ['a|', '1.50'],
      ['a|', '1.51'],
      ['a |', '1.50'],
    ]);
    expect(await it.letters()).toEqual([]);
  });

  test('the table is emptied by a TRUNCATE, and replaced by a snapshot that restarts', async () => {
    await using it = await mysqlScene(ddl);
    await it.write([grown(1, 'x', 1), { op: 't', lsn: 2 }, grown(3, 'y', 1)]);
    expect(await it.rows('select a from t')).toEqual([['y']]);
    const snapshot: Event[] = [
      { op: 'r', lsn: 4, after: row('s', 1), snapshot: 'first' },
      { op: 'r', lsn: 4, after: row('s', 2) },
    ];
    await it.write(snapshot, snapshot);
    expect(await it.rows('select a, n from t order by n')).toEqual([
      ['s', '1'],
      ['s', '2'],
    ]);
  });

  test('an event whose row does not exist is parked, and one that is refused leaves the others', async () => {
    await using it = await mysqlScene('create table t (a varchar(4), n integer)');
    expect(
      await it.write([
        { op: 'd', lsn: 1, before: row('x', 1) },
        grown(2, 'y', 1),
        grown(3, 'too long', 1),
        grown(4, 'z', 1),
      ]),
    ).toMatchObject({ applied: 2, parked: 2 });
    expect(await it.letters()).toEqual([
      [0, 'base_row_missing'],
      [2, 'refused_by_database'],
    ]);
    expect(await it.rows(texts)).toEqual([['y'], ['z']]);
  });

  test('unchanged cells of an update take the values of the old row', async () => {
    await using it = await mysqlScene(ddl);
    await it.write([grown(1, 'large', 1)], [{ op: 'u', lsn: 2, before: row('large', 1), after: row(hole, 2) }]);
    expect(await it.rows(all)).toEqual([['large', '2']]);
  });

  test('a topic of several partitions holds them', async () => {
    await using it = await mysqlScene(ddl, { partitions: 4 });
    await it.write([grown(1, 'x', 1)]);
    expect((await it.held())[0]?.[0]).toBe('it has no primary key, and its topic has 4 partitions');
  });
});

describeMariadb('with several partitions in MariaDB, if one is ahead,', () => {
  test('a row under a new key waits for the old row, and records before it do not wait (rule 3)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)', { partitions: 4 });
    const [leave, arrive] = moved(5, 1, { id: 2, a: 'moved', b: hole });
    const ahead = [insert(2, { id: 9, a: 'first', b: 'b' }), arrive, update(6, { id: 2, a: 'later', b: hole })];
    await it.offer(0, [insert(1, { id: 1, a: 'a', b: 'early' })]);
    expect(await it.offer(1, ahead)).toMatchObject({ read: 1, applied: 1, postponed: 1 });
    expect(await it.offer(1, ahead.slice(1))).toMatchObject({ read: 0, postponed: 1 });
    await it.offer(0, [update(4, { id: 1, a: 'a', b: 'large' }), leave]);
    expect(await it.offer(1, ahead.slice(1))).toMatchObject({ read: 2, parked: 0, postponed: 0 });
    expect(await it.rows(all)).toEqual([
      ['2', 'later', 'large'],
      ['9', 'first', 'b'],
    ]);
    expect(await it.letters()).toEqual([]);
  });

  test('a row under a new key does not inherit from an older row of that key (rule 10)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)', { partitions: 4 });
    const [leave, arrive] = moved(6, 1, { id: 2, a: 'moved', b: hole });
    await it.offer(0, [insert(1, { id: 2, a: 'old', b: 'old' })]);
    expect(await it.offer(0, [arrive])).toMatchObject({ read: 0, postponed: 1 });
    await it.offer(1, [{ op: 't', lsn: 4 }, insert(5, { id: 1, a: 'a', b: 'new' }), leave]);
    expect(await it.offer(0, [arrive])).toMatchObject({ read: 1, applied: 1 });
    expect(await it.rows(all)).toEqual([['2', 'moved', 'new']]);
  });

  test('a unique value waits until another row releases it, and is parked if that never happens (rule 22)', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a varchar(9) unique)', { partitions: 4 });
    const taker = [insert(7, { id: 3, a: 'x' })];
    await it.offer(0, [insert(1, { id: 1, a: 'x' })]);
    expect(await it.offer(1, taker)).toMatchObject({ read: 0, postponed: 1 });
    await it.offer(0, [remove(6, 1)]);
    expect(await it.offer(1, taker)).toMatchObject({ read: 1, applied: 1, postponed: 0 });
    await it.offer(0, [insert(20, { id: 5, a: 'y' }), insert(30, { id: 9, a: 'v' })]);
    await it.offer(2, [insert(30, { id: 6, a: 'z' })]);
    await it.offer(3, [insert(30, { id: 7, a: 'w' })]);
    const second = [insert(21, { id: 8, a: 'y' }), insert(22, { id: 10, a: 'q' })];
    expect(await it.offer(1, second)).toMatchObject({ read: 0, postponed: 1 });
    expect(await it.offer(1, second)).toMatchObject({ read: 2, parked: 1, postponed: 0 });
    expect(await it.letters()).toEqual([[expect.any(Number), 'refused_by_database']]);
  });
});

describeMariadb('a slot older than the snapshot in MariaDB (rule 11)', () => {
  const read = (lsn: number, after: Row): Event => ({ op: 'r', lsn, key: { id: after.id }, after });
  const again = [...moved(70, 1, { id: 9, a: 'moved', b: hole }), insert(80, { id: 1, a: 'new', b: 'other' })];

  test('replays events whose row has been deleted since, and none is parked', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)');
    await it.write([read(100, { id: 1, a: 'there', b: 'large' })]);
    const [leave, arrive] = moved(70, 1, { id: 9, a: 'moved', b: hole });
    const old = [update(50, { id: 2, a: 'x', b: hole }), update(51, { id: 2, a: 'y', b: hole }), remove(60, 2)];
    await it.write(old.slice(0, 1), old.slice(1, 2), old.slice(2), [remove(65, 1)], [leave], [arrive]);
    await it.write([insert(80, { id: 1, a: 'there', b: 'large' }), remove(81, 9)]);
    expect(await it.letters()).toEqual([]);
    expect(await it.rows(all)).toEqual([['1', 'there', 'large']]);
    expect(await it.write([update(120, { id: 2, a: 'x', b: hole })])).toMatchObject({ parked: 1 });
  });

  test.each(grouped(again))(
    'does not change the row that has the old key of a moved row now, grouped as %s (rule 3)',
    async (_, groups) => {
      await using it = await mysqlScene('create table t (id bigint primary key, a text, b text)');
      const snapshot = [
        read(100, { id: 1, a: 'new', b: 'other' }),
        read(100, { id: 9, a: 'moved', b: 'large' }),
        read(100, { id: 8, a: 'open', b: 'moves' }),
        read(100, { id: 7, a: 'open', b: 'goes' }),
      ];
      if (groups.length > 1) await it.write(snapshot, ...groups);
      else await it.write([...snapshot, ...groups.flat()]);
      const [leave, arrive] = moved(95, 8, { id: 7, a: 'moved', b: hole });
      const open = [remove(94, 7), leave, arrive].map((event) => ({ ...event, commit: 110 }));
      if (groups.length > 1) for (const event of open) await it.write([event]);
      else await it.write(open);
      expect(await it.rows(all)).toEqual([
        ['1', 'new', 'other'],
        ['7', 'moved', 'moves'],
        ['9', 'moved', 'large'],
      ]);
      expect(await it.letters()).toEqual([]);
    },
  );
});

describeMariadb('a refused record in MariaDB', () => {
  const spoilt = [
    insert(1, { id: 1, a: 'x', b: 'stale' }),
    update(2, { id: 1, a: 'too long', b: 'lost' }),
    ...moved(5, 1, { id: 2, a: 'fine', b: hole }),
  ];

  test.each(grouped(spoilt))(
    'leaves no values for a row with a changed key, grouped as %s (rule 10)',
    async (_, groups) => {
      await using it = await mysqlScene('create table t (id bigint primary key, a varchar(4), b text)');
      await it.write(...groups);
      expect(await it.rows(all)).toEqual([]);
      expect((await it.letters()).map(([offset]) => offset)).toEqual([1, 3]);
    },
  );

  test.each<[string, string, Event]>([
    ['a delete with a part of the key', 'primary key (a, b)', { op: 'd', lsn: 9, key: { a: 1 }, before: { a: 1 } }],
    ['a damaged row', 'primary key (a, b)', { op: 'u', lsn: 9, key: { a: 1, b: 1 }, after: { a: 1, c: 'y' } }],
    ['an update without the old row', 'check (a > 0)', { op: 'u', lsn: 9, after: { a: 1, b: 1, c: 'y' } }],
  ])('that does not say which row it is about is parked alone: %s', async (_, constraint, event) => {
    await using it = await mysqlScene(`create table t (a integer, b integer, c text, ${constraint})`);
    const row = (lsn: number, a: number): Event => ({ op: 'c', lsn, key: { a, b: 1 }, after: { a, b: 1, c: 'x' } });
    await it.write([row(1, 1), row(2, 2)], [event, row(10, 3)]);
    expect(await it.letters()).toEqual([[2, 'missing_key']]);
    expect(await it.rows('select a, c from t order by a')).toEqual(['1', '2', '3'].map((a) => [a, 'x']));
  });

  test('of a CHECK constraint is parked alone', async () => {
    await using it = await mysqlScene('create table t (id bigint primary key, n int check (n > 0))');
    expect(await it.write([insert(1, { id: 1, n: 1 }), insert(2, { id: 2, n: 0 })])).toMatchObject({
      applied: 1,
      parked: 1,
    });
    expect((await it.reasons())[0]).toMatch(new RegExp(`error ${named.checkError}$`));
  });
});
