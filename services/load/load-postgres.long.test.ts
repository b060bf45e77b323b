/** Proves that a load from PostgreSQL into PostgreSQL keeps every value, continues after interruptions, and keeps what does not fit. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { postgresLoadSource } from '../../engines/postgres/load/load-source.ts';
import { postgresLoadTarget } from '../../engines/postgres/load/load-target.ts';
import { silent } from '../../test/batches.ts';
import { describePostgres, freshDatabase } from '../../test/context.ts';
import { countingSource, untilPaused } from '../../test/counting-source.ts';
import { databaseOf } from '../../test/database-of.ts';
import { typeCases, typeSetup } from '../../test/postgres-values.ts';
import { slowProxy } from '../../test/slow-proxy.ts';
import { start, until } from '../../test/sluice.ts';
import { type LoadConfig, startLoad } from './load.ts';

const mebibyte = 2 ** 20;

/** A source with these tables, and an empty target. `user` writes into the target. */
async function scene(ddl: string) {
  const source = await freshDatabase('load');
  const target = await freshDatabase('load');
  const [from, to] = [source, target].map(({ url }) => new pg.Client({ connectionString: url })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([from.connect(), to.connect()]);
  await from.query(ddl);
  const load = (more: Partial<LoadConfig> & { user?: string } = {}) => {
    const { user, ...config } = more;
    const written = databaseOf(target.url);
    return startLoad({
      source: postgresLoadSource(databaseOf(source.url)),
      target: postgresLoadTarget(user === undefined ? written : { ...written, user, password: 'secret' }, {
        source: databaseOf(source.url),
        logger: silent,
      }),
      isWanted: () => true,
      connections: 2,
      chunkRows: 1_000,
      ...config,
    });
  };
  return {
    source,
    target,
    from,
    to,
    load,
    rows: async (sql: string) => (await to.query({ text: sql, rowMode: 'array' })).rows as unknown[][],
    refusals: async () =>
      (await to.query('select code, reason, field, cells from sluice.load_refusal order by id')).rows,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([from.end(), to.end()]);
      await Promise.all([source[Symbol.asyncDispose](), target[Symbol.asyncDispose]()]);
    },
  };
}

/** Values that MySQL has no equal for, or that only a load between two PostgreSQL can keep. */
const further: readonly { readonly type: string; readonly values: readonly string[] }[] = [
  { type: 'real', values: ["'1e-45'", "'-0'", "'3.4028235e38'"] },
  { type: 'double precision', values: ["'5e-324'", "'-0'", '0.1::float8 + 0.2'] },
  { type: 'numeric', values: ["'1e1000'", "'1e-1000'", '1.10'] },
  {
    type: 'interval',
    values: [
      "'infinity'",
      "'-178000000 years'",
      "'2562047788:00:54.775807'",
      "'-1 mons +1 day -00:00:00.000001'",
      "'-1 year -2 mons +3 days'",
    ],
  },
  { type: 'interval day to second(3)', values: ["'1 day 00:00:01.123'"] },
  { type: 'date', values: ["'4713-01-01 BC'", "'5874897-12-31'"] },
  { type: 'timestamptz', values: ["'4713-01-01 BC'", "'294276-12-31 23:59:59.999999+00'"] },
  { type: 'money', values: ["'-92233720368547758.08'", "'92233720368547758.07'"] },
  { type: 'bytea[]', values: ["array['\\x00ff'::bytea, null, '\\x5c']"] },
  { type: 'integer[]', values: ["'[-3:-2][5:6]={{1,2},{3,NULL}}'"] },
  { type: 'text[]', values: ["array['NULL', null, '', '\\', '{', E'\\n\\t']"] },
  { type: 'xml', values: ["'a <b/> c'", '\'<?xml version="1.0"?><a>ü</a>\''] },
  { type: 'pair[]', values: [`array[row(1, 'x,"y\\', '2024-01-01')::pair, null, row(null, null, null)::pair]`] },
  { type: 'price[]', values: ["'{1.50,NULL}'"] },
  { type: 'mood[]', values: [`'{sad,"a,b",""}'`] },
  { type: 'tstzrange', values: ["'(-infinity,infinity]'"] },
  { type: 'text', values: ["E'\\\\.'", "E'\\u007f\\b'", "repeat(E'\\t\\\\', 200000)"] },
  { type: 'char(3)', values: ["''", "'a'"] },
  { type: 'regclass', values: ["'pg_class'"] },
  { type: 'path', values: ["'[(1.1,2),(3e-300,4)]'"] },
];

/** Every row as text, in settings that differ from those of the load. */
const contents = async (client: pg.Client, table: string): Promise<unknown> => {
  await client.query(`set extra_float_digits = 3; set intervalstyle = 'postgres_verbose'; set bytea_output = 'escape'`);
  return (await client.query(`select id, v::text from ${table} order by id`)).rows;
};

describePostgres('a load into PostgreSQL', () => {
  test('keeps every value of every type equal, in tables that it makes itself', async () => {
    const cases = [
      ...typeCases('mariadb').map(({ type, kept, parked }) => ({ type, values: [...kept, ...parked] })),
      ...further,
    ];
    const tables = cases.map(({ type, values }, at) => {
      const rows = values.map((value, id) => `(${id}, ${value})`);
      return `create table t${at} (id int primary key, v ${type}); insert into t${at} values ${rows.join(', ')};`;
    });
    await using it = await scene(typeSetup + tables.join('\n'));
    // A target whose own settings would read some texts otherwise.
    await it.to.query(`do $$ begin execute format('alter database %I set array_nulls = off', current_database());
      execute format('alter database %I set xmloption = document', current_database());
      execute format('alter database %I set intervalstyle = sql_standard', current_database());
      execute format('alter database %I set datestyle = ''SQL, DMY''', current_database()); end $$`);
    const result = await it.load().done;
    expect(result.broken).toEqual([]);
    for (const [at, { type, values }] of cases.entries()) {
      expect(await contents(it.to, `t${at}`), type).toEqual(await contents(it.from, `t${at}`));
      const loaded = result.tables.find(({ name }) => name === `public.t${at}`);
      expect(loaded, type).toMatchObject({ rows: values.length, refused: 0 });
    }
  });

  test('reads by ranges of any key, in many chunks, and does nothing when it is run again', async () => {
    await using it = await scene(`
      create table numbers (id bigint primary key, v text); insert into numbers select g * 3 - 9000, 'v' || g from generate_series(1, 10500) g;
      create table pairs (a text collate "C", b date, v int, primary key (b, a));
      insert into pairs select 'a''\\' || g % 7, date '2020-01-01' + g / 7, g from generate_series(1, 3500) g;
      create table keyless (v int); insert into keyless select g % 10 from generate_series(1, 2500) g;
      create table nothing (id int primary key);
      create table parted (id int primary key) partition by range (id);
      create table parted_1 partition of parted for values from (0) to (1500); create table parted_2 partition of parted default;
      insert into parted select generate_series(1, 3000);
      create table parent (id int primary key); create table kid (x int, primary key (id)) inherits (parent);
      insert into parent values (1); insert into kid values (2, 3)`);
    const chunks: string[] = [];
    const first = it.load();
    first.events.subscribe((event) => event.type === 'chunkLoaded' && chunks.push(`${event.table} ${event.number}`));
    const { tables } = await first.done;
    expect(tables.map(({ name, rows, refused }) => [name, rows, refused])).toEqual([
      ['public.keyless', 2500, 0],
      ['public.kid', 1, 0],
      ['public.nothing', 0, 0],
      ['public.numbers', 10500, 0],
      ['public.pairs', 3500, 0],
      ['public.parent', 1, 0],
      ['public.parted', 3000, 0],
    ]);
    expect(chunks.filter((one) => one.startsWith('public.numbers'))).toHaveLength(11);
    const sums = () =>
      it.rows(
        `select (select sum(id) from numbers)::text, (select count(distinct (a, b)) from pairs)::text, (select sum(v) from keyless)::text,
          (select count(*) from parted_1)::text, (select count(*) from only parent)::text`,
      );
    expect(await sums()).toEqual([['70890750', '3500', '11250', '1499', '1']]);
    expect((await it.load().done).tables).toEqual(tables);
    expect(await sums()).toEqual([['70890750', '3500', '11250', '1499', '1']]);
  });

  test('continues after kill -9 at any moment, and loads no row twice', async () => {
    await using it = await scene(`
      create table t (id int primary key, v text); insert into t select g, repeat('x', 200) from generate_series(1, 60000) g;
      create table keyless (v int); insert into keyless select generate_series(1, 30000)`);
    const command = ['load', '--source-db', it.source.url, '--target-db', it.target.url, '--batch-size', '1000'];
    const durable = async () =>
      Number((await it.rows(`select count(*) from sluice.load_chunk`).catch(() => [[0]]))[0]?.[0]);
    let before = 0;
    for (let kills = 0; kills < 3; kills += 1) {
      const running = start(command);
      await until(async () => (await durable()) >= before + 5, 'some chunks');
      running.kill('SIGKILL');
      await running.finished;
      before = await durable();
      expect(before).toBeLessThan(61);
    }
    const last = await start(command).finished;
    expect(last).toMatchObject({ code: 0 });
    expect(last.stdout).toMatch(/public\.t +60000 +0/);
    expect(await it.rows('select count(*)::int, sum(id)::int, (select count(*)::int from keyless) from t')).toEqual([
      [60000, 1800030000, 30000],
    ]);
  });

  test('goes on after sessions of both servers were ended, and loads no row twice', async () => {
    await using it = await scene(
      `create table t (id int primary key, v text); insert into t select g, repeat('x', 200) from generate_series(1, 60000) g`,
    );
    const running = it.load();
    let chunks = 0;
    let ended = 0;
    const ends: Promise<void>[] = [];
    running.events.subscribe(({ type }) => {
      if (type !== 'chunkLoaded') return;
      chunks += 1;
      if (chunks % 15 === 0)
        ends.push(
          it.from
            .query(
              `select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ 'sluice-load/[12]$'`,
            )
            .then(({ rowCount }) => {
              ended += rowCount ?? 0;
            }),
        );
    });
    expect((await running.done).tables).toEqual([{ name: 'public.t', rows: 60000, refused: 0 }]);
    await Promise.all(ends);
    expect(ended).toBeGreaterThan(3);
    expect(await it.rows('select count(*)::int, sum(id)::int from t')).toEqual([[60000, 1800030000]]);
  });

  test('a row that only the server refuses is kept alone, with its reason and its column', async () => {
    await using it = await scene(
      `create table t (id int primary key, v text); insert into t select g, 'v' || g % 999 from generate_series(1, 1999) g;
       insert into t values (3000, E'tab\\t line\\n \\\\'), (3001, null)`,
    );
    await it.to.query(`create table t (id int primary key, v varchar(4) not null, check (id <> 17), unique (v));`);
    const { tables } = await it.load({ chunkRows: 5_000 }).done;
    // The values repeat after 999 rows, and 1016 takes the value that 17 leaves free.
    expect(tables).toEqual([{ name: 'public.t', rows: 999, refused: 1002 }]);
    expect(await it.rows('select count(*)::int, count(distinct v)::int from t')).toEqual([[999, 999]]);
    const refused = await it.refusals();
    const of = (id: string) => refused.find(({ cells }) => cells.id === id);
    expect(of('17')).toMatchObject({
      code: 'refused_by_database',
      reason: expect.stringMatching(/constraint t_id_check.*SQLSTATE 23514/),
      cells: { id: '17', v: 'v17' },
    });
    expect(of('3000')).toMatchObject({
      reason: expect.stringContaining('does not fit v character varying(4) without loss'),
      cells: { id: '3000', v: 'tab\t line\n \\' },
    });
    expect(of('3001')).toMatchObject({ field: 'v', cells: { id: '3001', v: null } });
    expect(of('1001')).toMatchObject({ reason: expect.stringContaining('23505') });
  });

  test('no value is rounded or cut for a narrower column; its row is refused', async () => {
    await using it = await scene(`
      create type mood as enum ('sad', 'ok');
      create table t (id int primary key, n numeric, v text, at timestamp, f double precision, m mood, r regtype);
      insert into t values (1, 1.25, 'ab', '2024-01-01 00:00:00.5', 0.5, 'sad', 'integer'), (2, 1.255, 'ab', null, null, null, null),
        (3, null, 'ab  ', null, null, null, null), (4, null, null, '2024-01-01 00:00:00.555', null, null, null),
        (5, null, null, null, 0.1, null, null), (6, null, null, null, null, 'ok', null), (7, null, null, null, null, null, 'mood')`);
    await it.to.query(`create type mood as enum ('sad'); create type other as enum ('x');
      create table t (id int primary key, n numeric(5,2), v varchar(3), at timestamp(1), f real, m mood, r regtype)`);
    await it.from.query('create type gone as enum ()');
    await it.from.query(`insert into t (id, r) values (8, 'gone')`);
    const { tables } = await it.load().done;
    expect(tables).toEqual([{ name: 'public.t', rows: 2, refused: 6 }]);
    expect((await it.refusals()).map(({ cells }) => cells.id)).toEqual(['2', '3', '4', '5', '6', '8']);
    expect(await it.rows('select n::text, v, at::text, f::text, m::text from t where id = 1')).toEqual([
      ['1.25', 'ab', '2024-01-01 00:00:00.5', '0.5', 'sad'],
    ]);
  });

  test('a name that the target does not have refuses only its row', async () => {
    await using it = await scene(`create type gone as enum (); create table t (id int primary key, r regtype);
      insert into t values (1, 'integer'), (2, 'gone'), (3, 'text')`);
    await it.to.query('create table t (id int primary key, r regtype)');
    expect((await it.load().done).tables).toEqual([{ name: 'public.t', rows: 2, refused: 1 }]);
    expect(await it.refusals()).toMatchObject([{ field: 'r', cells: { id: '2', r: 'gone' } }]);
  });

  test('identity, generated columns, defaults, sequences and triggers of the target stay as they are', async () => {
    const ddl = `create table t (id bigint generated always as identity primary key, a int, twice int generated always as (2 * a) stored);`;
    await using it = await scene(
      `${ddl} insert into t (a) select generate_series(1, 1500); delete from t where id = 1500`,
    );
    await it.to.query(`${ddl} alter table t add extra text default 'new';
      create function change() returns trigger language plpgsql as $$ begin new.a = -1; return new; end $$;
      create trigger change before insert on t for each row execute function change()`);
    await it.load().done;
    expect(await it.rows(`select count(*)::int, sum(a)::int, sum(twice)::int, min(extra) from t`)).toEqual([
      [1499, 1124250, 2248500, 'new'],
    ]);
    expect(await it.rows('insert into t (a) values (1) returning id::int, a')).toEqual([[1501, -1]]);
  });

  test('a trigger that suppresses rows in every session ends the load', async () => {
    await using it = await scene('create table t (id int primary key); insert into t select generate_series(1, 10)');
    await it.to.query(`create table t (id int primary key);
      create function drop_row() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger suppress before insert on t for each row when (new.id = 3) execute function drop_row();
      alter table t enable always trigger suppress`);
    await expect(it.load().done).rejects.toMatchObject({ code: 'rows_suppressed' });
    expect(await it.rows('select count(*)::int from t')).toEqual([[0]]);
  });

  test.for([
    ['may skip foreign keys', 'superuser'],
    ['owns the tables', ''],
  ])('loads children before parents if the user %s, and names the rows without a parent', async ([, rights]) => {
    const ddl = `create table a (id int primary key, b int); create table b (id int primary key, a int references a);
      alter table a add foreign key (b) references b;`;
    await using it = await scene(ddl);
    await it.from.query(`begin; alter table a drop constraint a_b_fkey;
      insert into a select g, g from generate_series(1, 2500) g; insert into b select g, g from generate_series(1, 2500) g;
      alter table a add foreign key (b) references b; commit`);
    const user = `loader_${process.pid}_${rights === '' ? 'plain' : rights}`;
    await it.to.query(`create role ${user} login ${rights} password 'secret'`);
    try {
      await it.to.query(`grant create on database ${new URL(it.target.url).pathname.slice(1)} to ${user};
        grant all on schema public to ${user}`);
      await it.to.query(`set role ${user}; ${ddl}
        create function fail() returns trigger language plpgsql as $$ begin raise 'fired'; end $$;
        create trigger fails before insert on a for each row execute function fail(); reset role`);
      expect((await it.load({ user }).done).broken).toEqual([]);
      const constraints = `select count(*)::int from pg_constraint where contype = 'f' and convalidated and conrelid in ('a'::regclass, 'b'::regclass)`;
      expect(await it.rows(constraints)).toEqual([[2]]);
      await expect(it.to.query('insert into a values (9999, 1)')).rejects.toThrow('fired');
      // An orphan: the row is refused at the target, and its child is there.
      await it.to.query('truncate a, b; delete from sluice.load_chunk; alter table a add check (id <> 7)');
      const { tables, broken } = await it.load({ user }).done;
      expect(tables).toMatchObject([{ refused: 1 }, { refused: 0 }]);
      expect(broken).toMatchObject([{ table: expect.stringMatching(/b$/), constraint: 'b_a_fkey', count: 1 }]);
    } finally {
      await it.to.query(`drop owned by ${user} cascade; drop role ${user}`);
    }
  });

  test('refuses rows of which it knows nothing, a second load, missing columns and a view', async () => {
    await using it = await scene('create table t (id int primary key, "A b" int); insert into t values (1, 2)');
    await it.to.query('create table t (id int primary key, "A b" int); insert into t values (2)');
    await expect(it.load().done).rejects.toMatchObject({ code: 'table_not_empty' });
    await it.to.query(`truncate t; select pg_advisory_lock(hashtextextended('sluice load', 0))`);
    await expect(it.load().done).rejects.toMatchObject({ code: 'load_running' });
    await it.to.query(`select pg_advisory_unlock_all(); alter table t drop column "A b"`);
    await expect(it.load().done).rejects.toMatchObject({
      code: 'columns_missing',
      advice: expect.stringContaining('ALTER TABLE public.t ADD COLUMN "A b" integer;'),
    });
    await it.to.query('drop table t; create view t as select 1 as id, 2 as "A b"');
    await expect(it.load().done).rejects.toMatchObject({ code: 'target_is_no_table' });
  });

  test('does not take rows of another database, or rows that are gone, for loaded', async () => {
    const ddl = 'create table t (id int primary key); insert into t values (1), (2)';
    await using it = await scene(ddl);
    await using other = await scene(ddl);
    const target = postgresLoadTarget(databaseOf(it.target.url), { source: undefined, logger: silent });
    await it.load().done;
    await expect(other.load({ target }).done).rejects.toMatchObject({
      code: 'source_mismatch',
      message: expect.stringMatching(
        /^public\.t was loaded from PostgreSQL \d+\/load_\w+, not from PostgreSQL \d+\/load_\w+$/,
      ),
    });
    await it.to.query('truncate t');
    const refused = await it.load().done.catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'loaded_rows_missing',
      message: '2 rows of public.t were loaded before, and the table is empty',
    });
    // A pipeline may have deleted the rows.
    await it.to.query(`insert into sluice.target (table_name, order_by) values ('public.t', 'lsn')`);
    expect((await it.load().done).tables).toMatchObject([{ rows: 2 }]);
    expect(await it.rows('select from t')).toEqual([]);
    await it.to.query('delete from sluice.target');
    const [, statement = ''] = /^To load it again: (.*)$/.exec((refused as { advice: string }).advice) ?? [];
    await it.to.query(statement);
    expect((await it.load().done).tables).toMatchObject([{ rows: 2 }]);
    expect(await it.rows('select count(*)::int from t')).toEqual([[2]]);
  });

  test('waits for a killed load whose last chunk still commits, and continues behind it', async () => {
    await using it = await scene('create table t (id int primary key); insert into t select generate_series(1, 2500)');
    await it.load().done;
    await it.to.query('create temporary table former as select distinct source from sluice.load_chunk');
    await it.to.query(`truncate t; delete from sluice.load_chunk`);
    await it.to.query(`select pg_advisory_lock_shared(hashtextextended('sluice load writers', 0));
      begin; insert into sluice.load_chunk select source, 'public', 't', 1, null, '["500"]', 500, 0 from former; insert into t select generate_series(1, 500)`);
    const { done } = it.load();
    const waiting = `select from pg_stat_activity where application_name = 'sluice/sluice-load/ledger' and wait_event = 'advisory'`;
    await until(async () => (await it.from.query(waiting)).rows.length > 0, 'the wait for the other load');
    await it.to.query('commit; select pg_advisory_unlock_all()');
    expect((await done).tables).toMatchObject([{ rows: 2500 }]);
    expect(await it.rows('select count(*)::int, sum(id)::int from t')).toEqual([[2500, 3126250]]);
  });

  test('rows that a policy hides from the user end the load instead of being left out', async () => {
    await using it = await scene(`create table t (id int primary key); insert into t values (1), (2);
      alter table t enable row level security; create policy half on t using (id = 1)`);
    const user = `reader_${process.pid}`;
    await it.from.query(`create role ${user} login password 'secret'; grant select on t to ${user}`);
    try {
      const source = postgresLoadSource({ ...databaseOf(it.source.url), user, password: 'secret' });
      await expect(it.load({ source }).done).rejects.toThrow('row-level security');
    } finally {
      await it.from.query(`drop owned by ${user}; drop role ${user}`);
    }
  });

  test('reads no further ahead than buffers allow while the target is slow', async () => {
    await using it = await scene(
      `create table wide (v text); insert into wide select repeat(md5(g::text), 400) from generate_series(1, 8000) g`,
    );
    const { host, port, ...login } = databaseOf(it.target.url);
    await using proxy = await slowProxy(host, port);
    const target = postgresLoadTarget(
      { ...login, host: '127.0.0.1', port: proxy.port },
      { source: databaseOf(it.source.url), logger: silent },
    );
    const { source, bytes } = countingSource(postgresLoadSource(databaseOf(it.source.url)));
    proxy.pauseAt(2 * mebibyte);
    const { done } = it.load({ source, target });
    await untilPaused(bytes, 2 * mebibyte);
    expect(bytes()).toBeLessThan(24 * mebibyte);
    proxy.resume();
    expect((await done).tables).toMatchObject([{ rows: 8000, refused: 0 }]);
    expect(bytes()).toBeGreaterThan(96 * mebibyte);
  });
});
