/**
 * Ambiguous values in messages from a real Debezium, replicated. They are exact where the connector or the source's catalogue resolves
 * the ambiguity, otherwise only these records are parked. Kafka Connect runs in a time zone that skips hours.
 */
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sluice, until } from '../sluice.ts';
import { type ReplicationStack, replicationStack, type Scene } from './scene.ts';

const types = `
  create extension hstore;
  create type pair as (a int, b text);
  create type told as (n int, j json);
  create domain raw as bytea;
  create domain path_of as jsonpath;
  create domain three as bit(3);
  create domain flag as bit(1);
  create domain tags as hstore;
  create domain own_pair as pair;
  create domain deeper as raw;
  create domain doc as jsonb;
  create domain "Odd Raw" as bytea;
  create schema other;
  create type other.pair as (a text, b text);
  create domain other.raw as bytea;
  create type mood as enum ('x', 'y');`;

const wide = [
  'text',
  'jsonb',
  'bytea',
  'varchar',
  'text[]',
  'int[]',
  'bigint[]',
  'uuid[]',
  'date[]',
  'bytea[]',
  'hstore',
];
const holding: Readonly<Record<string, string>> = {
  text: `repeat(md5(random()::text), 400)`,
  varchar: `repeat(md5(random()::text), 400)`,
  jsonb: `to_jsonb(array(select md5(random()::text) from generate_series(1, 300)))`,
  bytea: `convert_to(string_agg(md5(random()::text), ''), 'UTF8')`,
  'text[]': `array_agg(md5(random()::text))`,
  'int[]': `array_agg((random() * 1e9)::int)`,
  'bigint[]': `array_agg((random() * 1e15)::bigint)`,
  'uuid[]': `array_agg(gen_random_uuid())`,
  'date[]': `array_agg(date '2000-01-01' + (random() * 9000)::int)`,
  'bytea[]': `array_agg(convert_to(md5(random()::text), 'UTF8'))`,
  hstore: `hstore(array_agg(md5(random()::text)), array_agg(md5(random()::text)))`,
};

/** Columns whose untouched large values Debezium does not distinguish from null. */
const unclear = [
  'float8[]',
  'real[]',
  'numeric(12,2)[]',
  'boolean[]',
  'smallint[]',
  'time(3)[]',
  'timestamp[]',
  'timestamptz[]',
  'inet[]',
  'mood[]',
  'int4range[]',
  'bit(200)',
  'bit varying(300)',
  'hstore[]',
  'pair[]',
  'three[]',
  'macaddr[]',
  'interval',
];

const tables = `
  create table nulls (id int primary key, v int, ${unclear.map((type, i) => `c${i} ${type}`).join(', ')});
  create table nulls_full (like nulls including all); alter table nulls_full replica identity full;
  create table words (id int primary key, v text, b bytea, a text[], j jsonb, h hstore, u uuid[], n int);
  create table large (id int primary key, v int, ${wide.map((type, i) => `c${i} ${type}`).join(', ')});
  create table own (id int primary key, v int, c pair, b raw, j path_of, t three, f flag, h tags, d own_pair, e deeper, k doc,
    o "Odd Raw", oc other.pair, ob other.raw, ca pair[], ba raw[], ja path_of[], ta three[], p jsonpath, l line, tq tsquery);
  create table zoned (id int primary key, t timestamp[], s timestamp(3)[], z timestamptz[], d date[], c time(3)[], one timestamp);
  create table keyless (p jsonpath, s pg_snapshot, c told, x xml, i int4range, m mood, n numeric, f float8, t timestamp);
  alter table keyless replica identity full;`;

const rowOf = (id: number, text: string): string => `
  insert into own values (${id}, 0, row(1, '${text}'), '\\x5c41${'00'.repeat(id)}', '$."a\\\\b"', b'010', b'0', 'q=>NULL, "=>"=>"\\\\"',
    row(2, '${text}'), '\\x5c5c', '{"a": "=>"}', '\\x5c42', row('${text}', ''), '\\xff5c', array[row(1, '${text}')::pair],
    array['\\x5c'::raw], array['$."a\\\\b"'::path_of], array[b'001'::three], '$."c\\\\d"', '{1,-1,0}', '''a\\\\b'' & c');
  insert into words values (${id}, '${text}', '\\x01', '{a}', '{}', 'a=>b', array[gen_random_uuid()], 0);
  insert into nulls (id, v) values (${id}, 0);
  insert into nulls (id, v, c0, c2, c3, c9, c11) values (${id + 100}, 0, '{1,NULL,3}', '{1.50}', '{t,NULL}', '{x}', repeat('10', 100)::bit(200));
  insert into nulls_full select * from nulls where id % 100 = ${id};
  insert into large select ${id}, 0, ${wide.map((type) => holding[type]).join(', ')} from generate_series(1, 600);
  insert into zoned values (${id}, '{2024-03-10 02:30,2024-11-03 01:30,1883-11-18 12:00,1500-01-01 12:00,0001-01-01,infinity,-infinity}',
    '{2024-03-10 02:30:00.123}', '{2024-03-10 02:30+00,1582-10-04 00:00+00,1500-01-01 12:00+00}', '{2024-03-10,1582-10-04,1500-01-01,infinity}',
    '{02:30:00.5,00:00,23:59:59.999}', '2024-03-10 02:30');
  insert into keyless values ('$.a', '10:20:10,14,15', row(${id}, '{"a":1}'), '<a/>', '[1,2)', 'x', 1.50, 'NaN', '2024-03-10 02:30'),
    ('$.a', '10:20:10,14,15', row(${id}, '{"a": 1}'), '<a/>', '[1,2)', 'x', 1.5, 'NaN', '2024-03-10 02:30');`;

const word = '__debezium_unavailable_value';
const changes = `
  update nulls set v = 1; update nulls set c0 = null, c11 = null, c9 = null; update nulls_full set v = 1;
  update nulls_full set c0 = null, c3 = null where id > 100;
  update words set v = '${word}', b = '${word}', a = '{${word}}', j = '"${word}"', h = '${word}=>${word}',
    u = array['51cf73ea-ad8a-3a2f-8f4d-9ba0a3b9ad0e'::uuid] where id = 1;
  update words set n = 1;
  update large set v = 1; update large set id = id + 1000 where id = 1; update large set v = 2, c0 = 'short';
  update own set v = 1; update own set t = b'001', f = b'1', b = '\\x5c', c = row(3, 'z\\');
  update zoned set one = '1500-01-01 12:00';
  update keyless set n = 2.50 where n::text = '1.50'; delete from keyless where (c).j::text = '{"a": 1}' and (c).n = 1;`;

const config = async (it: Scene): Promise<Record<string, string>> => {
  const answer = await fetch(`${it.env.KAFKA_CONNECT_URL}/connectors/${it.name}/config`);
  return (await answer.json()) as Record<string, string>;
};

/** Waits until this number of records is parked, and stops the replication. */
async function parked(it: Scene, count: number, env: Readonly<Record<string, string>> = {}) {
  const deadLetters = async () =>
    (await it.target.query('select count(*)::integer as n from sluice.dead_letter')).rows[0]?.n;
  await until(
    async () => {
      const { code, stderr } = await sluice(['replicate', '--until-caught-up', '--breaker', 'off'], {
        env: { ...it.env, ...env },
      });
      // Missing rows may give any verdict, but not a usage error.
      expect({ code, stderr }).not.toEndWith(2);
      return (await deadLetters()) >= count;
    },
    `${count} records are parked`,
    120_000,
  );
  const { rows } = await it.target.query<{ topic: string; code: string; reason: string }>(
    'select topic, code, reason from sluice.dead_letter order by topic, "offset"',
  );
  return rows.map(({ topic, code, reason }) => [topic.split('.').at(-1), code, reason] as const);
}

describe.skipIf(inject('kafka') === null)('values of a replica', () => {
  let stack: ReplicationStack;
  beforeAll(async () => {
    const { TZ } = process.env;
    process.env.TZ = 'America/New_York';
    try {
      stack = await replicationStack(null);
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  }, 300_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test.each(['on', 'off'])('are exact with schemas %s, whatever they look like', async (schemas) => {
    await using it = await stack.scene();
    await it.source.query(types + tables);
    await it.source.query(rowOf(1, 'a \\ b'));
    await it.target.query('create extension hstore');
    await it.connect('--tables', 'public.*', '--schemas', schemas);
    await it.snapshotTaken();
    const before = await config(it);
    await it.source.query(rowOf(2, 'c\\d'));
    await it.source.query(changes);
    await it.equal(it.replicate());
    // The connector keeps its placeholder when it is changed, because earlier messages are still read.
    await it.connect('--tables', 'public.*', '--schemas', schemas, '--heartbeat', '5');
    expect((await config(it))['unavailable.value.placeholder']).toBe(before['unavailable.value.placeholder']);
  });

  test("are exact in events that a user's transformation has flattened", async () => {
    await using it = await stack.scene();
    const file = join(tmpdir(), `${it.name}.json`);
    await writeFile(
      file,
      JSON.stringify({
        transforms: 'unwrap',
        'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
        'transforms.unwrap.add.fields':
          'op,source.schema,source.table,source.lsn,source.sequence,source.snapshot,source.ts_ms',
        'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
      }),
    );
    try {
      await it.source.query(`create table t (id int primary key, v text, f float8[], n int);
        insert into t values (1, 'x', null, 0), (2, repeat('large', 100000), '{1}', 0)`);
      await it.connect('--tables', 'public.t', '--settings', file);
      await it.snapshotTaken();
      await it.source.query(
        `alter table t alter v set storage external; update t set n = 1; update t set v = '${word}' where id = 1`,
      );
      await it.equal(it.replicate());
    } finally {
      await rm(file);
    }
  });

  test('are parked alone if they stay ambiguous, with advice', async () => {
    await using it = await stack.scene();
    await it.source.query(types);
    await it.source.query(`
      create table audit (id int primary key, what regclass, kind regtype); create table secret (id int primary key);
      create type hidden as (a int);
      create table own (id int primary key, c pair, b raw, t three, h tags);
      create table dims (id int primary key, i int[], f numeric[], s timestamp[]);
      create table narrow (id int primary key, n numeric(10,4));
      insert into audit values (1, 'audit', 'int'), (2, 'secret', 'int'), (3, 'audit', 'hidden'), (4, null, null);
      insert into own values (1, row(1, 'plain'), 'plain', b'111', 'a=>b'), (2, row(1, 'a\\b'), 'plain', b'111', null),
        (3, null, '\\x615c62', null, null), (4, null, null, b'011', null);
      insert into narrow values (1, 1.25), (2, 1.2345)`);
    await it.target.query(`${types} create table audit (id int primary key, what regclass, kind regtype);
      create table own (id int primary key, c pair, b raw, t three, h text);
      create table dims (id int primary key, i int[], f numeric[], s timestamp[]);
      create table narrow (id int primary key, n numeric(6,2))`);
    await it.connect('--tables', 'public.audit,public.own,public.dims,public.narrow');
    await it.snapshotTaken();
    // `create` checks rows that exist before.
    await it.source.query(`
      insert into dims values (1, '{1}', null, '{2024-01-01}'), (2, '{{1,2},{3,4}}', null, null), (3, null, '{{1.5}}', null),
        (4, null, null, '{1582-10-20}')`);
    const deadLetters = await parked(it, 8, { SOURCE_URL: '' });
    expect(deadLetters).toEqual([
      ['audit', 'refused_by_database', 'relation "secret" does not exist, SQLSTATE 42P01'],
      ['audit', 'refused_by_database', 'type "hidden" does not exist, SQLSTATE 42704'],
      ['dims', 'not_carried', expect.stringContaining('i: an array of NULLs alone, or one of several dimensions?')],
      ['dims', 'not_carried', expect.stringContaining('f: an array of NULLs alone')],
      ['dims', 'not_carried', expect.stringContaining('two days of October 1582')],
      ['own', 'not_carried', expect.stringMatching(/^c: .*--source-db/)],
      ['own', 'not_carried', expect.stringMatching(/^b: .*--source-db/)],
      ['own', 'not_carried', expect.stringMatching(/^t: .*--source-db/)],
    ]);
    const rows = async (table: string) =>
      (await it.target.query(`select id from ${table} order by id`)).rows.map(({ id }) => id);
    expect([await rows('audit'), await rows('own'), await rows('dims'), await rows('narrow')]).toEqual([
      [1, 4],
      [1],
      [1],
      [1],
    ]);
  });

  test('that Debezium cannot carry end the connector, and it continues when the advice is followed', async () => {
    await using it = await stack.scene();
    const file = join(tmpdir(), `${it.name}.json`);
    await it.source.query(
      `create table t (id int primary key, n numeric[], v text); insert into t values (1, '{1}', 'a')`,
    );
    await it.connect('--tables', 'public.t');
    await it.snapshotTaken();
    await it.source.query(`insert into t values (2, '{NaN}', 'b'), (3, '{2}', 'c')`);
    const status = async () => (await it.connector('status')).stdout;
    await until(async () => /: failed/.test(await status()), 'the connector has failed', 60_000);
    const [, settings = ''] = /--settings FILE` with (\{.*?\})/.exec(await status()) ?? [];
    expect(JSON.parse(settings)).toEqual({ 'column.exclude.list': 'public.t.n' });
    expect(await status()).not.toContain('REPLICA IDENTITY FULL');
    try {
      await writeFile(file, settings);
      // It may still see the previous task.
      await it.create('--tables', 'public.t', '--settings', file);
      await until(async () => /: running/.test(await status()), 'it runs', 60_000);
      await it.source.query(`update t set v = 'd' where id = 1`);
      const running = it.replicate();
      const rows = async () =>
        (await it.target.query('select id, v from t order by id').catch(() => ({ rows: [] }))).rows;
      await until(async () => JSON.stringify(await rows()).includes('"d"'), 'the last change is applied', 120_000);
      expect(await rows()).toEqual([1, 2, 3].map((id) => ({ id, v: ['d', 'b', 'c'][id - 1] })));
      expect(running.said()).not.toContain('not_carried');
    } finally {
      await rm(file, { force: true });
    }
  });

  test('stay ambiguous with a foreign connector, until the old row is sent', async () => {
    await using it = await stack.scene();
    await it.source.query(
      'create table t (id int primary key, v int, f float8[], b boolean[]); insert into t values (1, null, null, null)',
    );
    await it.connect('--tables', 'public.t');
    const { transforms: _, 'unavailable.value.placeholder': __, ...foreign } = await config(it);
    await fetch(`${it.env.KAFKA_CONNECT_URL}/connectors/${it.name}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...foreign, 'event.converting.failure.handling.mode': 'warn' }),
    });
    await it.snapshotTaken();
    await until(
      async () => (await config(it))['event.converting.failure.handling.mode'] === 'warn',
      'it is changed',
      30_000,
    );
    await it.source.query('insert into t values (2, null, null, null); update t set v = 1 where id = 1');
    const deadLetters = await parked(it, 1);
    expect(deadLetters).toEqual([
      ['t', 'not_carried', expect.stringMatching(/^f: a null, or .*REPLICA IDENTITY FULL/)],
    ]);
    await it.source.query('alter table t replica identity full; update t set v = 2');
    const value = async () => (await it.target.query('select id, v, f, b from t order by id')).rows;
    await until(
      async () => {
        await parked(it, 1);
        return (await value())[0]?.v === 2;
      },
      'the update is applied',
      60_000,
    );
    expect(await value()).toEqual([1, 2].map((id) => ({ id, v: 2, f: null, b: null })));
    expect(await parked(it, 1)).toHaveLength(1);
  });
});
