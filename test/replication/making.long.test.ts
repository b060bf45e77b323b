/** Tables that are made at the target, with a real Debezium: with their types and functions, in every width, and ready for writes. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ReplicationStack, replicationStack } from './scene.ts';

const columns = (count: number, type: string, prefix = 'c') =>
  Array.from({ length: count }, (_, n) => `${prefix}${n} ${type}`).join(', ');
const values = (count: number, value: string) => Array.from({ length: count }, () => value).join(', ');

describe.skipIf(inject('kafka') === null)('tables that are made at the target', () => {
  let stack: ReplicationStack;
  beforeAll(async () => {
    // WITHOUT OVERLAPS and virtual columns need PostgreSQL 18.
    stack = await replicationStack(null);
  }, 300_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test('have their types, extensions and collations, and are equal in every width and with keys of periods', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create schema extensions; create extension citext with schema extensions; create extension btree_gist; create extension pg_trgm;
      create collation nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create type frange as range (subtype = float8, subtype_diff = float8mi);
      create domain mail as extensions.citext;
      create type pair as (a integer, b text);
      create function nobody() returns boolean language sql immutable as 'select true';
      create domain unused as text check (nobody());
      create table kinds (id integer primary key, c extensions.citext, m mail, n text collate nd, f frange, p pair, cs extensions.citext[]);
      create index on kinds using gin (n gin_trgm_ops);
      create table slots (room integer, during int4range, exclude using gist (room with =, during with &&), id serial primary key);
      create table book (room integer, during daterange, who text, large text, primary key (room, during without overlaps));
      alter table book alter large set storage external;
      create table stay (id integer primary key, room integer, during tstzrange, unique (room, during without overlaps));
      create table part (id integer, room integer, during daterange, primary key (id, during without overlaps),
        foreign key (room, period during) references book (room, period during));
      create table floats (id integer primary key, large text, ${columns(420, 'float8')});
      alter table floats alter large set storage external;
      create table ints (id integer primary key, ${columns(1000, 'bigint')});
      create table bare (id integer, ${columns(330, 'float8')}, b boolean, t text);
      alter table bare replica identity full;
      create table most (id integer primary key, ${columns(1579, 'boolean')});
      create table brim (id integer primary key, ${columns(299, 'char(24)')});
      insert into kinds values (1, 'Aa', 'M@x', 'Nn', '[1.5,2)', row(1, 'x'), '{A,"b c"}');
      insert into slots values (1, '[1,5)'), (1, '[5,9)');
      insert into book values (1, '[2026-01-01,2026-01-05)', 'a', repeat('x', 9000)), (1, '[2026-01-05,2026-01-09)', 'b', null);
      insert into stay values (1, 1, '[2026-01-01,2026-01-05)');
      insert into part values (1, 1, '[2026-01-02,2026-01-08)');
      insert into floats select n, repeat(md5(n::text), 200), ${values(420, '-1.2345678901234567e-100')} from generate_series(1, 20) n;
      insert into ints select n, ${values(1000, '-9223372036854775808')} from generate_series(1, 3) n;
      insert into bare select n, ${values(330, '-1.2345678901234567e-100')}, n = 1, E'a\\t"\\\\b' || n from generate_series(1, 5) n;
      insert into most (id, c0, c1578) values (1, true, false);
      insert into brim values (1, ${values(299, "'123456789012345678901234'")})`);
    // The extension was made by hand, where this provider has extensions.
    await it.target.query('create schema ext; create extension citext with schema ext');
    await it.connect(
      '--tables',
      'public.kinds,public.slots,public.book,public.stay,public.part,public.floats,public.ints,public.bare,public.most,public.brim',
    );
    await it.snapshotTaken();
    await it.source.query(`
      insert into kinds values (2, 'zz', null, 'NN', 'empty', row(null, 'a"b'), null);
      update kinds set c = 'AA', n = 'nN' where id = 1`);
    // Each of these changes conflicts with another one.
    await it.source.query(`begin; set constraints all deferred; delete from part;
      update book set during = '[2026-01-01,2026-01-03)' where who = 'a'; update book set during = '[2026-01-03,2026-01-09)' where who = 'b';
      insert into part values (2, 1, '[2026-01-02,2026-01-09)'); commit;
      update book set who = 'only' where who = 'a'; insert into book values (2, '[2026-01-01,2026-01-02)', 'c');
      delete from book where room = 2; insert into book values (2, '[2026-01-01,2027-01-02)', 'd');
      update stay set during = '[2026-01-04,2026-01-05)'; insert into stay values (2, 1, '[2026-01-01,2026-01-04)')`);
    await it.source.query(
      `update slots set during = '[1,2)' where id = 1; update slots set during = '[2,9)' where id = 2`,
    );
    await it.source.query(`
      update floats set c0 = 'NaN', c419 = null where id = 1; update floats set id = 100 where id = 2; update floats set c7 = 7 where id = 100;
      delete from floats where id = 3; update ints set c999 = 1; delete from ints where id = 2;
      update bare set c0 = 1, t = null where id = 1; delete from bare where id = 2; insert into bare (id, b) values (9, false);
      update most set c1 = false; update brim set c0 = 'x'; truncate ints; insert into ints (id, c3) values (9, 3)`);
    const { code, stderr } = await it.replicate('--until-caught-up').finished;
    expect({ code, stderr }).toEndWith(0);
    await it.equal(it.replicate());
    const found = await it.target.query(`
      select to_regtype('unused') as unused, to_regproc('nobody') as nobody,
        (select format_type(atttypid, null) from pg_attribute where attrelid = 'kinds'::regclass and attname = 'c') as c`);
    expect(found.rows).toEqual([{ unused: null, nobody: null, c: 'ext.citext' }]);
  });

  test('are refused before the first is made if code is missing, and continue after the printed command has run', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create function next_code() returns text language sql as $$ select 'c' || txid_current() $$;
      create function fine(text) returns boolean language sql immutable as $$ select $1 <> 'it''s "$1"' $$;
      create domain checked as text check (fine(value));
      create type label as enum ('a');
      create table first (id integer primary key, l label);
      create table inv (id integer primary key, code text default next_code(), c checked);
      create index on inv (fine(code));
      insert into first values (1, 'a'); insert into inv (id, c) values (1, 'x')`);
    await it.connect();
    await it.snapshotTaken();
    const { code, stderr } = await it.replicate('--until-caught-up').finished;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('function public.next_code(), which the default of public.inv.code needs'),
    });
    expect(stderr).toMatch(/the target lacks .*function public\.fine\(text\), which /);
    expect((await it.target.query(`select to_regclass('first') as first, to_regtype('label') as label`)).rows).toEqual([
      { first: null, label: null },
    ]);
    const advice = String(JSON.parse(stderr.split('\n').find((line) => line.includes('target_lacks')) ?? '{}').advice);
    const definitions = /-Atc "(.*)" \| psql/.exec(advice)?.[1]?.replace(/\\([\\"$`])/g, '$1') ?? '';
    const { rows } = await it.source.query(definitions);
    expect(rows).toHaveLength(2);
    for (const row of rows) await it.target.query(String(Object.values(row)[0]));
    await it.equal(it.replicate());
    await it.target.query('insert into inv (id) values (2)');
  });

  test('have sequences that continue after those of the source when the replica has caught up', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create sequence shared increment -10 maxvalue 500 start 500; create sequence part_ids as integer start 7;
      create table ser (id serial primary key, v text);
      create table always (id bigint generated always as identity (start 100 increment 5 maxvalue 100000 cache 4 cycle) primary key, v text);
      create table down (id integer generated by default as identity (increment -1) primary key, n bigint default nextval('shared'));
      create table coded (code text default 'A' || nextval('shared') primary key, v text);
      create table parted (id integer default nextval('part_ids') primary key, v text) partition by range (id);
      create table part_1 partition of parted for values from (0) to (1000);
      create table "Odd ""one" ("I'd" smallserial primary key, v text);
      create table fresh (id serial primary key, v text);
      create table owner (id integer primary key); create sequence owned owned by owner.id;
      insert into ser (v) select 'x' from generate_series(1, 60);
      insert into always (v) values ('a'), ('b'); insert into down default values; insert into down default values;
      insert into coded (v) values ('x'); insert into parted (v) values ('x'), ('y'); insert into "Odd ""one" (v) values ('x');
      select nextval('owned'), nextval('owned');
      create table emptied (id serial primary key); insert into emptied default values; delete from emptied`);
    await it.connect();
    await it.snapshotTaken();
    await it.source.query(`insert into ser (v) values ('streamed')`);
    const { code, stderr } = await it.replicate('--until-caught-up').finished;
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('set 8 sequences') });
    const states = `select sequencename, last_value::text, increment_by::text, start_value::text, max_value::text, cycle, cache_size::text
      from pg_sequences where schemaname = 'public' order by 1`;
    expect((await it.target.query(states)).rows).toEqual((await it.source.query(states)).rows);
    const next = async (sql: string) => Object.values((await it.target.query(sql)).rows[0] ?? {})[0];
    expect(await next(`insert into ser (v) values ('new') returning id`)).toBe(62);
    expect(await next(`insert into always (v) values ('new') returning id`)).toBe('120');
    expect(await next(`insert into down default values returning id`)).toBe(-3);
    expect(await next(`insert into coded (v) values ('new') returning code`)).toBe('A460');
    expect(await next(`insert into parted (v) values ('new') returning id`)).toBe(9);
    expect(await next(`insert into "Odd ""one" (v) values ('new') returning "I'd"`)).toBe(2);
    expect(await next(`insert into fresh (v) values ('new') returning id`)).toBe(1);
    expect(await next(`select nextval('owned')`)).toBe('3');
    expect(await next(`insert into emptied default values returning id`)).toBe(2);
    await it.target.query('delete from emptied');
    // A sequence used at the target never goes back; one that has advanced at the source is followed.
    await it.target.query(`select setval('ser_id_seq', 1000), setval('shared', -1000)`);
    await it.source.query(
      `insert into parted (v) select 'z' from generate_series(1, 5); insert into down (n) values (1)`,
    );
    await it.target.query(
      `delete from ser where v = 'new'; delete from parted where v = 'new'; delete from down where id = -3`,
    );
    const again = await it.replicate('--until-caught-up').finished;
    expect(again.code).toBe(0);
    expect(await next(`select last_value from ser_id_seq`)).toBe('1000');
    expect(await next(`select last_value from shared`)).toBe('-1000');
    expect(await next(`select last_value from part_ids`)).toBe('13');
  });
});
