/** Proves that what the source's definition of a table allows and the target's does not is never parked. */
import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import type { Batch, Claim } from '../../../../pipeline/batch.ts';
import type { RawRecord, Replicated } from '../../../../pipeline/change.ts';
import type { Written } from '../../../../pipeline/ports.ts';
import { capture } from '../../../../pipeline/stages/capture.ts';
import { parseTransformConfig } from '../../../../pipeline/transform/parse-config.ts';
import { transformer } from '../../../../pipeline/transform/transformer.ts';
import { silent } from '../../../../test/batches.ts';
import { describePostgres, freshDatabase } from '../../../../test/context.ts';
import { databaseOf } from '../../../../test/database-of.ts';
import { freshTarget, sinkOf } from '../../../../test/target.ts';
import { withConnection } from '../../connection/connection.ts';
import { ReplicaRows } from '../replica-rows.ts';
import { Targets } from './targets.ts';

type Row = { readonly [column: string]: unknown };
type Event = {
  readonly table?: string;
  readonly op?: 'c' | 'u' | 'd';
  readonly row: Row;
  readonly fields?: readonly object[];
};

const key = (row: Row): Row => Object.fromEntries(Object.entries(row).slice(0, 1));

function message({ table = 't', op = 'c', row, fields }: Event, offset: number): RawRecord {
  const source = {
    schema: 'public',
    table,
    lsn: offset + 1,
    sequence: `["${offset}","${offset + 1}"]`,
    snapshot: 'false',
    ts_ms: 1,
  };
  const payload = { before: op === 'd' ? row : null, after: op === 'd' ? null : row, op, source };
  const rows = ['before', 'after'].map((field) => ({ field, type: 'struct', optional: true, fields }));
  const schema = {
    type: 'struct',
    fields: [...rows, { field: 'op', type: 'string' }, { field: 'source', type: 'struct', fields: [] }],
  };
  const value = JSON.stringify(fields ? { schema, payload } : payload);
  return {
    offset: String(offset),
    timestamp: '0',
    key: Buffer.from(JSON.stringify(key(row))),
    value: Buffer.from(value),
  };
}

/** A column as Sluice's connectors declare it. */
const field = (name: string, type: string, declared: string, parameters: Row = {}): object => ({
  field: name,
  type,
  optional: name !== 'id',
  parameters: { '__debezium.source.column.type': declared, ...parameters },
});

/** A source and a target, one partition for each table, offered again from where its checkpoint stands. */
async function scene(ddl: string, known: 'catalogue' | 'messages' | 'away' = 'catalogue', rules?: object) {
  const target = await freshTarget();
  const source = await freshDatabase('source');
  const atSource = async (sql: string) =>
    void (await withConnection(databaseOf(source.url), 'test', (one) => one.query(sql)));
  await target.client.query(ddl);
  await atSource(ddl);
  const from = {
    catalogue: { source: databaseOf(source.url) },
    messages: {},
    away: { source: { ...databaseOf(source.url), port: 1 } },
  }[known];
  const warnings: string[] = [];
  const logger = { ...silent, warn: (_: object, message: string) => void warnings.push(message) };
  const targets = new Targets({ ...from, isWanted: () => rules === undefined, clusterId: 'c', logger });
  const rows = new ReplicaRows({ pipeline: 'p', targets, logger: silent, afterResnapshot: 'keep' });
  const sink = sinkOf(target.database, rows);
  const [claim] = await target.claim(0);
  if (!claim) throw new Error('no claim');
  await target.client.query('delete from sluice.checkpoint where partition > 0');
  const events: Event[] = [];
  let next = 0;
  const batch = (one: Claim): Promise<Batch<Replicated>> => {
    const records = events.slice(next).map((event, index) => message(event, next + index));
    const [first, to, read] = [BigInt(next), BigInt(events.length), records.length];
    return firstValueFrom(
      of({
        claim: one,
        from: first,
        to,
        bytes: 0,
        read,
        records,
        filtered: [],
        parked: [],
        mark: null,
        reached: null,
      }).pipe(capture(rules ? { transform: transformer(parseTransformConfig(JSON.stringify(rules), {})) } : {})),
    );
  };
  return {
    /** Warnings about tables. */
    warnings,
    source: atSource,
    target: (sql: string) => target.client.query(sql),
    rows: (sql: string) => target.rows(sql),
    /** Offers these events and those that were not written before. Returns what is held, and asserts that nothing was parked. */
    async offer(...more: readonly Event[]) {
      events.push(...more);
      const written: Written<Replicated> = await sink.write(0, [await batch(claim)]);
      next += written.counts.read;
      const { reason, statements = [], note } = written.held?.get(claim) ?? {};
      return { applied: written.counts.applied, parked: written.counts.parked, reason, statements, note };
    },
    [Symbol.asyncDispose]: async () => {
      await sink.close();
      await target[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    },
  };
}

const fits = { parked: 0, reason: undefined };

type Case = {
  readonly name: string;
  readonly ddl: string;
  readonly before?: Row;
  /** What the source does, and a row that only it takes. */
  readonly change: string;
  readonly row: Row;
  readonly statements: readonly (string | RegExp)[];
};

const cases: readonly Case[] = [
  {
    name: 'a column with a default',
    ddl: 'create table t (id int primary key, a text)',
    change: 'alter table t add vip boolean default false',
    row: { id: 2, a: 'x', vip: true },
    statements: ['ALTER TABLE public.t ADD COLUMN vip boolean DEFAULT false;'],
  },
  {
    name: 'a column that was given the time of its creation',
    ddl: 'create table t (id int primary key, a text)',
    change: 'insert into t values (1); alter table t add at timestamptz not null default now()',
    row: { id: 2, a: 'x', at: '2026-01-01T00:00:00Z' },
    statements: [
      /^ALTER TABLE public.t ADD COLUMN at timestamp with time zone DEFAULT '20[^']+'::timestamp with time zone NOT NULL;$/,
      'ALTER TABLE public.t ALTER COLUMN at SET DEFAULT now();',
    ],
  },
  {
    name: 'a renamed column between others, whose name is a word of SQL',
    ddl: 'create table t (id int primary key, a text, b text)',
    change: 'alter table t rename a to "order"',
    row: { id: 2, order: 'x', b: 'y' },
    statements: ['ALTER TABLE public.t RENAME COLUMN a TO "order";'],
  },
  {
    name: 'a renamed column of the key',
    ddl: 'create table t (id int primary key, a text)',
    change: 'alter table t rename id to ident',
    row: { ident: 2, a: 'x' },
    statements: ['ALTER TABLE public.t RENAME COLUMN id TO ident;'],
  },
  {
    name: 'two columns that were renamed at once',
    ddl: 'create table t (id int primary key, a text, b int)',
    change: 'alter table t rename a to first; alter table t rename b to "Second"',
    row: { id: 2, first: 'x', Second: 3 },
    statements: ['ALTER TABLE public.t RENAME COLUMN a TO first;', 'ALTER TABLE public.t RENAME COLUMN b TO "Second";'],
  },
  {
    name: 'a column that was renamed twice and got another type',
    ddl: 'create table t (id int primary key, a varchar(3), z int)',
    change: 'alter table t rename a to b; alter table t rename b to c; alter table t alter c type text',
    row: { id: 2, c: 'longer', z: 1 },
    statements: ['ALTER TABLE public.t RENAME COLUMN a TO c;', 'ALTER TABLE public.t ALTER COLUMN c TYPE text;'],
  },
  {
    name: 'a renamed column whose neighbour of the same type was dropped',
    ddl: 'create table t (id int primary key, a text, b text, z int)',
    change: 'alter table t drop a; alter table t rename b to c',
    row: { id: 2, c: 'x', z: 1 },
    statements: ['ALTER TABLE public.t RENAME COLUMN b TO c;'],
  },
  {
    name: 'a renamed column of a table with partitions',
    ddl: `create table t (id int primary key, a text) partition by list (id); create table t_rest partition of t default`,
    change: 'alter table t rename a to b',
    row: { id: 2, b: 'x' },
    statements: ['ALTER TABLE public.t RENAME COLUMN a TO b;'],
  },
  {
    name: 'a renamed column that has a CHECK and an index',
    ddl: 'create table t (id int primary key, a int check (a > 0)); create index on t (a)',
    before: { id: 1, a: 1 },
    change: 'alter table t rename a to b',
    row: { id: 2, b: 2 },
    statements: ['ALTER TABLE public.t RENAME COLUMN a TO b;'],
  },
  {
    name: 'a column that came while another of its type was dropped',
    ddl: 'create table t (id int primary key, a text)',
    change: 'alter table t drop a, add b text',
    row: { id: 2, b: 'x' },
    statements: ['ALTER TABLE public.t ADD COLUMN b text;'],
  },
  {
    name: 'a partition with partitions of its own',
    ddl: `create table t (id int, day date, primary key (id, day)) partition by range (day);
      create table t_25 partition of t for values from ('2025-01-01') to ('2026-01-01')`,
    before: { id: 1, day: '2025-03-01' },
    change: `create table t_26 partition of t for values from ('2026-01-01') to ('2027-01-01') partition by hash (id);
      create table t_26_0 partition of t_26 for values with (modulus 1, remainder 0)`,
    row: { id: 2, day: '2026-03-01' },
    statements: [
      `CREATE TABLE public.t_26 PARTITION OF public.t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);`,
      'CREATE TABLE public.t_26_0 PARTITION OF public.t_26 FOR VALUES WITH (modulus 1, remainder 0);',
    ],
  },
  {
    name: 'a label of an enum',
    ddl: `create type st as enum ('new', 'done'); create table t (id int primary key, s st)`,
    change: `alter type st add value 'hold' before 'done'`,
    row: { id: 2, s: 'hold' },
    statements: [`ALTER TYPE public.st ADD VALUE 'hold' BEFORE 'done';`],
  },
  {
    name: 'a label that was renamed, in an array',
    ddl: `create type st as enum ('new', 'done'); create table t (id int primary key, s st[])`,
    change: `alter type st rename value 'done' to 'over'`,
    row: { id: 2, s: '{over}' },
    statements: [`ALTER TYPE public.st RENAME VALUE 'done' TO 'over';`],
  },
  {
    name: 'a longer text',
    ddl: 'create table t (id int primary key, v varchar(3))',
    change: 'alter table t alter v type varchar(20)',
    row: { id: 2, v: 'longer' },
    statements: ['ALTER TABLE public.t ALTER COLUMN v TYPE varchar(20);'],
  },
  {
    name: 'digits, and a larger integer',
    ddl: 'create table t (id int primary key, n numeric(6,2), i int)',
    change: 'alter table t alter n type numeric(10,4), alter i type bigint',
    row: { id: 2, n: '1.2345', i: '3000000000' },
    statements: [
      'ALTER TABLE public.t ALTER COLUMN n TYPE numeric(10,4);',
      'ALTER TABLE public.t ALTER COLUMN i TYPE bigint;',
    ],
  },
  {
    name: 'a larger integer in the key',
    ddl: 'create table t (id int primary key, a text)',
    change: 'alter table t alter id type bigint',
    row: { id: '3000000000', a: 'x' },
    statements: ['ALTER TABLE public.t ALTER COLUMN id TYPE bigint;'],
  },
  {
    name: 'another type',
    ddl: 'create table t (id int primary key, v int, w timestamp(0))',
    change: 'alter table t alter v type text, alter w type timestamp(3)',
    row: { id: 2, v: 'seven', w: '2026-01-01 00:00:00.125' },
    statements: [
      'ALTER TABLE public.t ALTER COLUMN v TYPE text;',
      'ALTER TABLE public.t ALTER COLUMN w TYPE timestamp(3) without time zone;',
    ],
  },
  {
    name: 'null',
    ddl: 'create table t (id int primary key, c text not null)',
    before: { id: 1, c: 'x' },
    change: 'alter table t alter c drop not null',
    row: { id: 2, c: null },
    statements: ['ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL;'],
  },
  {
    name: 'no value for a column that was dropped',
    ddl: 'create table t (id int primary key, c text not null)',
    before: { id: 1, c: 'x' },
    change: 'alter table t drop c',
    row: { id: 2 },
    statements: ['ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL;'],
  },
  {
    name: 'null for an identity that became a plain column',
    ddl: 'create table t (id int primary key, c int generated by default as identity)',
    before: { id: 1, c: 4 },
    change: 'alter table t alter c drop identity, alter c drop not null',
    row: { id: 2, c: null },
    statements: [
      'ALTER TABLE public.t ALTER COLUMN c DROP IDENTITY;',
      'ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL;',
    ],
  },
  {
    name: 'what a CHECK refuses that the source has widened',
    ddl: 'create table t (id int primary key, n int, constraint small check (n < 10))',
    change: 'alter table t drop constraint small, add constraint small check (n < 100)',
    row: { id: 2, n: 50 },
    statements: [
      'ALTER TABLE public.t DROP CONSTRAINT small;',
      'ALTER TABLE public.t ADD CONSTRAINT small CHECK ((n < 100));',
    ],
  },
  {
    name: 'what the CHECK of a domain refuses that the source has dropped',
    ddl: `create domain d as text constraint brief check (length(value) < 5); create table t (id int primary key, v d)`,
    change: 'alter domain d drop constraint brief',
    row: { id: 2, v: 'longer' },
    statements: ['ALTER DOMAIN public.d DROP CONSTRAINT brief;'],
  },
];

describePostgres('a change that only the source accepts', () => {
  test.each(cases)(
    'is held with a statement, and applied after it: $name',
    async ({ ddl, before, change, row, statements }) => {
      await using it = await scene(ddl);
      const first = before ?? { ...Object.fromEntries(Object.keys(row).map((name) => [name, null])), id: 1 };
      const columns = await it.rows(
        `select column_name as name from information_schema.columns where table_name = 't'`,
      );
      const known = Object.fromEntries(
        Object.entries(first).filter(([name]) => columns.some((one) => one.name === name)),
      );
      await it.source(change);
      const offered = await it.offer({ row: known }, { row }, { row: { ...row, [Object.keys(row)[0] ?? '']: 7 } });
      // Everything before it is applied, nothing behind it is.
      expect(offered).toMatchObject({ applied: 1, parked: 0 });
      expect(offered.statements).toEqual(
        statements.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))),
      );
      expect(await it.offer()).toMatchObject({ applied: 0, parked: 0, reason: offered.reason });
      for (const statement of offered.statements) await it.target(statement);
      expect(await it.offer()).toMatchObject({ ...fits, applied: 2 });
      expect(await it.rows('select * from t')).toHaveLength(3);
    },
  );

  test('is held with the statement for a renamed last column beside the one that adds it, where it may be either', async () => {
    await using it = await scene('create table t (id int primary key, a varchar(3))');
    await it.source('alter table t rename a to b; alter table t alter b type text');
    const { statements, note } = await it.offer({ row: { id: 1, a: 'x' } }, { row: { id: 2, b: 'longer' } });
    expect(statements).toEqual(['ALTER TABLE public.t ADD COLUMN b text;']);
    expect(note).toContain('If b was not added but renamed from a');
    await it.target(note?.split('run this instead: ')[1] ?? '');
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    expect(await it.rows('select id, b from t order by id')).toEqual([
      { id: 1, b: 'x' },
      { id: 2, b: 'longer' },
    ]);
  });

  test('is held if only the schema of its message shows the definition of the source', async () => {
    const ddl = `create type st as enum ('a', 'c'); create table t (id int primary key, v varchar(3), s st, n int not null)`;
    await using it = await scene(ddl, 'messages');
    const id = field('id', 'int32', 'INT4');
    const [v, n] = [
      field('v', 'string', 'VARCHAR', { '__debezium.source.column.length': '20' }),
      field('n', 'int32', 'INT4'),
    ];
    const s = field('s', 'string', '"public"."st"', { allowed: 'a,b,c' });
    const next = async (row: Row, fields: readonly object[], ...statements: readonly string[]) => {
      const held = await it.offer({ row, fields });
      expect(held).toMatchObject({ applied: 0, parked: 0 });
      expect(held.statements).toEqual(statements);
      for (const statement of held.statements) await it.target(statement);
      expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    };
    await next(
      { id: 1, v: 'longer', s: 'a', n: 1 },
      [id, v, s, n],
      'ALTER TABLE public.t ALTER COLUMN v TYPE varchar(20);',
    );
    await next({ id: 2, v: 'x', s: 'b', n: 1 }, [id, v, s, n], `ALTER TYPE public.st ADD VALUE 'b' BEFORE 'c';`);
    await next({ id: 3, v: 'x', s: 'a' }, [id, v, s], 'ALTER TABLE public.t ALTER COLUMN n DROP NOT NULL;');
    const w = field('w', 'string', 'VARCHAR', { '__debezium.source.column.length': '20' });
    await next({ id: 4, w: 'x', s: 'a' }, [id, w, s], 'ALTER TABLE public.t RENAME COLUMN v TO w;');
    const z = field('z', 'int64', 'INT8');
    await next({ id: 5, w: 'x', s: 'a', z: 1 }, [id, w, s, z], 'ALTER TABLE public.t ADD COLUMN z int8;');
  });

  test('is held where rules shape a table that its events have made', async () => {
    await using it = await scene('create schema crm', 'catalogue', {
      tables: [{ table: 'public.t', rename: 'crm.people', columns: { mail: { rename: 'address' }, secret: 'drop' } }],
    });
    const fields = [
      field('id', 'int32', 'INT4'),
      field('mail', 'string', 'VARCHAR', { '__debezium.source.column.length': '3' }),
      field('secret', 'string', 'TEXT'),
      field('note', 'string', 'TEXT'),
    ];
    const first = { id: 1, mail: 'm', secret: 's', note: 'n' };
    expect(await it.offer({ row: first, fields })).toMatchObject({ ...fits, applied: 1 });
    expect(it.warnings).toEqual([
      expect.stringContaining('it lacks UNIQUE, CHECK and foreign keys, indexes, identity and other defaults'),
    ]);
    const next = async (row: Row, changed: readonly object[], statement: string) => {
      const held = await it.offer({ row, fields: changed });
      expect(held).toMatchObject({ applied: 0, parked: 0, statements: [statement] });
      await it.target(statement);
      expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    };
    const vip = [...fields, field('vip', 'boolean', 'BOOL')];
    await next({ ...first, id: 2, vip: true }, vip, 'ALTER TABLE crm.people ADD COLUMN vip bool;');
    const wider = vip.with(1, field('mail', 'string', 'VARCHAR', { '__debezium.source.column.length': '20' }));
    await next(
      { ...first, id: 3, mail: 'longer', vip: true },
      wider,
      'ALTER TABLE crm.people ALTER COLUMN address TYPE varchar(20);',
    );
    const remark = wider.with(3, field('remark', 'string', 'TEXT'));
    await next(
      { id: 4, mail: 'm', secret: 's', remark: 'r', vip: true },
      remark,
      'ALTER TABLE crm.people RENAME COLUMN note TO remark;',
    );
    expect(await it.rows('select * from crm.people order by id')).toEqual([
      { id: 1, address: 'm', remark: 'n', vip: null },
      { id: 2, address: 'm', remark: 'n', vip: true },
      { id: 3, address: 'longer', remark: 'n', vip: true },
      { id: 4, address: 'm', remark: 'r', vip: true },
    ]);
  });

  test('is held while a user has renamed, dropped or altered the target table, and applied when it fits again', async () => {
    await using it = await scene('create table t (id int primary key, a text)');
    expect(await it.offer({ row: { id: 1, a: 'x' } })).toMatchObject({ ...fits, applied: 1 });
    await it.target('alter table t rename to former');
    const renamed = await it.offer({ row: { id: 2, a: 'x' } });
    expect(renamed).toMatchObject({ applied: 0, parked: 0, statements: ['ALTER TABLE public.former RENAME TO "t";'] });
    for (const statement of renamed.statements) await it.target(statement);
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    await it.target('alter table t rename a to b');
    const back = await it.offer({ row: { id: 3, a: 'x' } });
    expect(back.statements).toEqual(['ALTER TABLE public.t RENAME COLUMN b TO a;']);
    for (const statement of back.statements) await it.target(statement);
    await it.target('alter table t alter a type varchar(2)');
    const narrowed = await it.offer({ row: { id: 4, a: 'long' } });
    expect(narrowed).toMatchObject({
      applied: 1,
      parked: 0,
      statements: ['ALTER TABLE public.t ALTER COLUMN a TYPE text;'],
    });
    for (const statement of narrowed.statements) await it.target(statement);
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    await it.target('drop table t');
    expect(await it.offer({ row: { id: 5, a: 'x' } })).toMatchObject({ applied: 0, parked: 0, statements: [] });
    expect(await it.rows(`select to_regclass('public.t') as t`)).toEqual([{ t: null }]);
  });

  test('is held if neither side has its table, and others are replicated', async () => {
    await using it = await scene('create table t (id int primary key, a text)');
    const gone = { table: 'gone', row: { id: 1, a: 'x' } };
    const { reason, note, ...offered } = await it.offer({ row: { id: 1, a: 'x' } }, gone);
    expect(reason).toBe('neither the target nor the source has it');
    expect(note).toContain('leave it out with the rules');
    expect(offered).toMatchObject({ applied: 1, parked: 0, statements: [] });
    expect(await it.offer()).toMatchObject({ applied: 0, parked: 0, reason });
    await it.source('create table gone (id int primary key, a text)');
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    expect(await it.rows('select * from gone')).toEqual([{ id: 1, a: 'x' }]);
  });

  test('of a renamed table is applied to a new table, although the former one still has the index names', async () => {
    await using it = await scene(
      'create table t (id int primary key, "E" text unique, n int, exclude using btree (n with =)); create index on t (n); create unique index "Odd one" on t (n)',
    );
    await it.source('alter table t rename to renamed');
    expect(await it.offer({ row: { id: 1 } }, { table: 'renamed', row: { id: 1 } })).toMatchObject({
      ...fits,
      applied: 2,
    });
    const indexes = `select count(*)::int as n from pg_indexes where schemaname = 'public' and tablename = 'renamed'`;
    expect(await it.rows(indexes)).toEqual([{ n: 5 }]);
  });

  test.each([
    ['create view other as select 1 as id', 'public.other is a view in the target', 'drop view other'],
    ['create domain other as text', 'the target refuses a definition of the source', 'drop domain other'],
  ])('is held if the target refuses its table, and others are replicated: %s', async (wrong, why, right) => {
    await using first = await scene('create table t (id int primary key)');
    await using it = await scene('create table t (id int primary key)');
    for (const one of [first, it]) {
      await one.source('create table other (id int primary key)');
      await one.target(wrong);
    }
    const other = { table: 'other', row: { id: 1 } };
    await expect(first.offer(other)).rejects.toThrow(why);
    const { reason, ...offered } = await it.offer({ row: { id: 1 } }, other);
    expect(reason).toContain(why);
    expect(offered).toMatchObject({ applied: 1, parked: 0, statements: [] });
    await it.target(right);
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
  });

  test.each([
    ['numeric(5,2)', 'numeric(7,2)', '12345.25'],
    ['numeric(5,2)[]', 'numeric(7,2)[]', '{12345.25}'],
    ['numeric(3,0)', 'numeric(6,0)', '12345'],
    ['varchar(2)[]', 'varchar(4)[]', '{abc}'],
    ['char(2)', 'char(4)', 'abc'],
    ['bit(2)', 'bit(4)', '1010'],
    ['varbit(2)', 'varbit(4)', '1010'],
  ])('is held if %s became %s, and the message has the new type', async (was, is, value) => {
    await using it = await scene(`create table t (id int primary key, a ${was})`);
    await it.source(`alter table t alter a type ${is}`);
    const [, name = '', length = '', scale] = /^(\w+)\((\d+)(?:,(\d+))?/.exec(is) ?? [];
    const declared = `${is.endsWith('[]') ? '_' : ''}${name.toUpperCase()}`;
    const sizes = {
      '__debezium.source.column.length': length,
      ...(scale === undefined ? {} : { '__debezium.source.column.scale': scale }),
    };
    const fields = [field('id', 'int32', 'INT4'), field('a', 'string', declared, sizes)];
    const offered = await it.offer({ row: { id: 1, a: value }, fields });
    expect(offered).toMatchObject({
      applied: 0,
      parked: 0,
      statements: [expect.stringContaining('ALTER COLUMN a TYPE')],
    });
    for (const statement of offered.statements) await it.target(statement);
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
    expect(await it.rows('select a::text from t')).toEqual([{ a: value }]);
  });

  test('is held if its source does not respond, and others are replicated', async () => {
    await using it = await scene('create table t (id int primary key)', 'away');
    const { reason, ...offered } = await it.offer({ row: { id: 1 } }, { table: 'other', row: { id: 1 } });
    expect(reason).toContain('its source does not respond');
    expect(offered).toMatchObject({ applied: 1, parked: 0, statements: [] });
    await it.target('create table other (id int primary key)');
    expect(await it.offer()).toMatchObject({ ...fits, applied: 1 });
  });

  test('is held if the source has dropped a column of the key', async () => {
    await using it = await scene('create table t (id int, tenant int, a text, primary key (id, tenant))');
    await it.source('alter table t drop tenant, add primary key (id)');
    const { reason, ...offered } = await it.offer({ row: { id: 1, tenant: 1, a: 'x' } }, { row: { id: 2, a: 'x' } });
    expect(reason).toBe('its primary key has "tenant", which the source does not have');
    expect(offered).toMatchObject({ applied: 1, parked: 0, statements: [] });
  });

  test('is a bad record if both definitions refuse it', async () => {
    const ddl = 'create table t (id int primary key, v varchar(3), n int check (n < 10), extra varchar(1))';
    await using it = await scene(ddl);
    await it.source('alter table t alter extra type text');
    const bad: readonly Row[] = [
      { id: 1, v: 'longer' },
      { id: 2, n: 'no' },
      { id: 3, n: 20 },
      { id: 4, v: 'long', extra: 'x' },
    ];
    expect(await it.offer(...bad.map((row) => ({ row })), { row: { id: 5, v: 'x' } })).toMatchObject({
      applied: 1,
      parked: 4,
      reason: undefined,
    });
  });
});
