/** Proves how the sequences of a replica follow those of its source, and that those which cannot are named. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../../../../test/context.ts';
import { setSequences, unusedSequences } from './sequences.ts';

async function scene(ddl: string, targetDdl = ddl) {
  const [from, to] = [await freshDatabase('from'), await freshDatabase('to')];
  const [source, target] = [from, to].map(({ url }) => new pg.Client({ connectionString: url })) as [
    pg.Client,
    pg.Client,
  ];
  await source.connect();
  await target.connect();
  await source.query(ddl);
  await target.query(targetDdl);
  return {
    source,
    target,
    states: async (client: pg.Client, ...names: readonly string[]) =>
      Promise.all(
        names.map(async (name) =>
          Object.values((await client.query(`select last_value::text, is_called from ${name}`)).rows[0]),
        ),
      ),
    [Symbol.asyncDispose]: async () => {
      await source.end();
      await target.end();
      await from[Symbol.asyncDispose]();
      await to[Symbol.asyncDispose]();
    },
  };
}

describePostgres('the sequences of a replica', () => {
  test('are found by their columns, independent of their names', async () => {
    await using it = await scene(
      'create table a (id serial primary key); create table b (id bigserial); create table c (id integer)',
      `create sequence own; create table a (id integer default nextval('own') primary key);
       create table b (id bigint generated always as identity (increment 10)); create table c (id serial); create sequence alone`,
    );
    await it.source.query(`select setval('a_id_seq', 7), setval('b_id_seq', 9, false)`);
    const { set, kept, left } = await setSequences(it.source, it.target, [
      'public.a',
      'public.b',
      'public.c',
      'public.gone',
    ]);
    expect({ set, kept }).toEqual({ set: 2, kept: 0 });
    expect(left).toEqual([
      {
        sequence: 'public.c_id_seq',
        why: 'the source has no sequence for its column',
        statement: `SELECT setval('public.c_id_seq', max("id")) FROM public.c;`,
      },
    ]);
    expect(await it.states(it.target, 'own', 'b_id_seq', 'alone')).toEqual([
      ['7', true],
      ['9', false],
      ['1', false],
    ]);
  });

  test('are reported if a value does not fit or a privilege is missing, and the others are set', async () => {
    await using it = await scene(
      'create table a (id bigserial); create table b (id serial); create table c (id serial)',
      'create table a (id bigserial); create table b (id serial); create table c (id serial); alter sequence a_id_seq maxvalue 100',
    );
    await it.source.query(`select setval('a_id_seq', 101), setval('b_id_seq', 5), setval('c_id_seq', 6)`);
    const role = `reader_${Math.random().toString(36).slice(2, 8)}`;
    await it.source.query(
      `create role ${role}; grant select on sequence a_id_seq, c_id_seq to ${role}; set role ${role}`,
    );
    const found = await setSequences(it.source, it.target, ['public.a', 'public.b', 'public.c']);
    await it.source.query(`reset role; drop owned by ${role}; drop role ${role}`);
    expect(found).toMatchObject({ set: 1, kept: 0 });
    expect(found.left.map(({ sequence, why }) => [sequence, why])).toEqual([
      ['public.a_id_seq', expect.stringContaining('out of bounds')],
      ['public.b_id_seq', expect.stringContaining('permission denied')],
    ]);
    expect(await it.states(it.target, 'c_id_seq')).toEqual([['6', true]]);
  });

  test('are set by the returned statements to the values of the rows, without a source', async () => {
    await using it = await scene(`
      create table up (id serial, other bigint); create table down (id integer generated always as identity (increment -1));
      create table "Odd ""one" ("I'd" serial); create table texts (code text default 'A' || nextval('up_id_seq'));
      create table more (n bigint default nextval('up_id_seq')); create table used (id serial); create sequence owned owned by up.other`);
    const { target } = it;
    await target.query(`insert into up (id) values (5), (7); insert into more values (6); insert into down (id) overriding system value values (-4);
      insert into "Odd ""one" values (3); select nextval('used_id_seq')`);
    const names = ['public.texts', 'public.up', 'public.more', 'public.down', 'public."Odd ""one"', 'public.used'];
    const statements = await unusedSequences(target, names);
    expect(statements).toHaveLength(3);
    for (const statement of statements) await target.query(statement);
    expect(await it.states(target, 'up_id_seq', 'down_id_seq', `"Odd ""one_I'd_seq"`, 'used_id_seq')).toEqual([
      ['7', true],
      ['-4', true],
      ['3', true],
      ['1', true],
    ]);
    expect(await unusedSequences(target, names)).toEqual([]);
  });
});
