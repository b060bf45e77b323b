/** Proves that what gets past a replica's sessions is found when it has caught up, on each version (rule 21). */
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { describePostgres, freshDatabase } from '../../../../test/context.ts';
import { type ExtraPostgres, extraPostgres } from '../../../../test/extra-postgres.ts';
import { migrate } from '../../schema/migrate.ts';
import { checkConstraints } from './check.ts';
import { disableConstraints } from './disable.ts';
import { setReplicaRole } from './replica-session.ts';
import { restoreConstraints } from './restore.ts';

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** The oldest that is supported. */
let oldest: ExtraPostgres;
const runs = inject('databaseUrl') !== null;
beforeAll(async () => {
  if (runs) oldest = await extraPostgres({ major: 15 });
});
afterAll(() => oldest?.[Symbol.asyncDispose]());

/** On the PostgreSQL of the run, or on the oldest. */
async function database(major: 'newest' | 15): Promise<{ readonly client: pg.Client } & AsyncDisposable> {
  const fresh = await freshDatabase('check', ...(major === 'newest' ? [] : [oldest.url]));
  const client = await open(fresh.url);
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

const schema = `
  create extension btree_gist;
  create schema "Far away";
  create table parents (a integer, b text, primary key (a, b));
  create table children (a bigint, b varchar(9), foreign key (a, b) references parents);
  create table fulls (a integer, b text, foreign key (a, b) references parents match full);
  create table "Far away"."Odd ""name" ("the id" integer, mine integer, unique ("the id"));
  alter table "Far away"."Odd ""name" add constraint "it's me" foreign key (mine) references "Far away"."Odd ""name" ("the id");
  create table roots (id integer, at date, primary key (id, at)) partition by range (at);
  create table roots_1 partition of roots for values from ('2024-01-01') to ('2025-01-01');
  create table roots_2 partition of roots default;
  create table leaves (id integer, at date, foreign key (id, at) references roots) partition by hash (id);
  create table leaves_0 partition of leaves for values with (modulus 2, remainder 0);
  create table leaves_1 partition of leaves for values with (modulus 2, remainder 1);
  create table owners (id integer primary key);
  create table animals (id integer primary key, owner integer references owners);
  create table dogs (breed text) inherits (animals);
  create table legacy (id integer);
  alter table legacy add foreign key (id) references owners not valid;

  create table swaps (id integer primary key deferrable, place text unique deferrable initially deferred, grade text,
    constraint graded unique nulls not distinct (grade) deferrable);
  create table shifts (id integer, at date, constraint one unique (id, at) deferrable) partition by list (id);
  create table shifts_1 partition of shifts for values in (1);
  create table shifts_2 partition of shifts default;
  create table rooms (room integer, during int4range, free boolean,
    constraint taken exclude using gist (room with =, (during * int4range(0, 100)) with &&) where (not free) deferrable);
  create table immediate (id integer, low text, here boolean, unique (id));
  create unique index on immediate (lower(low)) where here;
`;

const rows = `
  insert into parents values (1, 'x');
  insert into children values (1, 'x'), (1, null), (null, null), (1, 'y'), (1, 'y'), (3, 'z'), (4, 'z'), (5, 'z');
  insert into fulls values (1, 'x'), (null, null), (1, null), (2, 'x');
  insert into "Far away"."Odd ""name" values (1, 1), (2, 7);
  insert into roots values (1, '2024-05-05'), (2, '2030-01-01');
  insert into leaves values (1, '2024-05-05'), (2, '2030-01-01'), (3, '2024-05-05');
  insert into owners values (1);
  insert into animals values (1, 1), (2, 5);
  insert into dogs values (3, 6, 'not meant: a child has no foreign key');
  insert into legacy values (9);
  insert into swaps values (1, 'a', 'x'), (2, 'a', null), (2, null, null), (3, null, 'y');
  insert into shifts values (1, '2024-01-01'), (1, '2024-01-01'), (1, '2024-01-01'), (2, '2024-01-01'), (2, null), (2, null);
  insert into rooms values (1, '[1,9)', false), (1, '[5,7)', false), (1, '[5,7)', true), (1, null, false), (2, '[5,7)', false),
    (1, '[100,200)', false), (1, '[100,200)', false);
`;

const tables = [
  ...[
    'parents',
    'children',
    'fulls',
    'roots',
    'leaves',
    'owners',
    'animals',
    'dogs',
    'legacy',
    'swaps',
    'shifts',
    'rooms',
  ],
  ...['immediate'],
]
  .map((name) => `public.${name}`)
  .concat('"Far away"."Odd ""name"');

describePostgres('the constraints of a replica', () => {
  test.each(['newest', 15] as const)(
    'that its sessions skip are checked afterwards on PostgreSQL %s (rule 21)',
    async (major) => {
      await using there = await database(major);
      const { client } = there;
      await client.query(schema);
      expect(await checkConstraints(client, tables)).toEqual([]);
      expect(await setReplicaRole(client)).toBe(true);
      await client.query(rows);
      const found = await checkConstraints(client, tables, { timeoutMs: 10_000 });
      const key = (table: string, constraint: string, count: number, ...examples: string[]) => ({
        table,
        constraint,
        count,
        examples,
      });
      expect(found).toEqual([
        key('"Far away"."Odd ""name"', "it's me", 1, '(7)'),
        key('public.animals', 'animals_owner_fkey', 1, '(5)'),
        key('public.children', 'children_a_b_fkey', 5, '(1,y)', '(3,z)', '(4,z)'),
        key('public.fulls', 'fulls_a_b_fkey', 2, '(1,)', '(2,x)'),
        key('public.leaves', 'leaves_id_at_fkey', 1, '(3,2024-05-05)'),
        key('public.rooms', 'taken', 1, '(1,"[5,7)")'),
        key('public.shifts', 'one', 2, '(1,2024-01-01)'),
        key('public.swaps', 'graded', 1, '()'),
        key('public.swaps', 'swaps_pkey', 1, '(2)'),
        key('public.swaps', 'swaps_place_key', 1, '(a)'),
      ]);
    },
  );

  test.each(['newest', 15] as const)(
    'that are not deferrable are also enforced in replica sessions on PostgreSQL %s',
    async (major) => {
      await using there = await database(major);
      const { client } = there;
      await client.query(schema);
      await setReplicaRole(client);
      await client.query(`insert into immediate values (1, 'a', true), (2, 'A', false)`);
      await expect(client.query(`insert into immediate values (1, 'b', true)`)).rejects.toMatchObject({
        code: '23505',
      });
      await expect(client.query(`insert into immediate values (3, 'A', true)`)).rejects.toMatchObject({
        code: '23505',
      });
      await expect(client.query('insert into parents values (1, null)')).rejects.toMatchObject({ code: '23502' });
    },
  );

  test.each(['newest', 15] as const)(
    'are restored on partitioned tables, or reported as violated, on PostgreSQL %s (rule 21)',
    async (major) => {
      await using there = await database(major);
      const { client } = there;
      await migrate(client);
      await client.query(schema);
      await disableConstraints(client, 'p', ['public.roots', 'public.leaves']);
      await client.query(`insert into leaves values (1, '2024-05-05')`);
      const { rows } = await client.query(`select current_setting('server_version_num')::integer < 180000 as old`);
      const old = rows[0]?.old;
      const violation = { table: 'public.leaves', constraint: 'leaves_id_at_fkey', count: 1 };
      expect(await restoreConstraints(client, 'p')).toEqual([
        { ...violation, examples: [old ? '(1, 2024-05-05)' : '(1,2024-05-05)'] },
      ]);
      await client.query(`insert into leaves values (2, '2024-05-05')`);
      await client.query(`insert into roots values (1, '2024-05-05'), (2, '2024-05-05')`);
      expect(await restoreConstraints(client, 'p')).toEqual([]);
      await expect(client.query(`insert into leaves values (4, '2024-05-05')`)).rejects.toMatchObject({
        code: '23503',
      });
    },
  );

  test('with periods are violated by rows whose period the referenced rows do not cover', async () => {
    await using there = await database('newest');
    const { client } = there;
    await client.query(`
      create extension btree_gist;
      create table rates (id integer, during daterange,
        constraint no_overlap primary key (id, during without overlaps) deferrable);
      create table plain (id integer, during daterange, primary key (id, during without overlaps));
      create table sales (id integer, during daterange,
        constraint covered foreign key (id, period during) references plain (id, period during));`);
    await setReplicaRole(client);
    await client.query(`
      insert into plain values (1, '[2024-01-01,2024-02-01)'), (1, '[2024-02-01,2024-03-01)');
      insert into sales values (1, '[2024-01-05,2024-02-20)'), (1, '[2024-01-05,2024-04-01)'), (2, '[2024-01-05,2024-02-20)'), (null, null);
      insert into rates values (1, '[2024-01-01,2024-02-01)'), (1, '[2024-01-20,2024-03-01)')`);
    expect(await checkConstraints(client, ['public.rates', 'public.sales'])).toMatchObject([
      { constraint: 'covered', count: 2, examples: ['(1,"[2024-01-05,2024-04-01)")', '(2,"[2024-01-05,2024-02-20)")'] },
      { constraint: 'no_overlap', count: 1 },
    ]);
  });

  test('are not checked for longer than the timeout', async () => {
    await using there = await database('newest');
    const { client } = there;
    await client.query(`
      create table slow (id integer constraint late unique deferrable);
      insert into slow select generate_series(1, 300000)`);
    await expect(checkConstraints(client, ['public.slow'], { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'check_too_long',
      message: expect.stringContaining('late'),
    });
    expect(await checkConstraints(client, ['public.slow'])).toEqual([]);
  });
});
