/** Proves that MariaDB stores exactly the value of the source, or that the record is parked (promise 7). */
import { expect, test } from 'vitest';
import { insert, update } from '../../../test/engines/replica-scene.ts';
import { describeMariadb, serverFlavor } from '../../../test/mariadb.ts';
import { mysqlScene } from '../../../test/mysql-scene.ts';
import { openSession } from '../connection/open-session.ts';
import { typeRows } from './merge/typed-rows.ts';
import { createStagingTables, stagingNames } from './staging/staging-tables.ts';
import { readTable } from './tables/read-table.ts';

const isMysql = serverFlavor === 'mysql';

/** Columns with a value that MariaDB would store differently without an error, and one that it stores as it is. */
const altered = [
  ['a decimal', 'decimal(3,1)', '1.26', '1.2'],
  ['a fraction in an integer', 'int', '1.26', '1'],
  ['a double in a float', 'float', '0.123456789012', '0.125'],
  ['half a millisecond', 'datetime(3)', '2024-01-01 00:00:00.123456', '2024-01-01 00:00:00.123'],
  ['a fraction of a second', 'time(2)', '10:00:00.129', '10:00:00.12'],
  ['the time of a date', 'date', '2024-01-01 10:00:00', '2024-01-01'],
  ['spaces beyond the length', 'varchar(3)', 'abc  ', 'abc'],
  ['the number of a label', `enum('a','b')`, '2', 'b'],
  ['labels that are there twice', `set('p','q')`, 'q,p,q', 'p,q'],
  ['a year of two digits', 'year', '69', '1969'],
] as const;

describeMariadb('values in MariaDB', () => {
  test.each(altered)('%s that the server would alter is parked alone', async (_, type, bad, good) => {
    await using it = await mysqlScene(`create table t (id int primary key, v ${type})`);
    const events = [
      insert(1, { id: 1, v: good }),
      insert(2, { id: 2, v: bad }),
      insert(3, { id: 3, v: null }),
      update(4, { id: 1, v: bad }),
    ];
    expect(await it.write(events)).toMatchObject({ applied: 2, parked: 2 });
    expect(await it.rows('select id, v from t order by id')).toEqual([
      ['1', good],
      ['3', null],
    ]);
    expect((await it.letters()).map(([offset]) => offset).sort()).toEqual([1, 3]);
  });

  test('an altered value is found where it is stored, also if its encoding let it through', async () => {
    const types = altered.filter(([, type]) => !/^(?:int|float)/.test(type));
    const columns = types.map(([, type], index) => `c${index} ${type}`);
    await using it = await mysqlScene(`create table t (id int primary key, ${columns.join(', ')})`);
    const { database } = it.target;
    const session = await openSession(database, 'values');
    try {
      const found = await readTable(session, database.database, 't');
      if (!found) throw new Error('no table');
      const table = {
        ...found,
        name: 'public.t',
        at: { schema: 'public', name: 't' },
        number: 0,
        orderBy: 'lsn' as const,
      };
      await createStagingTables(session, table);
      const { texts } = stagingNames(session, table);
      const own = { hasDeletes: false, hasPartial: false };
      const type = (index: number, value: string) => async () => {
        await session.run(`delete from ${texts}`);
        await session.run(
          `insert into ${texts} (sluice_ordinal, sluice_deleted, sluice_batch, sluice_generation, sluice_major, sluice_minor,
             sluice_prior, sluice_next, sluice_text_0, sluice_text_${index}) values (0, 0, 0, 0, 1, 1, -1, 9, '1', ?)`,
          [value],
        );
        const some = [0, index].flatMap((one) => {
          const column = table.columns[one];
          return column ? [{ column, index: one }] : [];
        });
        return await typeRows(session, table, { columns: some, own }, 'true');
      };
      for (const [place, [name, , bad, good]] of types.entries()) {
        await expect(type(place + 1, good)(), name).resolves.toBe(1);
        await expect(type(place + 1, bad)(), name).rejects.toThrow(`The value of column 'c${place}' would be altered`);
      }
    } finally {
      await session.end();
    }
  });

  test('values of many types are stored exactly, by LOAD DATA and by INSERT', async () => {
    const ddl = `create table t (id int primary key, flag tinyint(1), big bigint, num decimal(30,10), huge decimal(65,0), f float, d double,
      raw longblob, fixed binary(2), day date, at datetime(6), zoned datetime(6), clock time(6), uid ${isMysql ? 'char(36)' : 'uuid'}, doc json, label enum('sad','it''s ok'),
      bits bit(10), txt longtext, pad char(5), latin varchar(9) character set latin1)`;
    const row = {
      id: 1,
      flag: true,
      big: '-9223372036854775808',
      num: '12345678901234567890.1234567890',
      huge: '9'.repeat(65),
      f: '0.1',
      d: '1.7976931348623157e308',
      raw: Buffer.from([0, 9, 10, 92, 255]).toString('base64'),
      fixed: Buffer.from([0, 1]).toString('base64'),
      day: '0001-01-01',
      at: '9999-12-31 23:59:59.999999',
      zoned: '2024-02-29 12:34:56.789012+02',
      clock: '23:59:59.123456',
      uid: '123e4567-e89b-12d3-a456-426614174000',
      // MySQL keeps the value of a document, MariaDB its text.
      doc: isMysql ? '{"a": 1, "big": 9007199254740993}' : '{"a":  1, "big": 9007199254740993}',
      label: "it's ok",
      bits: '1010101010',
      txt: 'a\tb\\n\n\r😀\u001a\'"\\N',
      pad: 'ab   ',
      latin: 'é',
    };
    for (const useLoadData of [true, false]) {
      await using it = await mysqlScene(ddl, { useLoadData });
      // Without a schema Debezium's bytes are base64 texts, so the test gives PostgreSQL's form of them.
      const hex = (text: string) => `\\x${Buffer.from(text, 'base64').toString('hex')}`;
      await it.write([insert(1, { ...row, raw: hex(row.raw), fixed: hex(row.fixed) })]);
      expect(await it.reasons()).toEqual([]);
      expect(
        await it.rows(`select id, flag, big, num, huge, f, d, hex(raw), hex(fixed), day, at, zoned, clock, uid, doc, label,
          lpad(bin(bits), 10, '0'), txt, pad, latin from t`),
      ).toEqual([
        [
          ...[
            '1',
            '1',
            row.big,
            row.num,
            row.huge,
            '0.1',
            '1.7976931348623157e308',
            '00090A5CFF',
            '0001',
            row.day,
            row.at,
          ],
          ...['2024-02-29 10:34:56.789012', row.clock, row.uid, row.doc, row.label, row.bits, row.txt, 'ab', 'é'],
        ],
      ]);
    }
  });

  test('a value larger than a statement is staged by INSERT in statements of its own', async () => {
    await using it = await mysqlScene('create table t (id int primary key, v longtext)', { useLoadData: false });
    const large = 'x'.repeat(3_000_000);
    await it.write(Array.from({ length: 8 }, (_, id) => insert(id + 1, { id, v: large })));
    expect(await it.rows('select count(*), min(length(v)), max(length(v)) from t')).toEqual([
      ['8', '3000000', '3000000'],
    ]);
  });

  test.each([[true], [false]])(
    'a row that no statement could carry is parked alone, staged by LOAD DATA: %s',
    async (useLoadData) => {
      await using it = await mysqlScene('create table t (id int primary key, v longtext)', { useLoadData });
      const row = (id: number, bytes: number) => insert(id, { id, v: (id === 1 ? 'x' : '\\').repeat(bytes) });
      expect(await it.write([row(1, 9_000_000), row(2, 8_000_000), row(3, 1)])).toMatchObject({
        applied: 2,
        parked: 1,
      });
      expect(await it.rows('select id, length(v) from t order by id')).toEqual([
        ['2', '8000000'],
        ['3', '1'],
      ]);
      expect((await it.reasons())[0]).toContain('max_allowed_packet of the server is 16777216');
    },
  );

  test.each([
    ['latin1', '€uro', '€uro'],
    ['latin1', '😀', null],
    ['ascii', 'é', null],
    ['utf8mb3', 'é€', 'é€'],
    ['utf8mb3', '😀', null],
  ])('a text that the character set %s cannot hold is parked: %s', async (charset, text, stored) => {
    await using it = await mysqlScene(`create table t (id int primary key, v varchar(9) character set ${charset})`);
    await it.write([insert(1, { id: 1, v: text }), insert(2, { id: 2, v: 'ok' })]);
    expect(await it.rows('select v from t order by id')).toEqual(stored === null ? [['ok']] : [[stored], ['ok']]);
  });
});
