/** The checks of a source against real PostgreSQL, of the newest version and of an older one. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DatabasePool } from '../../../../test/database-pool.ts';
import { type ExtraPostgres, type ExtraPostgresOptions, extraPostgres } from '../../../../test/extra-postgres.ts';
import { type CaptureWish, type CheckedSource, checkSource } from './check-source.ts';
import { dataFindings } from './data.ts';

const settings = { wal_level: 'logical' };
let newest: DatabasePool;
let older: DatabasePool;
const servers: ExtraPostgres[] = [];
const runs = inject('databaseUrl') !== null;
beforeAll(async () => {
  if (!runs) return;
  const start = async (options: ExtraPostgresOptions) => {
    const server = await extraPostgres({ settings, ...options });
    servers.push(server);
    return new DatabasePool(server.url);
  };
  newest = await start({});
  older = await start({ major: 15 });
}, 120_000);
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
}, 60_000);

/** A fresh database with these tables, and the results of its checks. */
async function scene(sql: string, server: DatabasePool = newest) {
  const database = await server.take('checks');
  const { name, url } = database;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  const check = (wish: Partial<CaptureWish> = {}): Promise<CheckedSource> =>
    checkSource(client, {
      tables: 'public.*',
      topicPrefix: 'cdc',
      slot: name,
      publication: 'pubs',
      slotIsOurs: false,
      captured: [],
      isExcluded: () => false,
      accepted: [],
      ...wish,
    });
  return {
    client,
    check,
    /** A second session. */
    another: async () => {
      const second = new pg.Client({ connectionString: url });
      await second.connect();
      return { client: second, [Symbol.asyncDispose]: () => second.end() };
    },
    /** The refusal as one text of code, message and advice; throws without a refusal. */
    refusal: async (wish: Partial<CaptureWish> = {}): Promise<string> => {
      const answer = await check(wish).catch((error: unknown) => error);
      if (!(answer instanceof Error)) throw new Error('nothing was refused');
      const { code, advice } = answer as Error & { code: string; advice: string };
      return `${answer.message} [${code}]\n  ${advice}`;
    },
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Runs the SQL statement that a refusal advises. */
const statementIn = (said: string, begin: RegExp): string => said.match(begin)?.[0] ?? `no ${begin} in: ${said}`;

describe.skipIf(!runs)('a source is refused', () => {
  test.each([
    [
      'an identity by another index than the key',
      'create table t (id int primary key, mail text not null unique); alter table t replica identity using index t_mail_key',
      'identity_other_index',
    ],
    [
      'an identity by an index with a part of the key',
      `create table t (a int, b int, c int not null, primary key (a, b), unique (a, c));
       alter table t replica identity using index t_a_c_key`,
      'identity_other_index',
    ],
    [
      'a partition whose identity is another index',
      `create table t (id int primary key, mail text not null) partition by range (id);
       create table t1 partition of t (unique (mail)) for values from (0) to (9);
       create table t2 partition of t for values from (9) to (99);
       alter table t1 replica identity using index t1_mail_key`,
      'identity_other_index',
    ],
    [
      'an identity by an index that only carries the key along',
      `create table t (id uuid primary key, mail text not null); create unique index "Odd one" on t (mail) include (id);
       alter table t replica identity using index "Odd one"`,
      'identity_other_index',
    ],
    [
      'a key that came after the identity by an index',
      `create table t (code text not null unique, id int); alter table t replica identity using index t_code_key;
       alter table t add primary key (id)`,
      'identity_other_index',
    ],
    [
      'a deferrable key, and an identity by an index',
      `create table t (id int primary key deferrable, u int not null unique);
       alter table t replica identity using index t_u_key`,
      'identity_other_index',
    ],
    [
      'a partition of a partition whose identity is another index',
      `create table t (id int, day date not null, u int not null, primary key (id, day)) partition by list (id);
       create table t1 partition of t for values in (1) partition by range (day);
       create table t1a partition of t1 (unique (u)) for values from ('2026-01-01') to ('2027-01-01');
       alter table t1a replica identity using index t1a_u_key`,
      'identity_other_index',
    ],
    [
      'no key, and an identity by an index',
      `create table t (code text not null, grp int not null, v text, unique (code, grp));
       alter table t replica identity using index t_code_grp_key`,
      'identity_without_key',
    ],
    [
      'no key, and an identity by a unique index that is no constraint',
      `create table t (code uuid not null, v text); create unique index by_code on t (code) include (v);
       alter table t replica identity using index by_code`,
      'identity_without_key',
    ],
    [
      'a key that was dropped after the identity by an index',
      `create table t (id int primary key, mail text not null unique); alter table t replica identity using index t_mail_key;
       alter table t drop constraint t_pkey`,
      'identity_without_key',
    ],
    [
      'a partition without a key whose identity is an index',
      `create table t (code text not null, v text) partition by list (code); alter table t replica identity full;
       create table t1 partition of t (unique (code)) for values in ('a'); alter table t1 replica identity using index t1_code_key`,
      'identity_without_key',
    ],
    ['no key', 'create table t (v int)', 'no_replica_identity'],
    ['a deferrable key', 'create table t (id int primary key deferrable)', 'no_replica_identity'],
    [
      'an identity whose index is gone',
      'create table t (id int primary key, u int not null unique); alter table t replica identity using index t_u_key; alter table t drop constraint t_u_key',
      'no_replica_identity',
    ],
    [
      'a replica identity of nothing',
      'create table t (id int primary key); alter table t replica identity nothing',
      'no_replica_identity',
    ],
    [
      'partitions without a key, where only the root has FULL',
      `create table t (v int) partition by list (v); alter table t replica identity full;
       create table t1 partition of t for values in (1)`,
      'no_replica_identity',
    ],
  ])('for %s, and the statement that it advises fixes it', async (_, sql, code) => {
    await using it = await scene(sql);
    const said = await it.refusal();
    expect(said).toContain(`[${code}]`);
    expect(said).toContain(`--accept ${code}`);
    await it.client.query(statementIn(said, /ALTER TABLE .*? REPLICA IDENTITY \w+;/));
    expect((await it.check()).accepted).toEqual([]);
  });

  test.each([
    ['operations', `with (publish = 'insert,update,delete')`, '', 'publication_operations', /ALTER PUBLICATION .*;/],
    ['inserts alone', `with (publish = 'insert')`, '', 'publication_operations', /ALTER PUBLICATION .*;/],
    ['everything', `with (publish = '')`, '', 'publication_operations', /ALTER PUBLICATION .*;/],
    ['inserts', `with (publish = 'truncate, delete, update')`, '', 'publication_operations', /ALTER PUBLICATION .*;/],
    ['rows and columns', '', '(id, w) where (id <> 7)', 'publication_columns', /BEGIN; .*? COMMIT;/],
    ['the columns that come later', '', '(id, v, w)', 'publication_columns', /BEGIN; .* COMMIT;/],
    ['rows', '', 'where (id > 0)', 'publication_row_filter', /BEGIN; .* COMMIT;/],
    ['columns', '', '(id, v)', 'publication_columns', /BEGIN; .* COMMIT;/],
  ])('whose publication leaves out %s', async (_, options, narrowed, code, statement) => {
    await using it = await scene(
      `create table "T a" (id int primary key, v text, w text); create publication pubs for table "T a" ${narrowed} ${options}`,
    );
    const said = await it.refusal();
    expect(said).toContain(`[${code}]`);
    await it.client.query(statementIn(said, statement));
    expect((await it.check()).publication).toEqual({ statements: [], added: [], others: [] });
  });

  test('whose publication of a whole schema leaves out operations', async () => {
    await using it = await scene(
      `create table t (id int primary key); create publication pubs for tables in schema public with (publish = 'insert')`,
    );
    expect(await it.refusal()).toContain(`the publication pubs does not publish update, delete, truncate`);
  });

  test('whose publication leaves out rows of a partitioned table, and operations, of an older version', async () => {
    await using it = await scene(
      `create table p (id int primary key, v int) partition by list (id); create table p1 partition of p for values in (1);
       create table plain (id int primary key);
       create publication pubs for table plain, p where (id <> 2) with (publish = 'insert, update, delete', publish_via_partition_root = true)`,
      older,
    );
    const said = await it.refusal();
    for (const code of ['publication_operations', 'publication_row_filter']) expect(said).toContain(code);
    for (const statement of said.match(/ALTER PUBLICATION "pubs" SET .*?;|BEGIN; .*? COMMIT;/g) ?? []) {
      await it.client.query(statement);
    }
    expect((await it.check()).publication).toEqual({ statements: [], added: [], others: [] });
  });

  test.each([
    [
      'the key in another order',
      'create table t (a int, b int, primary key (a, b)); create unique index i on t (b, a)',
    ],
    ['the key and more', 'create table t (a int primary key, b int not null); create unique index i on t (b, a)'],
  ])('unless the index of its identity has %s', async (_, sql) => {
    await using it = await scene(`${sql}; alter table t replica identity using index i`);
    expect((await it.check()).accepted).toEqual([]);
  });

  test('with a generated column in a key, in an identity, and in FULL', async () => {
    await using it = await scene(`
      create table i (a int primary key, k text generated always as ('x' || a) stored not null, unique (a, k));
      alter table i replica identity using index i_a_k_key;
      create table f (a int primary key, k text generated always as ('x' || a) stored); alter table f replica identity full`);
    for (const tables of ['i', 'f']) {
      const said = await it.refusal({ tables });
      expect(said).toContain('[generated_identity]');
      const statement = statementIn(said, /CREATE PUBLICATION .*;/);
      await it.client.query(`${statement} update ${tables} set a = a`);
      expect((await it.check({ tables })).publication.statements).toEqual([]);
      await it.client.query('drop publication pubs');
    }
    for (const server of [newest, older]) {
      await using key = await scene(
        `create table k (a int, k text generated always as ('x' || a) stored primary key);
         create table p (a int, b int generated always as (a * 2) stored, primary key (a, b)) partition by list (a);
         create table p1 partition of p for values in (1); create table p2 partition of p for values in (2)`,
        server,
      );
      const said = await key.refusal({ accepted: ['generated_identity'] });
      expect(said).toContain('[generated_key]');
      const statements = [...said.matchAll(/ALTER TABLE .*?;/g)].map(([statement]) => statement);
      expect(statements).toHaveLength(2);
      for (const statement of statements) await key.client.query(statement);
      await key.check();
    }
    await using virtual = await scene(`
      create table v (a int primary key, k int generated always as (a + 1) virtual); alter table v replica identity full`);
    const said = await virtual.refusal();
    expect(said).toContain('[generated_identity]');
    await virtual.client.query(
      `${statementIn(said, /ALTER TABLE .*?;/)} create publication p for table v; update v set a = a`,
    );
  });

  test('for types that Debezium cannot read, wherever they are', async () => {
    await using it = await scene(`
      create table plain (id int primary key);
      create schema other; create type other.mood as enum ('a'); create domain other.dmood as other.mood;
      create table other.uses (m other.dmood); create type other.empty as enum ()`);
    const said = await it.refusal();
    expect(said).toContain('other.dmood is a domain over the enum other.mood');
    expect(said).toContain('the enum other.empty has no labels');
    await it.client.query(statementIn(said, /ALTER TABLE other.uses .*? DROP DOMAIN .*?;/));
    await it.client.query(statementIn(said, /DROP TYPE other.empty;/));
    await it.check();
  });

  test.each([
    ['a domain over a domain', `create domain d as mood; create domain a as d; create table uses (m a)`],
    ['domains in an array', `create domain d as mood; create table uses (m d[])`],
    [
      'a domain that is NOT NULL, with a default and a CHECK',
      `create domain d as mood not null default 'a' check (value <> 'b'); create table uses (m d)`,
    ],
    [
      'a domain with odd names',
      `create schema "My s"; create domain "My s"."D" as mood; create table "My s"."Uses" ("M m" "My s"."D")`,
    ],
    [
      'a domain in partitions',
      `create domain d as mood; create table uses (id int, m d) partition by list (id); create table u1 partition of uses for values in (1)`,
    ],
    [
      'a domain over a domain in an array',
      'create domain d as mood; create domain e as d; create table uses (m e[], n e)',
    ],
    ['a domain over an enum without labels', 'create type bare as enum (); create domain d as bare'],
  ])('for %s, over an enum, and the statements that it advises fix it', async (_, sql) => {
    await using it = await scene(
      `create table plain (id int primary key); create type mood as enum ('a', 'b'); ${sql}`,
    );
    const said = await it.refusal({ tables: 'plain' });
    expect(said).toContain('[enum_without_labels]');
    const statements = said.match(/(?:ALTER TABLE|DROP DOMAIN|DROP TYPE) .*?;/g) ?? [];
    for (const statement of new Set(statements)) await it.client.query(statement);
    await it.check({ tables: 'plain' });
  });

  test('for user-defined types with the names of known types, if captured columns use them', async () => {
    await using it = await scene(`
      create schema s; create type s.path as enum ('a'); create type s.money as enum ('b'); create domain s.text as text;
      create type s.box as enum ('c'); create extension hstore; create schema e; create extension citext with schema e;
      create table "date" (id int primary key); create table unused (id int primary key);
      create table t (id int primary key, a s.path, b s.money[], c s.text, d hstore, e e.citext, f date)`);
    const said = await it.refusal();
    expect(said).toContain('[type_named_as_builtin]');
    expect([...said.matchAll(/confuses the type (\S+)/g)].map(([, type]) => type)).toEqual([
      's.path',
      's.money',
      's.text',
    ]);
    for (const [statement] of said.matchAll(/ALTER TYPE .*?;/g)) await it.client.query(statement);
    await it.check();
  });

  test.each([
    ['a composite', 'create type s.interval as (a int)', 's."interval"'],
    ['a range', 'create type s.numrange as range (subtype = int)', 's.numrange'],
    ['a domain over a domain', 'create domain s.plain as int; create domain s.inet as s.plain', 's.inet'],
    ['an enum like a type of an extension', `create type s.geometry as enum ('a')`, 's.geometry'],
    ['an enum with the name that SQL has', `create type s."double precision" as enum ('a')`, 's."double precision"'],
    ['the rows of a table', 'create table s.circle (id int primary key)', 's.circle'],
  ])('for %s that is called like a known one, alone, in arrays and behind a domain', async (_, sql, type) => {
    await using it = await scene(`create schema s; ${sql}; create domain s.behind as ${type}[];
      create table t (id int primary key, v ${type}); create table u (id int primary key, v ${type}[]);
      create table w (id int primary key, v s.behind)`);
    for (const tables of ['t', 'u', 'w']) expect(await it.refusal({ tables })).toContain('[type_named_as_builtin]');
    const said = await it.refusal();
    expect([...said.matchAll(/column v: Debezium confuses the type (.*?) with/g)].map(([, one]) => one)).toEqual(
      ['t', 'u', 'w'].map(() => type),
    );
    await it.client.query(statementIn(said, /ALTER (?:TYPE|TABLE) .*? RENAME TO .*?;/));
    await it.check();
  });

  test('for columns that differ only in case, and for columns that are never sent', async () => {
    await using it = await scene(`
      create table t (id int primary key, v text, "V" text); create table u (id int primary key, spans interval[])`);
    const said = await it.refusal();
    expect(said).toContain('does not distinguish the columns v and "V" [columns_differ_in_case]');
    expect(said).toContain('public.u, column spans: Debezium does not send interval[] [column_not_sent]');
    await it.client.query(statementIn(said, /ALTER TABLE public.u .*?;/));
    await it.client.query('alter table t drop column "V"');
    await it.check();
  });

  test('for rows that a policy hides, and for partitions whose changes are not in the WAL', async () => {
    await using it = await scene(`
      create table t (id int primary key); alter table t enable row level security;
      drop role if exists capturer; create role capturer replication; grant select on t to capturer;
      create publication pubs for table t`);
    await it.client.query('set role capturer');
    expect(await it.refusal()).toContain('ALTER ROLE "capturer" BYPASSRLS;');
    await it.client.query('reset role; alter role capturer bypassrls; set role capturer');
    await it.check();
    await it.client.query('reset role; drop owned by capturer');
    await using parted = await scene(`
      create table p (id int primary key) partition by list (id); create unlogged table p1 partition of p for values in (1)`);
    const said = await parted.refusal();
    expect(said).toContain('[table_unlogged]');
    await parted.client.query(statementIn(said, /ALTER TABLE .*?;/));
    await parted.check();
  });

  test.each<[string, string, string, string]>([
    ['interval', `'infinity'`, `'1 day'`, 'infinite_interval'],
    ['di', `'-infinity'`, `null`, 'infinite_interval'],
    ['interval(3)', `'infinity'`, `'-178000000 years'`, 'infinite_interval'],
    ['interval day to second', `'-infinity'`, `'1 day'`, 'infinite_interval'],
    ['int[]', `'{{1,2},{3,4}}'`, `'{1,NULL}'`, 'array_shape'],
    ['text[][]', `'[0:1]={a,b}'`, `'{}'`, 'array_shape'],
    ['dia', `'{{1}}'`, `'{1}'`, 'array_shape'],
    ['numeric[]', `'{1,NaN}'`, `'{1,NULL}'`, 'array_elements'],
    ['numeric(5,2)[]', `'{NaN}'`, `'{1.5}'`, 'array_elements'],
    ['numeric[]', `'{-Infinity}'`, `'{}'`, 'array_elements'],
    ['mood[]', `'{a,NULL}'`, `'{a}'`, 'array_elements'],
    ['pair[]', `array[row(1,2)::pair, null]`, `array[row(null,null)::pair]`, 'array_elements'],
    ['dtext[]', `'{NULL}'`, `'{x}'`, 'array_elements'],
    ['tsquery[]', `'{NULL}'`, `'{x}'`, 'array_elements'],
    ['time[]', `'{10:00:00.000001}'`, `'{10:00:00.001}'`, 'array_elements'],
    ['timetz[]', `'{10:00+02}'`, `'{10:00+00}'`, 'array_elements'],
    ['timetz', `'10:00+02'`, `'10:00:00.5+00'`, 'timetz_zone'],
    ['date', `'0044-03-15 BC'`, `'infinity'`, 'dates_out_of_range'],
    ['timestamp', `'294270-01-01'`, `'0044-03-15 BC'`, 'dates_out_of_range'],
    ['timestamp[]', `'{0044-03-15 BC}'`, `'{1582-10-04 23:59:59,1582-10-25,infinity}'`, 'dates_out_of_range'],
    ['timestamp(3)[]', `'{1582-10-05}'`, `'{-infinity,0001-01-01}'`, 'dates_out_of_range'],
    ['date[]', `'{0044-03-15 BC}'`, `'{1500-01-01,infinity}'`, 'dates_out_of_range'],
    ['date[]', `'{1582-10-24}'`, `'{1582-10-04,1582-10-25}'`, 'dates_out_of_range'],
    ['timestamptz[]', `'{0044-03-15 BC}'`, `'{1500-01-01 00:00+00,-infinity}'`, 'dates_out_of_range'],
    ['timestamptz[]', `'{1582-10-05 00:00+00}'`, `'{1582-10-04 23:59+00}'`, 'dates_out_of_range'],
    ['bit varying(24)', `'101'`, `'000000000000000000000001'`, 'bit_varying'],
    ['varbit(1)', `''`, `'0'`, 'bit_varying'],
    ['varbit(300)', `repeat('1', 299)::varbit`, `repeat('0', 300)::varbit`, 'bit_varying'],
    ['dv', `'1'`, `'01'`, 'bit_varying'],
    ['ddv', `'0'`, `'10'`, 'bit_varying'],
  ])('for a value of %s that Debezium alters: %s; but not for %s', async (type, bad, good, code) => {
    await using it = await scene(`
      create type mood as enum ('a'); create type pair as (a int, b int); create domain dtext as text;
      create domain di as interval; create domain dia as int[];
      create domain dv as varbit(2); create domain ddv as dv check (value <> b'11');
      create table "T" (a int, "B" text, "the value" ${type}, primary key (a, "B"));
      insert into "T" values (1, 'x', ${good}), (2, 'y', null), (3, 'z', ${bad})`);
    const said = await it.refusal();
    expect(said).toContain(`[${code}]`);
    expect(said).toContain(`public."T", column "the value"`);
    expect(said).toContain(`: 1 row has `);
    expect(said).toContain('(a, "B" = 3, z)');
    const shown = await it.client.query(statementIn(said, /SELECT \* .*?;/));
    expect(shown.rows.map(({ a }) => a)).toEqual([3]);
    const accepted = (await it.check({ accepted: [code as CaptureWish['accepted'][number]] })).accepted;
    expect(accepted.map(({ check }) => check)).toEqual([code]);
    await it.client.query(statementIn(said, /ALTER TABLE .*? TYPE text .*?;/));
    await it.check();
  });

  test.each([
    ['interval', `'infinity'`, 'infinite_interval'],
    ['varbit(3)', `'1'`, 'bit_varying'],
  ])('for a value of %s in a table without a key, in a partition, and as a key', async (type, bad, code) => {
    await using it = await scene(`
      create table bare (v ${type}); alter table bare replica identity full; insert into bare values (${bad});
      create table keyed (v ${type} primary key); insert into keyed values (${bad});
      create table parted (id int, v ${type}, primary key (id)) partition by list (id);
      create table p1 partition of parted for values in (1) partition by list (id);
      create table p1a partition of p1 for values in (1); insert into parted values (1, ${bad})`);
    for (const tables of ['bare', 'keyed', 'parted']) {
      const said = await it.refusal({ tables });
      expect(said).toContain(`[${code}]`);
      expect(said).toContain(`public.${tables}, column v`);
      await it.client.query(statementIn(said, /ALTER TABLE .*? TYPE text .*?;/));
    }
    await it.check();
  });

  test.each(['bit varying', 'dv', 'varbit[]'])('for an unbounded %s even while it is empty', async (type) => {
    await using it = await scene(
      `create domain dv as varbit; create table t (id int primary key, v ${type}); create table u (id int primary key, w varbit(3))`,
    );
    const said = await it.refusal();
    expect(said).toContain(type === 'varbit[]' ? '[column_not_sent]' : '[bit_varying]');
    await it.client.query(statementIn(said, /ALTER TABLE .*?;/));
    // A length tells that shorter values will be parked.
    expect((await it.check()).warnings.join()).toContain(
      'public.u, column w (bit varying(3)): rows with a value of fewer bits',
    );
  });

  test('with all findings in one error, and --accept overrules all of them', async () => {
    await using it = await scene(`
      create table t (v int); create table u (id int primary key, i interval); insert into u values (1, 'infinity')`);
    const said = await it.refusal();
    expect(said).toContain('--accept no_replica_identity,infinite_interval');
    const { accepted } = await it.check({ accepted: ['no_replica_identity', 'infinite_interval'] });
    expect(accepted.map(({ check }) => check)).toEqual(['no_replica_identity', 'infinite_interval']);
    expect(await it.refusal({ accepted: ['infinite_interval'] })).not.toContain('infinite');
  });
});

describe.skipIf(!runs)('a publication', () => {
  test('is created with only the named tables, without their inheritance children', async () => {
    await using it = await scene(`
      create table users (id int primary key); create table "Users" (id int);
      create table parent (id int primary key); create table child () inherits (parent);
      create table "order" (id int primary key)`);
    const { publication } = await it.check({ tables: 'users,parent,order' });
    for (const statement of publication.statements) await it.client.query(statement);
    const { rows } = await it.client.query('select tablename from pg_publication_tables order by 1');
    expect(rows.map(({ tablename }) => tablename)).toEqual(['order', 'parent', 'users']);
    await it.client.query('insert into "Users" values (1); update "Users" set id = 2; update child set id = 2');
  });

  test('gets missing tables, keeps tables of other users, and loses tables that are no longer captured', async () => {
    await using it = await scene(`
      create table a (id int primary key); create table b (id int primary key); create table c (id int primary key);
      create table theirs (id int primary key);
      create publication pubs for table a, b, theirs with (publish_via_partition_root = true)`);
    const wish = { tables: 'a,c', captured: ['public.a', 'public.b', 'public.c'] };
    const { publication, warnings } = await it.check(wish);
    expect(publication.statements).toEqual([
      'ALTER PUBLICATION "pubs" ADD TABLE public.c;',
      'ALTER PUBLICATION "pubs" DROP TABLE public.b;',
    ]);
    expect(warnings.join()).toContain('public.c had left the publication pubs');
    expect(warnings.join()).toContain('also publishes public.theirs');
    for (const statement of publication.statements) await it.client.query(statement);
    expect((await it.check(wish)).publication.statements).toEqual([]);
  });
});

describe.skipIf(!runs)('a warning names unread data', () => {
  const limits = { tableMs: 300, allMs: 60_000, sampleBytes: 1024 ** 3 };

  test('of a table that takes too long, such as one that is locked', async () => {
    await using it = await scene(`
      create table t (id int primary key, i interval); insert into t values (1, 'infinity')`);
    const { tables } = await it.check({ accepted: ['infinite_interval'] });
    await using other = await it.another();
    await other.client.query('begin; lock table t in access exclusive mode');
    const { findings, warnings } = await dataFindings(it.client, tables, 180_000, limits);
    expect(findings).toEqual([]);
    expect(warnings.join()).toContain('public.t was not searched');
    expect((await dataFindings(it.client, tables, 180_000, { ...limits, allMs: 0 })).warnings.join()).toContain(
      'public.t was not searched',
    );
  });

  test('of a large table, of which a part is read', async () => {
    await using it = await scene(`
      create table t (id int primary key, i interval);
      insert into t select n, 'infinity' from generate_series(1, 20000) n`);
    const { tables } = await it.check({ accepted: ['infinite_interval'] });
    const some = { ...limits, tableMs: 10_000, sampleBytes: 200_000 };
    const { findings, warnings } = await dataFindings(it.client, tables, 180_000, some);
    const count = Number(findings[0]?.what.match(/(\d+) rows have/)?.[1]);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(20_000);
    expect(warnings.join()).toMatch(/only \d+ % of public.t were searched/);
  });
});
