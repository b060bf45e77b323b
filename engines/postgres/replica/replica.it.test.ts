/** Proves that every row ends in the state of its newest event, in any order and grouping of the events. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silent } from '../../../test/batches.ts';
import {
  cuts,
  type Event,
  feedOf,
  hole,
  insert,
  moved,
  type Row,
  remove,
  update,
} from '../../../test/engines/replica-scene.ts';
import { until } from '../../../test/sluice.ts';
import { freshTarget, sinkOf, type Target } from '../../../test/target.ts';
import type { AfterResnapshot } from '../../sink/replica/snapshots.ts';
import { ReplicaRows } from './replica-rows.ts';
import { Targets } from './tables/targets.ts';
import { verifyReplica } from './verify.ts';

/** A target with the tables of `ddl`, and a way to feed it. */
async function scene(ddl: string, partitions = 1, afterResnapshot: AfterResnapshot = 'keep') {
  const target: Target = await freshTarget();
  const warnings: object[] = [];
  const logger = { ...silent, warn: (fields: object) => void warnings.push(fields) };
  await target.client.query(ddl);
  const feed = feedOf(
    {
      openSink: () => {
        const targets = new Targets({ isWanted: () => true, clusterId: 'c', logger: silent });
        return sinkOf(target.database, new ReplicaRows({ pipeline: 'p', targets, logger, afterResnapshot }));
      },
      claim: async (partition) => (await target.claim(partition))[0],
      keepOnePartition: async () => {
        await target.client.query('delete from sluice.checkpoint where partition > 0');
      },
    },
    partitions,
  );
  return {
    target,
    ...feed,
    warnings,
    rows: (sql: string) => target.rows(sql),
    letters: () => target.rows(`select "offset"::integer as "offset", code from sluice.dead_letter order by 1`),
    [Symbol.asyncDispose]: async () => {
      await feed.close();
      await target[Symbol.asyncDispose]();
    },
  };
}

describe('a table with a key', () => {
  const ddl = 'create table t (id bigint primary key, a varchar(5), b text, n integer not null default 7)';
  let it: Awaited<ReturnType<typeof scene>>;
  beforeAll(async () => {
    it = await scene(ddl);
  });
  afterAll(() => it[Symbol.asyncDispose]());

  test('applies inserts, updates and deletes', async () => {
    const counts = await it.write(
      [insert(1, { id: 1, a: 'x', b: 'y', n: 1 }), insert(2, { id: 2, a: null, b: '\\N', n: 2 })],
      [update(3, { id: 1, a: 'z', b: 'y', n: 1 }), remove(4, 2)],
    );
    expect(counts).toMatchObject({ read: 2, applied: 2 });
    expect(await it.rows('select * from t')).toEqual([{ id: '1', a: 'z', b: 'y', n: 1 }]);
  });

  test('parks only the record of a value that does not fit, and keeps the older event of its key (promise 5)', async () => {
    const counts = await it.write([
      insert(10, { id: 10, a: 'ok', b: null, n: 1 }),
      update(11, { id: 10, a: 'too long', b: null, n: 1 }),
      insert(12, { id: 11, a: 'no', b: null, n: 'number' }),
      insert(13, { id: 12, a: 'fine', b: null, n: 3 }),
    ]);
    expect(counts).toMatchObject({ read: 4, applied: 2, parked: 2 });
    expect(await it.rows('select id, a from t where id >= 10 order by id')).toEqual([
      { id: '10', a: 'ok' },
      { id: '12', a: 'fine' },
    ]);
    expect((await it.letters()).map(({ code }) => code)).toEqual(['refused_by_database', 'refused_by_database']);
  });
});

test.each(
  cuts([
    insert(1, { id: 1, a: 'a1', b: 'b1' }),
    update(2, { id: 1, a: 'a2', b: hole }),
    update(3, { id: 1, a: hole, b: 'b3' }),
    update(4, { id: 1, a: 'a4', b: hole }),
  ]).map((groups) => [groups.map((one) => one.length).join('+'), groups] as const),
)('unchanged cells keep their values, grouped as %s (rules 3, 10)', async (_, groups) => {
  await using it = await scene('create table t (id bigint primary key, a text, b text not null)');
  await it.write(...groups);
  expect(await it.rows('select * from t')).toEqual([{ id: '1', a: 'a4', b: 'b3' }]);
  expect(await it.letters()).toEqual([]);
});

test('a partial update without a row is parked, and later partial updates wait for a whole row (rule 10)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text, b text)');
  expect(await it.write([update(1, { id: 1, a: 'x', b: hole }), insert(2, { id: 2, a: 'y', b: 'z' })])).toMatchObject({
    applied: 1,
    parked: 1,
  });
  await it.write([update(3, { id: 1, a: 'x', b: hole })]);
  expect(await it.letters()).toEqual([
    { offset: 0, code: 'base_row_missing' },
    { offset: 2, code: 'waits_for' },
  ]);
  // A whole row waits for nothing.
  await it.write([update(4, { id: 1, a: 'whole', b: 'row' })]);
  expect(await it.rows('select * from t order by id')).toEqual([
    { id: '1', a: 'whole', b: 'row' },
    { id: '2', a: 'y', b: 'z' },
  ]);
});

test('no partial update before a delete is parked for a missing row (rule 10)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text, b text)');
  const later = [update(3, { id: 1, a: 'y', b: hole }), remove(5, 1), update(7, { id: 1, a: 'z', b: hole })];
  expect(await it.write([insert(1, { id: 1, a: 'x', b: 'b' })], later)).toMatchObject({
    applied: 1,
    superseded: 1,
    parked: 1,
  });
  expect(await it.letters()).toEqual([{ offset: 3, code: 'base_row_missing' }]);
  expect(await it.rows('select * from t')).toEqual([]);
});

test('changes are ordered by commit, not by their places in the WAL (rule 11)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text)');
  await it.write([insert(1, { id: 1, a: 'first' })]);
  // The row was written before it had to wait for a unique value, which the delete then set free.
  await it.write([{ ...remove(20, 1), commit: 10 }], [{ ...insert(15, { id: 1, a: 'second' }), commit: 21 }]);
  expect(await it.rows('select a from t')).toEqual([{ a: 'second' }]);
});

test('a deleted row stays deleted if an older event arrives later (rule 12)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text)');
  await it.write([insert(1, { id: 1, a: 'x' })], [remove(5, 1)], [update(3, { id: 1, a: 'old' })]);
  expect(await it.rows('select * from t')).toEqual([]);
  expect(await it.write([insert(6, { id: 1, a: 'new' })])).toMatchObject({ applied: 1 });
});

test.each(
  cuts([
    insert(1, { id: 1, a: 'a', b: 'large' }),
    ...moved(2, 1, { id: 2, a: 'moved', b: hole }),
    update(3, { id: 2, a: 'later', b: hole }),
    ...moved(4, 2, { id: 3, a: 'again', b: hole }),
  ]).map((groups) => [groups.map((one) => one.length).join('+'), groups] as const),
)('a row with a changed key keeps its large values, grouped as %s (rule 3)', async (_, groups) => {
  await using it = await scene('create table t (id bigint primary key, a text, b text)');
  await it.write(...groups);
  expect(await it.letters()).toEqual([]);
  expect(await it.rows('select * from t')).toEqual([{ id: '3', a: 'again', b: 'large' }]);
  expect(await it.rows('select * from sluice.moved_row')).toEqual([]);
});

test.each([[1], [2], [3], [4]])(
  'a key whose text changes but which the target considers equal stays one row, cut after %i (rule 3)',
  async (at) => {
    await using it = await scene('create table t (id numeric primary key, a text)');
    const events: Event[] = [
      insert(1, { id: '1.0', a: 'x' }),
      { op: 'd', lsn: 2, key: { id: '1.0' } },
      { op: 'c', lsn: 2, key: { id: '1.00' }, after: { id: '1.00', a: 'y' } },
      update(3, { id: '1.00', a: 'z' }),
    ];
    await it.write(events.slice(0, at), events.slice(at));
    expect(await it.rows('select id::text, a from t')).toEqual([{ id: '1.00', a: 'z' }]);
  },
);

const nondeterministicCollation = `create collation nondeterministicCollation (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create domain equated as text collate nondeterministicCollation`;

test.each(
  ['text collate nondeterministicCollation', 'equated'].flatMap((type) =>
    cuts([
      insert(1, { id: 'a', n: 1 }),
      { op: 'd', lsn: 2, key: { id: 'a' } },
      { op: 'c', lsn: 2, key: { id: 'A' }, after: { id: 'A', n: 2 } },
      update(3, { id: 'A', n: 3 }),
    ] satisfies Event[]).map((groups) => [type, groups.map((one) => one.length).join('+'), groups] as const),
  ),
)('keys that a collation equates are one key, as %s, grouped as %s (rule 3)', async (type, _, groups) => {
  await using it = await scene(`${nondeterministicCollation}; create table t (id ${type} primary key, n integer)`);
  await it.write(...groups);
  expect(await it.rows('select * from t')).toEqual([{ id: 'A', n: 3 }]);
  expect(await it.rows('select sluice_minor from sluice."row_guard_public.t"')).toEqual([{ sluice_minor: '6' }]);
  it.restart();
  expect(await it.write([update(2, { id: 'á', n: 0 }), remove(1, 'a')])).toMatchObject({ applied: 1, superseded: 1 });
  expect(await it.letters()).toEqual([]);
});

test('TRUNCATE removes only older rows, in any order of arrival (rule 23)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text)');
  const truncate: Event = { op: 't', lsn: 5 };
  await it.write([insert(1, { id: 1, a: 'old' }), insert(6, { id: 2, a: 'new' })]);
  expect(await it.write([insert(2, { id: 3, a: 'older' }), truncate, insert(7, { id: 4, a: 'newer' })])).toMatchObject({
    applied: 2,
    superseded: 1,
  });
  expect(await it.write([truncate, insert(4, { id: 5, a: 'late' })])).toMatchObject({ superseded: 2 });
  expect(await it.rows('select id from t order by id')).toEqual([{ id: '2' }, { id: '4' }]);
});

test('rows may swap values of a unique key (rule 22)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text unique, b text)');
  await it.write([insert(1, { id: 1, a: 'x', b: 'b1' }), insert(2, { id: 2, a: 'y', b: 'b2' })]);
  await it.write([
    update(3, { id: 1, a: 'tmp', b: hole }),
    update(4, { id: 2, a: 'x', b: hole }),
    update(5, { id: 1, a: 'y', b: hole }),
  ]);
  await it.write([remove(6, 1), insert(7, { id: 3, a: 'y', b: 'b3' })]);
  expect(await it.letters()).toEqual([]);
  expect(await it.rows('select * from t order by id')).toEqual([
    { id: '2', a: 'x', b: 'b2' },
    { id: '3', a: 'y', b: 'b3' },
  ]);
});

test('rows are written although ON CONFLICT cannot use a deferrable key (rule 22)', async () => {
  await using it = await scene('create table t (id bigint primary key deferrable initially deferred, a text, b text)');
  await it.write(
    [insert(1, { id: 1, a: 'x', b: 'large' }), insert(2, { id: 2, a: 'y', b: 'b' })],
    [update(3, { id: 1, a: 'z', b: hole }), remove(4, 2)],
  );
  expect(await it.rows('select * from t')).toEqual([{ id: '1', a: 'z', b: 'large' }]);
});

test.each([
  [
    'three columns, the period not the last',
    'room integer, during int4range, who text, large text',
    'primary key (who, room, during without overlaps)',
  ],
  [
    'a range of several pieces',
    'room integer, during nummultirange, who text, large text',
    'primary key (room, during without overlaps)',
  ],
  [
    'a range of its own',
    'room inet, during public.span, who text, large text',
    'primary key (room, during without overlaps)',
  ],
  [
    'partitions',
    'room integer, during int4range, who text, large text',
    'primary key (room, during without overlaps)) partition by list (room',
  ],
])(
  'a key of periods cannot be an arbiter, and the rows are written all the same: %s (rule 22)',
  async (_, columns, key) => {
    await using it =
      await scene(`create extension btree_gist; create type span as range (subtype = float8, multirange_type_name = spans);
    create table t (${columns}, ${key})${key.includes('partition') ? '; create table t1 partition of t for values in (1); create table t_rest partition of t default' : ''}`);
    const [type] = /(?<=during )\S+(?=,)/.exec(columns) ?? [];
    const room = columns.startsWith('room inet') ? '10.0.0.1' : 1;
    const period = (from: number, to: number) => (type === 'nummultirange' ? `{[${from},${to})}` : `[${from},${to})`);
    const named = key.includes('who');
    const keyOf = (row: Row): Row => ({ room: row.room, during: row.during, ...(named ? { who: row.who } : {}) });
    const written = (lsn: number, op: 'c' | 'u', row: Row): Event => ({ op, lsn, key: keyOf(row), after: row });
    const gone = (lsn: number, row: Row): Event => ({ op: 'd', lsn, key: keyOf(row), before: keyOf(row) });
    const row = (from: number, to: number, large: unknown = 'large') => ({
      room,
      during: period(from, to),
      who: 'a',
      large,
    });
    await it.write(
      [written(1, 'c', row(1, 5)), written(2, 'c', row(5, 9))],
      // An UPDATE that leaves a large value as it was; the same again; one that makes room, and one that takes it.
      [written(3, 'u', row(1, 5, hole))],
      [written(3, 'u', row(1, 5, hole))],
      [gone(4, row(5, 9)), written(5, 'c', row(6, 9)), gone(6, row(1, 5)), written(7, 'c', row(1, 6, 'later'))],
      [gone(8, row(6, 9)), written(9, 'c', row(6, 9, 'again'))],
    );
    expect(await it.letters()).toEqual([]);
    expect(await it.rows('select during::text, large from t order by during')).toEqual([
      { during: period(1, 6), large: 'later' },
      { during: period(6, 9), large: 'again' },
    ]);
  },
);

test.each([
  ['a key of 32 columns among 900', 32, 868, 'bigint', '-9223372036854775808', ''],
  ['a thousand times with their zones', 1, 1_000, 'timestamptz', '2026-01-01 00:00:00.123456+00', ''],
  ['1,500 columns in partitions', 1, 1_499, 'integer', '-2147483648', ' partition by hash (k0)'],
  ['numbers of forty digits in 300 columns', 1, 300, 'numeric', `1.${'7'.repeat(39)}`, ''],
])('rows as wide as a table may be are written: %s', async (_, keys, count, type, value, partitions) => {
  const names = (prefix: string, n: number) => Array.from({ length: n }, (__, i) => `${prefix}${i}`);
  const [key, rest] = [names('k', keys), names('c', count)];
  await using it =
    await scene(`create table t (${key.map((one) => `${one} bigint`).join(', ')}, ${rest.map((one) => `${one} ${type}`).join(', ')},
    large text, primary key (${key.join(', ')}))${partitions}
    ${partitions === '' ? '' : '; create table t0 partition of t for values with (modulus 1, remainder 0)'}`);
  const keyOf = (id: number): Row => Object.fromEntries(key.map((one) => [one, id]));
  const row = (id: number, more: Row = {}): Row => ({
    ...keyOf(id),
    ...Object.fromEntries(rest.map((one) => [one, value])),
    large: 'l',
    ...more,
  });
  await it.write(
    [1, 2, 3].map((id) => ({ op: 'c', lsn: id, key: keyOf(id), after: row(id) })),
    [
      { op: 'u', lsn: 4, key: keyOf(1), after: row(1, { large: hole, c0: null }) },
      { op: 'd', lsn: 5, key: keyOf(2), before: keyOf(2) },
    ],
  );
  expect(await it.letters()).toEqual([]);
  const last = rest.at(-1);
  expect(
    await it.rows(`select k0, c0 is null as changed, ${last} = '${value}' as same, large from t order by 1`),
  ).toEqual([
    { k0: '1', changed: true, same: true, large: 'l' },
    { k0: '3', changed: false, same: true, large: 'l' },
  ]);
});

test('the server computes generated columns, and identities get the values of the source', async () => {
  await using it = await scene(`create table t (id bigint generated always as identity primary key,
    n integer generated always as identity, a text, loud text generated always as (upper(a)) stored)`);
  await it.write([insert(1, { id: 7, n: 9, a: 'x' })], [update(2, { id: 7, n: 9, a: 'y' })]);
  expect(await it.rows('select * from t')).toEqual([{ id: '7', n: 9, a: 'y', loud: 'Y' }]);
});

test('columns that exist only in the target keep their values, and get the default in new rows', async () => {
  await using it = await scene('create table t (id bigint primary key, a text, mine text default upper($$d$$))');
  await it.write([insert(1, { id: 1, a: 'x' })]);
  await it.target.client.query(`update t set mine = 'kept'`);
  await it.write([update(2, { id: 1, a: 'y' }), insert(3, { id: 2, a: 'z' })]);
  expect(await it.rows('select * from t order by id')).toEqual([
    { id: '1', a: 'y', mine: 'kept' },
    { id: '2', a: 'z', mine: 'D' },
  ]);
});

describe('a row that is inserted again after a delete', () => {
  const ddl = `create table t (id bigint primary key, a text unique, b text, own text default 'd', n integer generated always as identity)`;
  const events = [
    update(2, { id: 1, a: 'x', b: 'b', n: 5 }),
    remove(3, 1),
    insert(4, { id: 1, a: 'y', b: 'large', n: 6 }),
    update(5, { id: 1, a: 'z', b: hole, n: 6 }),
  ];

  test.each(cuts(events).map((groups) => [groups.map((one) => one.length).join('+'), groups] as const))(
    'inherits no values of the deleted row, grouped as %s',
    async (_, groups) => {
      await using it = await scene(ddl);
      await it.write([insert(1, { id: 1, a: 'x', b: 'b', n: 5 }), insert(1, { id: 2, a: 'p', b: 'b', n: 2 })]);
      await it.target.client.query(`update t set own = 'kept'`);
      await it.write(...groups);
      expect(await it.rows('select * from t order by id')).toEqual([
        { id: '1', a: 'z', b: 'large', own: 'd', n: 6 },
        { id: '2', a: 'p', b: 'b', own: 'kept', n: 2 },
      ]);
      expect(await it.letters()).toEqual([]);
    },
  );

  test('inherits no values if rows are replaced (rule 22)', async () => {
    await using it = await scene(ddl);
    await it.write([insert(1, { id: 1, a: 'x', b: 'b', n: 1 }), insert(1, { id: 2, a: 'y', b: 'b', n: 2 })]);
    await it.target.client.query(`update t set own = 'kept'`);
    await it.write([
      remove(2, 1),
      update(3, { id: 2, a: 'x', b: hole, n: 2 }),
      insert(4, { id: 1, a: 'y', b: 'b', n: 1 }),
    ]);
    expect(await it.rows('select id, a, own from t order by id')).toEqual([
      { id: '1', a: 'y', own: 'd' },
      { id: '2', a: 'x', own: 'kept' },
    ]);
  });

  test('is not assumed for a delete that is older than the stored row (rule 12)', async () => {
    await using it = await scene(ddl);
    await it.write([insert(4, { id: 1, a: 'x', b: 'b', n: 1 })]);
    await it.target.client.query(`update t set own = 'kept'`);
    await it.write([remove(3, 1), update(5, { id: 1, a: 'y', b: hole, n: 1 }), remove(2, 1)]);
    expect(await it.rows('select a, b, own from t')).toEqual([{ a: 'y', b: 'b', own: 'kept' }]);
  });
});

describe('a table without a key (rule 24)', () => {
  const row = (a: unknown, n: unknown) => ({ a, n });
  const grown = (lsn: number, a: unknown, n: unknown): Event => ({ op: 'c', lsn, after: row(a, n) });
  const events: Event[] = [
    { op: 'r', lsn: 1, after: row('x', 1), snapshot: 'first' },
    { op: 'r', lsn: 1, after: row('x', 1) },
    { op: 'r', lsn: 1, after: row(null, 2), snapshot: 'last' },
    // One statement at the source may write many rows at one place.
    grown(2, 'x', 1),
    grown(2, 'x', 1),
    { op: 'u', lsn: 3, before: row('x', 1), after: row('changed', 1) },
    { op: 'd', lsn: 4, before: row(null, 2) },
    { op: 'd', lsn: 5, before: row('x', 1) },
  ];
  const expected = [{ a: 'changed' }, { a: 'x' }, { a: 'x' }];

  test.each([[8], [1], [3], [4]])('counts events once if they are sent twice, %i at a time', async (size) => {
    await using it = await scene('create table t (a text, n integer)');
    const streamed = events.slice(3);
    for (let at = 0; at < events.length; at += size) await it.write(events.slice(at, at + size));
    expect(await it.rows('select a from t order by a')).toEqual(expected);
    it.restart();
    for (let at = 0; at < streamed.length; at += size) await it.write(streamed.slice(at, at + size));
    expect(await it.rows('select a from t order by a')).toEqual(expected);
    expect(await it.letters()).toEqual([]);
  });

  test('applies concurrent transactions once, in the order of their commits', async () => {
    await using it = await scene('create table t (a text, n integer)');
    const sideBySide = [
      { ...grown(10, 'second to write', 1), commit: 5 },
      { ...grown(8, 'first to write', 2), commit: 12 },
    ];
    expect(await it.write(sideBySide)).toMatchObject({ applied: 2 });
    expect(await it.write(sideBySide)).toMatchObject({ superseded: 2 });
    expect(await it.write([{ ...grown(9, 'last', 3), commit: 14 }])).toMatchObject({ applied: 1 });
  });

  test('is emptied by a TRUNCATE, and replaced by a snapshot that restarts', async () => {
    await using it = await scene('create table t (a text, n integer)');
    await it.write([grown(1, 'x', 1), { op: 't', lsn: 2 }, grown(3, 'y', 1)]);
    expect(await it.rows('select a from t')).toEqual([{ a: 'y' }]);
    await it.write([
      { op: 'r', lsn: 4, after: row('s', 1), snapshot: 'first' },
      { op: 'r', lsn: 4, after: row('s', 2) },
    ]);
    await it.write([
      { op: 'r', lsn: 4, after: row('s', 1), snapshot: 'first' },
      { op: 'r', lsn: 4, after: row('s', 2) },
    ]);
    expect(await it.rows('select a, n from t order by n')).toEqual([
      { a: 's', n: 1 },
      { a: 's', n: 2 },
    ]);
  });

  test('parks an event whose row does not exist', async () => {
    await using it = await scene('create table t (a text, n integer)');
    expect(await it.write([{ op: 'd', lsn: 1, before: row('x', 1) }, grown(2, 'y', 1)])).toMatchObject({
      applied: 1,
      parked: 1,
    });
    expect(await it.letters()).toEqual([{ offset: 0, code: 'base_row_missing' }]);
  });
});

test('a snapshot that begins after streamed events wins over them (rule 11)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text)');
  const read = (lsn: number, a: string): Event => ({ op: 'r', lsn, key: { id: 1 }, after: { id: 1, a } });
  await it.write([read(10, 'snapshot'), update(5, { id: 1, a: 'streamed' })]);
  // The change was committed after the snapshot began, though it was written before.
  expect(await it.rows('select a from t')).toEqual([{ a: 'streamed' }]);
  await it.write([read(3, 'restored')]);
  expect(await it.rows('select a from t')).toEqual([{ a: 'restored' }]);
});

test.each([
  ['that was restored and has not changed', 3],
  ['that has changed since', 12],
])('a later snapshot wins over an earlier one, of a source %s (rule 11)', async (_, lsn) => {
  await using it = await scene('create table t (id bigint primary key, a text)');
  const read = (at: number, id: number, a: string): Event => ({ op: 'r', lsn: at, key: { id }, after: { id, a } });
  await it.write([read(10, 1, 'first'), read(10, 2, 'first')]);
  expect(await it.write([read(lsn, 1, 'second')], [read(lsn, 2, 'second')])).toMatchObject({ applied: 1 });
  await it.write([update(2, { id: 2, a: 'streamed' })]);
  expect(await it.rows('select a from t order by id')).toEqual([{ a: 'second' }, { a: 'streamed' }]);
  expect(await it.rows('select generation from sluice.checkpoint where read > 0')).toEqual([{ generation: 1 }]);
  // One that runs beside the stream opens none, wherever it reads.
  await it.write([{ ...read(20, 1, 'again'), snapshot: 'incremental' }]);
  expect(await it.rows('select generation from sluice.checkpoint where read > 0')).toEqual([{ generation: 1 }]);
});

test('a row that arrives under a new key inherits no values of a row that was deleted unseen (rule 11)', async () => {
  await using it = await scene('create table t (id bigint primary key, a text, b text)', 4);
  const read = (id: number, b: string): Event => ({ op: 'r', lsn: 10, key: { id }, after: { id, a: 'x', b } });
  const [leave, arrive] = moved(12, 1, { id: 2, a: 'moved', b: hole }) as [Event, Event];
  const after = [arrive, update(13, { id: 2, a: 'later', b: hole })];
  const ahead = [insert(1, { id: 2, a: 'x', b: 'gone' }), read(3, 'other'), ...after];
  expect(await it.offer(0, ahead)).toMatchObject({ read: 2, postponed: 1 });
  await it.offer(1, [insert(2, { id: 1, a: 'x', b: 'old' }), read(1, 'large'), leave]);
  expect(await it.offer(0, after)).toMatchObject({ read: 2, parked: 0, postponed: 0 });
  expect(await it.rows('select * from t order by id')).toEqual([
    { id: '2', a: 'later', b: 'large' },
    { id: '3', a: 'x', b: 'other' },
  ]);
  expect(await it.letters()).toEqual([]);
});

describe('unique values that moved to other rows while nothing was captured (rules 11, 22)', () => {
  const ddl = 'create table t (id bigint primary key, a text unique, n integer unique, b text, own text default $$d$$)';
  const read = (lsn: number, after: Row): Event => ({ op: 'r', lsn, key: { id: after.id }, after });
  const held = 'select cells from sluice.deferred_row';
  const before = [
    insert(1, { id: 1, a: 'x', n: 1, b: 'one' }),
    insert(2, { id: 2, a: 'y', n: 2, b: 'two' }),
    insert(3, { id: 3, a: 'z', n: 3, b: 'three' }),
  ];

  test('are taken from rows that arrive later in the next snapshot', async () => {
    await using it = await scene(ddl);
    await it.write(before, [read(10, { id: 1, a: 'y', n: 3, b: 'one' })]);
    expect(await it.rows(held)).toHaveLength(2);
    await it.write([read(10, { id: 2, a: 'z', n: 1, b: 'two' })], [read(10, { id: 3, a: 'x', n: 2, b: 'three' })]);
    await it.write([update(12, { id: 3, a: 'x', n: 2, b: hole })]);
    expect(await it.rows('select id, a, n, b from t order by id')).toEqual([
      { id: '1', a: 'y', n: 3, b: 'one' },
      { id: '2', a: 'z', n: 1, b: 'two' },
      { id: '3', a: 'x', n: 2, b: 'three' },
    ]);
    expect(await it.rows(held)).toEqual([]);
    expect(await it.letters()).toEqual([]);
  });

  test.each(['keep', 'delete'] as const)('are taken from rows that were deleted unseen, with %s', async (what) => {
    await using it = await scene(ddl, 1, what);
    await it.write(before, [read(10, { id: 1, a: 'x', n: 1, b: 'one' }), read(10, { id: 2, a: 'y', n: 2, b: 'two' })]);
    await it.write([update(11, { id: 1, a: 'z', n: 1, b: hole })]);
    expect(await it.rows('select id, a, b from t order by id')).toEqual([
      { id: '1', a: 'z', b: 'one' },
      { id: '2', a: 'y', b: 'two' },
    ]);
    expect(await it.letters()).toEqual([]);
    it.restart();
    await it.write([update(12, { id: 1, a: 'z', n: 1, b: 'last' })]);
    const kept = { id: '3', a: 'z', n: '3', b: 'three', own: 'd' };
    expect(await it.rows(held)).toEqual(what === 'keep' ? [{ cells: kept }] : []);
    const { deferred: told } = await verifyReplica(it.target.database, 'p');
    expect(told).toMatchObject(what === 'keep' ? [{ table: 'public.t', rows: 1 }] : []);
  });

  test('stay with the row that has them now if another partition is behind', async () => {
    await using it = await scene(ddl, 4);
    await it.offer(0, [before[0] as Event]);
    await it.offer(1, [before[1] as Event]);
    await it.offer(0, [read(10, { id: 1, a: 'y', n: 1, b: 'one' })]);
    // What partition 1 brings was before the snapshot still.
    expect(await it.offer(1, [update(5, { id: 2, a: 'y', n: 4, b: hole })])).toMatchObject({
      applied: 1,
      postponed: 0,
    });
    expect(await it.rows(held)).toEqual([{ cells: { id: '2', a: 'y', n: '4', b: 'two', own: 'd' } }]);
    await it.offer(1, [read(10, { id: 2, a: 'x', n: 2, b: 'two' })]);
    expect(await it.rows('select id, a from t order by id')).toEqual([
      { id: '1', a: 'y' },
      { id: '2', a: 'x' },
    ]);
    expect(await it.rows(held)).toEqual([]);
    expect(await it.letters()).toEqual([]);
  });
});

describe('events that predate the snapshot but are streamed again by an older slot (rule 11)', () => {
  const read = (lsn: number, after: Row): Event => ({ op: 'r', lsn, key: { id: after.id }, after });

  test('are not parked if their row has been deleted since', async () => {
    await using it = await scene('create table t (id bigint primary key, a text, b text)');
    await it.write([read(100, { id: 1, a: 'there', b: 'large' })]);
    const [leave, arrive] = moved(70, 1, { id: 9, a: 'moved', b: hole }) as [Event, Event];
    const again = [update(50, { id: 2, a: 'x', b: hole }), update(51, { id: 2, a: 'y', b: hole }), remove(60, 2)];
    await it.write(again.slice(0, 1), again.slice(1, 2), again.slice(2), [remove(65, 1)], [leave], [arrive]);
    await it.write([insert(80, { id: 1, a: 'there', b: 'large' }), remove(81, 9)]);
    expect(await it.letters()).toEqual([]);
    expect(await it.rows('select * from t')).toEqual([{ id: '1', a: 'there', b: 'large' }]);
    expect(await it.write([update(120, { id: 2, a: 'x', b: hole })])).toMatchObject({ parked: 1 });
  });

  test('are not parked in a partition without any rows in the snapshot', async () => {
    await using it = await scene('create table t (id bigint primary key, a text, b text)', 4);
    await it.offer(0, [read(100, { id: 1, a: 'there', b: 'large' })]);
    expect(await it.offer(1, [update(50, { id: 2, a: 'x', b: hole }), remove(60, 2)])).toMatchObject({ parked: 0 });
    expect(await it.offer(1, [update(120, { id: 3, a: 'x', b: hole })])).toMatchObject({ parked: 1 });
  });

  const again = [...moved(70, 1, { id: 9, a: 'moved', b: hole }), insert(80, { id: 1, a: 'new', b: 'other' })];

  test.each(cuts(again).map((groups) => [groups.map((one) => one.length).join('+'), groups] as const))(
    'and which move a row to another key do not change the row that has the old key now, grouped as %s (rule 3)',
    async (_, groups) => {
      await using it = await scene('create table t (id bigint primary key, a text, b text)');
      const snapshot = [
        read(100, { id: 1, a: 'new', b: 'other' }),
        read(100, { id: 9, a: 'moved', b: 'large' }),
        read(100, { id: 8, a: 'open', b: 'moves' }),
        read(100, { id: 7, a: 'open', b: 'goes' }),
      ];
      if (groups.length > 1) await it.write(snapshot, ...groups);
      else await it.write([...snapshot, ...groups.flat()]);
      // A transaction that was open across the snapshot did not bring its row there before.
      const [leave, arrive] = moved(95, 8, { id: 7, a: 'moved', b: hole }) as [Event, Event];
      const open = [
        { ...remove(94, 7), commit: 110 },
        { ...leave, commit: 110 },
        { ...arrive, commit: 110 },
      ];
      if (groups.length > 1) for (const event of open) await it.write([event]);
      else await it.write(open);
      expect(await it.rows('select * from t order by id')).toEqual([
        { id: '1', a: 'new', b: 'other' },
        { id: '7', a: 'moved', b: 'moves' },
        { id: '9', a: 'moved', b: 'large' },
      ]);
      expect(await it.rows('select * from sluice.moved_row')).toEqual([]);
      expect(await it.letters()).toEqual([]);
    },
  );

  test('are not parked for a unique value that another row has in the snapshot (rule 22)', async () => {
    await using it = await scene('create table t (id bigint primary key, a text unique, b text)');
    await it.write([read(100, { id: 1, a: 'x', b: 'b' }), read(100, { id: 2, a: 'y', b: 'large' })]);
    await it.write([update(50, { id: 2, a: 'x', b: hole })]);
    await it.write([update(55, { id: 2, a: 'y', b: hole })], [update(60, { id: 1, a: 'x', b: hole })]);
    expect(await it.letters()).toEqual([]);
    expect(await it.rows('select * from t order by id')).toEqual([
      { id: '1', a: 'x', b: 'b' },
      { id: '2', a: 'y', b: 'large' },
    ]);
  });
});

describe('with several partitions, if one is ahead,', () => {
  test('a row under a new key waits for the old row, and records before it do not wait (rule 3)', async () => {
    await using it = await scene('create table t (id bigint primary key, a text, b text)', 4);
    const [leave, arrive] = moved(5, 1, { id: 2, a: 'moved', b: hole }) as [Event, Event];
    const ahead = [insert(2, { id: 9, a: 'first', b: 'b' }), arrive, update(6, { id: 2, a: 'later', b: hole })];
    await it.offer(0, [insert(1, { id: 1, a: 'a', b: 'early' })]);
    expect(await it.offer(1, ahead)).toMatchObject({ read: 1, applied: 1, postponed: 1 });
    expect(await it.offer(1, ahead.slice(1))).toMatchObject({ read: 0, postponed: 1 });
    await it.offer(0, [update(4, { id: 1, a: 'a', b: 'large' }), leave]);
    expect(await it.offer(1, ahead.slice(1))).toMatchObject({ read: 2, parked: 0, postponed: 0 });
    expect(await it.rows('select * from t order by id')).toEqual([
      { id: '2', a: 'later', b: 'large' },
      { id: '9', a: 'first', b: 'b' },
    ]);
    expect(await it.letters()).toEqual([]);
  });

  test('a row under a new key does not inherit from an older row of that key (rule 10)', async () => {
    await using it = await scene('create table t (id bigint primary key, a text, b text)', 4);
    const [leave, arrive] = moved(6, 1, { id: 2, a: 'moved', b: hole }) as [Event, Event];
    await it.offer(0, [insert(1, { id: 2, a: 'old', b: 'old' })]);
    expect(await it.offer(0, [arrive])).toMatchObject({ read: 0, postponed: 1 });
    await it.offer(1, [{ op: 't', lsn: 4 }, insert(5, { id: 1, a: 'a', b: 'new' }), leave]);
    expect(await it.offer(0, [arrive])).toMatchObject({ read: 1, applied: 1 });
    expect(await it.rows('select * from t')).toEqual([{ id: '2', a: 'moved', b: 'new' }]);
  });

  test('a unique value waits until another row releases it, and is parked if that never happens (rule 22)', async () => {
    await using it = await scene('create table t (id bigint primary key, a text unique)', 4);
    const taker = [insert(7, { id: 3, a: 'x' })];
    await it.offer(0, [insert(1, { id: 1, a: 'x' })]);
    expect(await it.offer(1, taker)).toMatchObject({ read: 0, postponed: 1 });
    await it.offer(0, [remove(6, 1)]);
    expect(await it.offer(1, taker)).toMatchObject({ read: 1, applied: 1, postponed: 0 });
    // Partition 0 has advanced, so all events before this position have been applied.
    await it.offer(0, [insert(20, { id: 5, a: 'y' }), insert(30, { id: 9, a: 'v' })]);
    await it.offer(2, [insert(30, { id: 6, a: 'z' })]);
    await it.offer(3, [insert(30, { id: 7, a: 'w' })]);
    // It is tried again, because the other partitions may have advanced since the first attempt.
    expect(await it.offer(1, [insert(21, { id: 8, a: 'y' })])).toMatchObject({ read: 0, postponed: 1 });
    expect(await it.offer(1, [insert(21, { id: 8, a: 'y' })])).toMatchObject({ read: 1, parked: 1, postponed: 0 });
    expect((await it.letters()).map(({ code }) => code)).toEqual(['refused_by_database']);
  });

  test.each<[string, Event['op']]>([
    ['streamed', 'c'],
    ['of a snapshot', 'r'],
  ])('bad records (%s) do not wait for each other forever (promise 5)', async (_, op) => {
    // The source has no such key.
    await using it = await scene('create table t (id bigint primary key, a text unique)', 4);
    const event = (lsn: number, id: number, a: string): Event => ({
      op,
      lsn: op === 'r' ? 1 : lsn,
      key: { id },
      after: { id, a },
    });
    for (const partition of [2, 3]) await it.offer(partition, [insert(50, { id: partition, a: `${partition}` })]);
    await it.offer(0, [event(1, 10, 'x')]);
    await it.offer(1, [event(2, 11, 'y')]);
    const left = [[event(8, 20, 'y'), insert(50, { id: 0, a: '0' })], [event(10, 21, 'x')]];
    const offer = async (partition: number) => {
      const { read } = await it.offer(partition, left[partition]?.slice(0, 1) ?? []);
      left[partition]?.splice(0, read);
    };
    for (let times = 0; times < 8 && left.some((one) => one.length > 0); times += 1)
      for (const partition of [0, 1]) if (left[partition]?.length) await offer(partition);
    expect(left).toEqual([[], []]);
    expect(await it.letters()).toHaveLength(2);
    expect(await it.rows('select id::integer as id from t where id > 3 order by id')).toEqual([{ id: 10 }, { id: 11 }]);
  });

  describe('a row that arrives after another row has taken its unique value is deferred until its next event (rule 22)', () => {
    const held = 'select cells from sluice.deferred_row';
    /** Partition 0 is ahead: its row has the value x since 20. */
    const ahead = (ddl = 'create table t (id bigint primary key, a text unique, b text)') =>
      scene(ddl, 4).then(async (it) => {
        await it.offer(0, [insert(20, { id: 1, a: 'x', b: 'one' })]);
        return it;
      });

    test('and keeps its own values of unchanged columns', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(1, { id: 2, a: 'w', b: 'large' })]);
      expect(await it.offer(1, [update(10, { id: 2, a: 'x', b: hole })])).toMatchObject({ applied: 1, postponed: 0 });
      expect(await it.rows('select id from t order by id')).toEqual([{ id: '1' }]);
      expect(await it.rows(held)).toEqual([{ cells: { id: '2', a: 'x', b: 'large' } }]);
      await it.offer(1, [update(15, { id: 2, a: 'y', b: hole }), update(16, { id: 2, a: hole, b: 'small' })]);
      expect(await it.rows('select * from t order by id')).toEqual([
        { id: '1', a: 'x', b: 'one' },
        { id: '2', a: 'y', b: 'small' },
      ]);
      expect(await it.rows(held)).toEqual([]);
      expect(await it.letters()).toEqual([]);
    });

    test('within one transaction', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(9, { id: 3, a: 'z' }), insert(10, { id: 2, a: 'x', b: 'large' })]);
      expect(await it.rows(held)).toEqual([{ cells: { id: '2', a: 'x', b: 'large' } }]);
      // Two that collide, one after the other, and then one that fits.
      await it.offer(0, [insert(21, { id: 4, a: 'y' })]);
      await it.offer(1, [update(11, { id: 2, a: 'y', b: hole }), insert(12, { id: 5, a: 'x' })]);
      expect(await it.rows('select cells from sluice.deferred_row order by "offset"')).toEqual([
        { cells: { id: '2', a: 'y', b: 'large' } },
        { cells: { id: '5', a: 'x', b: null } },
      ]);
      await it.offer(1, [remove(13, 5), update(14, { id: 2, a: 'w', b: hole })]);
      expect(await it.rows('select id, a, b from t where b is not null order by id')).toEqual([
        { id: '1', a: 'x', b: 'one' },
        { id: '2', a: 'w', b: 'large' },
      ]);
      expect(await it.rows(held)).toEqual([]);
      expect(await it.letters()).toEqual([]);
    });

    test('which may delete it, change its key, or arrive twice', async () => {
      await using it = await ahead();
      const late = insert(10, { id: 2, a: 'x', b: 'large' });
      await it.offer(1, [late]);
      expect(await it.offer(1, [late])).toMatchObject({ superseded: 1 });
      const [leave, arrive] = moved(15, 2, { id: 7, a: 'y', b: hole }) as [Event, Event];
      await it.offer(1, [leave]);
      await it.offer(2, [arrive]);
      await it.offer(1, [insert(16, { id: 3, a: 'x' })]);
      await it.offer(1, [remove(17, 3)]);
      expect(await it.rows('select * from t order by id')).toEqual([
        { id: '1', a: 'x', b: 'one' },
        { id: '7', a: 'y', b: 'large' },
      ]);
      expect(await it.rows(held)).toEqual([]);
      expect(await it.letters()).toEqual([]);
    });

    test('unless a TRUNCATE has emptied the table since', async () => {
      await using it = await ahead();
      await it.offer(1, [insert(10, { id: 2, a: 'x', b: 'large' })]);
      await it.offer(2, [{ op: 't', lsn: 12 }]);
      expect(await it.rows(held)).toEqual([]);
    });

    test.each([
      ['an expression', 'create unique index on t (lower(a)) where b is not null'],
      ['more than one column', 'alter table t add unique nulls not distinct (a, c)'],
      [
        'an EXCLUDE constraint',
        'alter table t add exclude using gist (int4range(0, length(a)) with &&) where (b <> $$$$)',
      ],
    ])('with a unique value of %s', async (_, index) => {
      await using it = await ahead(`create table t (id bigint primary key, a text, b text, c integer); ${index}`);
      await it.offer(1, [insert(10, { id: 2, a: 'x', b: 'large' })]);
      expect(await it.rows(held)).toHaveLength(1);
      await it.offer(1, [update(15, { id: 2, a: '', b: hole })]);
      expect(await it.rows('select id, b from t order by id')).toEqual([
        { id: '1', b: 'one' },
        { id: '2', b: 'large' },
      ]);
    });

    test('in a partitioned table', async () => {
      await using it = await ahead(
        'create table t (id bigint, a text, b text, primary key (id), unique (id, a)) partition by range (id);' +
          'create table t1 partition of t for values from (0) to (100); create unique index on t1 (a)',
      );
      await it.offer(1, [insert(10, { id: 2, a: 'x', b: 'large' })]);
      expect(await it.rows(held)).toHaveLength(1);
    });
  });
});

describe('a refused record', () => {
  const twoMoves = moved(5, 1, { id: 2, a: 'fine', b: hole });
  const spoilt = [
    insert(1, { id: 1, a: 'x', b: 'stale' }),
    update(2, { id: 1, a: 'too long', b: 'lost' }),
    ...twoMoves,
  ];

  test.each(cuts(spoilt).map((groups) => [groups.map((one) => one.length).join('+'), groups] as const))(
    'leaves no values for a row with a changed key, grouped as %s (rule 10)',
    async (_, groups) => {
      await using it = await scene('create table t (id bigint primary key, a varchar(4), b text)');
      await it.write(...groups);
      expect(await it.rows('select * from t')).toEqual([]);
      expect((await it.letters()).map(({ offset }) => offset)).toEqual([1, 3]);
    },
  );

  const read = (a: string, snapshot: string, lsn: number): Event => ({ op: 'r', lsn, after: { a }, snapshot });

  test('at the start of a snapshot does not keep rows of the former one (rule 24)', async () => {
    await using it = await scene('create table t (a varchar(4))');
    await it.write([read('x', 'first', 1), read('y', 'true', 1), read('z', 'last', 1)]);
    await it.write([read('too long', 'first', 9), read('y', 'true', 9), read('z', 'last', 9)]);
    expect(await it.rows('select a from t order by a')).toEqual([{ a: 'y' }, { a: 'z' }]);
  });

  test('counts among the events of its position (rule 24)', async () => {
    await using it = await scene('create table t (a varchar(4))');
    const grown = (lsn: number, a: string): Event => ({ op: 'c', lsn, after: { a } });
    const events = [grown(5, 'too long'), grown(5, 'two'), { op: 'd', lsn: 6, before: { a: 'none' } } as const];
    await it.write([grown(3, 'z')], events);
    await it.write([grown(3, 'z')], [...events, grown(7, 'new')]);
    expect(await it.rows('select a from t order by a')).toEqual([{ a: 'new' }, { a: 'two' }, { a: 'z' }]);
  });
});

test('a delete removes the row with the same text among rows that the server considers equal (rule 24)', async () => {
  await using it = await scene('create table t (a numeric)');
  const grown = (lsn: number, a: string): Event => ({ op: 'c', lsn, after: { a } });
  await it.write([grown(1, '1.0'), grown(2, '1.00')], [{ op: 'd', lsn: 3, before: { a: '1.00' } }]);
  expect(await it.rows('select a::text from t')).toEqual([{ a: '1.0' }]);
});

test('incremental snapshots of a table without a key do not replace its rows (rule 24)', async () => {
  await using it = await scene('create table t (a text)');
  const chunk = (lsn: number, a: string): Event => ({ op: 'r', lsn, after: { a }, snapshot: 'incremental' });
  await it.write([chunk(1, 'x')], [chunk(2, 'y')]);
  expect(await it.rows('select a from t order by a')).toEqual([{ a: 'x' }, { a: 'y' }]);
});

test('a table without a key is refused if its topic has several partitions (rule 24)', async () => {
  await using it = await scene('create table t (a text)', 4);
  await expect(it.write([{ op: 'c', lsn: 1, after: { a: 'x' } }])).rejects.toThrow(/4 partitions/);
});

test('columns may have any name', async () => {
  const ddl =
    'create table t (id bigint primary key, complete text, winner text, baseless text, applied text, has_1 text)';
  await using it = await scene(ddl);
  const row = { id: 1, complete: 'c', winner: 'w', baseless: 'b', applied: 'a', has_1: 'h' };
  await it.write(
    [insert(1, row), update(2, { ...row, complete: hole, winner: 'v' })],
    [update(3, { ...row, winner: hole })],
  );
  expect(await it.rows('select * from t')).toEqual([{ ...row, id: '1', winner: 'v' }]);
});

test('tables may have any name, and no two share a guard table', async () => {
  const names = [
    ['a', 'b.c'],
    ['a.b', 'c'],
    ['a"', '"b.c"'],
    ['A', 'B.c'],
    ['q', `t'"x`],
  ] as const;
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const all = names.map(([schema, table]) => ({ schema, table, sql: `${quote(schema)}.${quote(table)}` }));
  const ddl = all.map(
    ({ schema, sql }) => `create schema if not exists ${quote(schema)};
      create table ${sql} (id bigint primary key, ref bigint references ${sql}, a text unique deferrable)`,
  );
  await using it = await scene(ddl.join(';'));
  const of = (event: Event) => all.map(({ schema, table }) => ({ ...event, schema, table }));
  await it.write(of(insert(5, { id: 1, ref: 9, a: 'x' })), of(insert(3, { id: 1, ref: 9, a: 'old' })));
  await it.write(of(insert(6, { id: 2, ref: null, a: 'x' })), [{ op: 't', lsn: 4, schema: 'a', table: 'b.c' }]);
  for (const { sql } of all) expect(await it.rows(`select id, a from ${sql} order by id`)).toHaveLength(2);
  const counts = await it.rows(
    `select table_name, floor_minor from sluice.target where table_name like '%.%' order by 1`,
  );
  expect(counts.filter(({ floor_minor }) => floor_minor !== null)).toEqual([
    { table_name: 'a."b.c"', floor_minor: '8' },
  ]);
  expect(counts).toHaveLength(all.length);
  const { broken } = await verifyReplica(it.target.database, 'p');
  // Of each the foreign key, and the values that are there twice.
  const shown = await it.rows(
    `select c::regclass::text as name from unnest(array[${all.map(({ sql }) => `$q$${sql}$q$`)}]) c`,
  );
  expect(broken.map(({ table }) => table).sort()).toEqual(shown.flatMap(({ name }) => [name, name]).sort());
});

test('a TRUNCATE of an unknown table changes nothing (rule 23)', async () => {
  await using it = await scene('create table t (id bigint primary key)');
  expect(await it.write([{ op: 't', lsn: 1, table: 'nobody' }, insert(2, { id: 1 })])).toMatchObject({
    applied: 1,
    superseded: 1,
  });
});

describe('a column that is added to the target during replication', () => {
  const ddl = 'create table t (id bigint primary key, a text); create table k (a text)';
  const both = (lsn: number, id: number, more: Row): Event[] => [
    insert(lsn, { id, a: 'x', ...more }),
    { op: 'c', lsn, table: 'k', after: { a: String(id), ...more } },
  ];

  test('is written by every session from its first event on', async () => {
    await using it = await scene(ddl, 4);
    await it.target.client.query('drop table k');
    const lanes = [0, 1, 2];
    for (const lane of lanes) await it.offer(lane, [insert(1, { id: lane, a: 'x' })]);
    await it.target.client.query(`alter table t add b varchar(3) default 'def'`);
    // The first brings the column, the second and third come with it and without.
    expect(await it.offer(0, [update(2, { id: 0, a: 'y', b: 'new' })])).toMatchObject({ applied: 1 });
    expect(await it.offer(1, [update(2, { id: 1, a: 'y', b: 'too long' })])).toMatchObject({ parked: 1 });
    expect(await it.offer(2, [update(2, { id: 2, a: 'y' }), insert(3, { id: 9, a: 'z' })])).toMatchObject({
      applied: 2,
    });
    expect(await it.rows('select * from t order by id')).toEqual([
      { id: '0', a: 'y', b: 'new' },
      { id: '1', a: 'x', b: 'def' },
      { id: '2', a: 'y', b: 'def' },
      { id: '9', a: 'z', b: 'def' },
    ]);
    const stages = await it.rows(`select relname from pg_class where relname ~ '^incoming_[0-9]+_(texts|images)$'`);
    expect(stages).toHaveLength(2 * lanes.length);
  });

  test('is written in tables with and without a key, also after a delete', async () => {
    await using it = await scene(ddl);
    await it.write(both(1, 1, {}));
    await it.target.client.query('alter table t add b text; alter table k add b text');
    await it.write([{ ...remove(2, 1), key: null, before: { id: 1, a: 'x', b: null } }, ...both(3, 2, { b: 'new' })]);
    expect(await it.rows('select id, b from t')).toEqual([{ id: '2', b: 'new' }]);
    expect(await it.rows('select * from k order by a')).toEqual([
      { a: '1', b: null },
      { a: '2', b: 'new' },
    ]);
  });
});

test('a NOT NULL domain does not prevent deletes and partial updates', async () => {
  const ddl =
    'create domain d as text not null check (value <> $$no$$); create table t (id bigint primary key, a d, b text)';
  await using it = await scene(ddl);
  await it.write([insert(1, { id: 1, a: 'x', b: 'b' }), insert(2, { id: 2, a: 'y', b: 'b' })]);
  expect(
    await it.write([remove(3, 1), update(4, { id: 2, a: hole, b: 'c' }), insert(5, { id: 3, a: 'no', b: '' })]),
  ).toMatchObject({ applied: 2, parked: 1 });
  expect(await it.rows('select * from t')).toEqual([{ id: '2', a: 'y', b: 'c' }]);
});

test('a custom message key does not replace the primary key of the table', async () => {
  await using it = await scene('create table t (id bigint primary key, a text)');
  await it.write([{ ...insert(1, { id: 1, a: 'x' }), key: { a: 'x' } }]);
  await it.write([{ op: 'd', lsn: 2, key: { a: 'x' }, before: { id: 1, a: 'x' } }]);
  expect(await it.rows('select * from t')).toEqual([]);
});

test.each<[string, string, Event]>([
  ['a delete with a part of the key', 'primary key (a, b)', { op: 'd', lsn: 9, key: { a: 1 }, before: { a: 1 } }],
  ['a delete with other columns', 'primary key (a)', { op: 'd', lsn: 9, key: { c: 'x' }, before: { c: 'x' } }],
  ['a damaged row', 'primary key (a, b)', { op: 'u', lsn: 9, key: { a: 1, b: 1 }, after: { a: 1, c: 'y' } }],
  ['an update without the old row', 'check (a > 0)', { op: 'u', lsn: 9, after: { a: 1, b: 1, c: 'y' } }],
  ['a delete without the old row', 'check (a > 0)', { op: 'd', lsn: 9 }],
])('an event that does not say which row it is about is parked alone: %s', async (_, constraint, event) => {
  await using it = await scene(`create table t (a integer, b integer, c text, ${constraint})`);
  const row = (lsn: number, a: number): Event => ({ op: 'c', lsn, key: { a, b: 1 }, after: { a, b: 1, c: 'x' } });
  await it.write([row(1, 1), row(2, 2)], [event, row(10, 3)]);
  expect(await it.letters()).toEqual([{ offset: 2, code: 'missing_key' }]);
  expect(await it.rows('select a, c from t order by a')).toEqual([1, 2, 3].map((a) => ({ a, c: 'x' })));
});

test.each(['keep', 'delete'] as const)(
  'rows that were deleted unseen before a new snapshot are found, with %s (rule 11)',
  async (what) => {
    await using it = await scene('create table t (id bigint primary key, a text)', 1, what);
    const read = (lsn: number, id: number): Event => ({ op: 'r', lsn, key: { id }, after: { id, a: 'again' } });
    await it.write(
      [insert(1, { id: 1, a: 'x' }), insert(2, { id: 2, a: 'gone' }), insert(3, { id: 3, a: 'x' })],
      [remove(4, 3)],
    );
    await it.write([read(9, 1)], [update(11, { id: 1, a: 'later' })]);
    expect(it.warnings).toEqual([]);
    // The code does not check with every event whether all partitions are past the snapshot.
    let lsn = 12;
    const noticed = async () => {
      lsn += 1;
      await it.write([update(lsn, { id: 4, a: 'new' })]);
      return it.warnings.length > 0;
    };
    await until(noticed, 'the rows are found');
    expect(it.warnings).toEqual([{ table: 'public.t', rows: 1 }]);
    const kept = what === 'keep' ? ['gone'] : [];
    expect((await it.rows('select a from t order by id')).map(({ a }) => a)).toEqual(['later', ...kept, 'new']);
  },
);
