/** Proves that a table created from a recorded Debezium message equals its source in all that the message carries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { debeziumDecoder } from '../../../formats/debezium/decode.ts';
import type { RowEvent } from '../../../formats/debezium/row-event.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { describePostgres, freshDatabase } from '../../../test/context.ts';
import { sourceTypeOf } from './declared-type.ts';
import { tableFromEvent } from './from-events.ts';
import { makeTable } from './make.ts';
import { readTables } from './read.ts';
import type { CatalogueTable } from './table.ts';
import { type KnownTypes, readTypeNames } from './type-names.ts';

const fixtures = join(import.meta.dirname, '../../../test/fixtures');
const source = ['replication.sql', 'debezium/declared-types.sql']
  .map((file) => readFileSync(join(fixtures, file), 'utf8'))
  .join('\n');

type Line = { readonly topic: string; readonly key: string | null; readonly value: string | null };

/** The first readable event of each recorded topic. */
function events(recording: string): ReadonlyMap<string, RowEvent> {
  const found = new Map<string, RowEvent>();
  for (const text of readFileSync(join(fixtures, 'debezium', `${recording}.jsonl`), 'utf8')
    .trim()
    .split('\n')) {
    const { topic, key, value } = JSON.parse(text) as Line;
    const name = topic.replace('cdc.public.', '');
    // A value that cannot be decoded does not matter for the definition of the table.
    const event = debeziumDecoder()(
      key === null ? null : Buffer.from(key),
      value === null ? null : Buffer.from(value.replace(/"vbits":"[^"]*"/g, '"vbits":null')),
    );
    if (!(event instanceof Rejection) && event.kind === 'row' && !found.has(name)) found.set(name, event);
  }
  return found;
}

const eventOf = (recording: string, table: string): RowEvent => {
  const event = events(recording).get(table);
  if (!event) throw new Error(`no event of ${table}`);
  return event;
};

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** The statements that create types, without those that create tables. */
const typesOnly = source
  .split(/;\n/)
  .map((statement) => statement.replace(/^(?:\s|--.*\n)*/, ''))
  .filter((statement) => /^create (?:type|domain|extension|schema)/.test(statement))
  .join(';\n');

const made = async (client: pg.Client, event: RowEvent): Promise<CatalogueTable> => {
  expect(await makeTable(client, tableFromEvent(event, await readTypeNames(client)))).toBe(true);
  const table = (await readTables(client)).find(({ name }) => name === event.table?.name);
  if (!table) throw new Error(`${event.table?.name} was not made`);
  return table;
};

/** Differences between a table and its source, as `column property: source -> target`. */
function differences(theirs: CatalogueTable | undefined, ours: CatalogueTable): readonly string[] {
  expect(ours.key).toEqual(theirs?.key);
  expect(ours.constraints).toEqual(theirs?.constraints.filter(({ kind }) => kind === 'p'));
  expect(ours.columns.map(({ name }) => name)).toEqual(theirs?.columns.map(({ name }) => name));
  return ours.columns.flatMap((column, at) =>
    Object.entries(theirs?.columns[at] ?? {}).flatMap(([what, value]) => {
      const here = column[what as keyof typeof column];
      // Without an identity there is no sequence either.
      return here === value || what === 'sequence' ? [] : [`${column.name} ${what}: ${value} -> ${here}`];
    }),
  );
}

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** The system types that the tests of this file need. */
const system: KnownTypes = new Map(
  ['int4', 'text', 'timestamptz'].map((name) => [name, [{ schema: 'pg_catalog', name, sql: name }]]),
);

/** Tables whose messages carry everything that is compared. */
const alike = ['countries', 'documents', 'events', 'in_turn', 'measures', 'modified', 'numbers', 'seats', 'small'];

describePostgres('a table made from an event', () => {
  test('has the columns, types, NOT NULL, key and constant defaults of its source', async () => {
    await using from = await freshDatabase('from');
    await using to = await freshDatabase('to');
    await using sourceClient = await open(from.url);
    await using target = await open(to.url);
    await sourceClient.query(source);
    await target.query(typesOnly);
    const theirs = new Map((await readTables(sourceClient)).map((table) => [table.name, table]));
    const found: Record<string, readonly string[]> = {};
    for (const [name, event] of events('declared-types')) {
      found[name] = differences(theirs.get(name), await made(target, event));
    }
    const { constants, ...others } = found;
    expect(others).toEqual({
      ...Object.fromEntries(alike.map((name) => [name, []])),
      customers: [
        'id identity: always -> null',
        'shouted expression: upper(name) -> null',
        'shouted generated: stored -> null',
        'created_at expression: CURRENT_TIMESTAMP -> null',
        'updated_at expression: CURRENT_TIMESTAMP -> null',
        "tags expression: '{}'::text[] -> null",
      ],
      orders: ['paid expression: false -> null', 'reference expression: gen_random_uuid() -> null'],
      dogs: ["id expression: nextval('public.animals_id_seq'::regclass) -> null"],
      tokens: ['Key with "quotes collation: "C" -> null'],
      expressions: expect.arrayContaining([
        'i expression: public.three() -> null',
        'who expression: CURRENT_USER -> null',
        "far expression: 'infinity'::date -> null",
        "big expression: '9007199254740993'::bigint -> null",
        'al identity: always -> null',
      ]),
    });
    // No default is invented: each is the source's, or missing.
    for (const difference of found.expressions ?? []) expect(difference).toMatch(/ -> null$/);
    // Constants may have another spelling, but the same value.
    for (const difference of constants ?? []) expect(difference).toMatch(/^\w+ expression: /);
    for (const client of [sourceClient, target]) await client.query('insert into constants (id) values (2)');
    const rows = 'select c::text as row from constants c where id = 2';
    expect((await target.query(rows)).rows).toEqual((await sourceClient.query(rows)).rows);
  });

  test('gets another name for its primary key where a renamed table still has that name', async () => {
    await using to = await freshDatabase('to');
    await using target = await open(to.url);
    await target.query('create table small (id integer primary key); alter table small rename to former');
    const { constraints, key } = await made(target, eventOf('declared-types', 'small'));
    expect(key).toEqual(['id']);
    expect(constraints).toMatchObject([{ name: 'small_pkey1' }]);
  });

  test('needs a row, and a key whose columns are never null', () => {
    const event = eventOf('declared-types', 'in_turn');
    const refused = (changed: Partial<RowEvent>) => refusalOf(() => tableFromEvent({ ...event, ...changed }, system));
    const small = eventOf('declared-types', 'small');
    expect(refused({ operation: 'truncate', after: null })).toMatchObject({
      message: expect.stringContaining('a truncate'),
    });
    expect(refused({ table: null })).toMatchObject({ message: expect.stringContaining('does not name it') });
    expect(refused({ key: small.key })).toMatchObject({ message: expect.stringContaining('id, which is no column') });
    expect(refused({ after: small.after, key: small.after })).toMatchObject({
      message: expect.stringContaining('name is part of the message key, but may be null'),
    });
  });

  test('declares the types that a narrower column is compared with', () => {
    const { shape } = eventOf('declared-types', 'modified').after ?? {};
    const types = Object.fromEntries((shape?.fields ?? []).map((field) => [field.name, sourceTypeOf(field)]));
    expect(types).toMatchObject({
      ...{
        i2: 'int2',
        f4: 'float4',
        num: 'numeric',
        num2: 'numeric(10,2)',
        neg: 'numeric(3,-2)',
        tiny: 'numeric(3,5)',
      },
      ...{ price: 'money', vc: 'varchar(20)', vcn: 'varchar', ch: 'bpchar(5)', nm: 'name', cc: '"char"', d: 'date' },
      ...{ t: 'time', t3: 'time(3)', ttz3: 'timetz(3)', tstz0: 'timestamptz(0)', iv3: 'interval(3)' },
      ...{ bit1: 'bit(1)', vbits: 'varbit(20)', vbitsn: 'varbit', nums: 'numeric(10,2)[]', vcs: 'varchar(7)[]' },
      ...{ discount: undefined, e: undefined, comp: undefined, h: undefined },
    });
  });

  test('is created once, with its schema, and does not replace an existing relation', async () => {
    await using to = await freshDatabase('to');
    await using target = await open(to.url);
    const event = { ...eventOf('declared-types', 'small'), table: { schema: 'Far away', name: 'sm"all' } };
    const table = tableFromEvent(event, await readTypeNames(target));
    expect(await makeTable(target, table)).toBe(true);
    expect(await makeTable(target, table)).toBe(false);
    await target.query('create view public.small as select 1 as id');
    expect(await makeTable(target, { ...table, qualified: 'public.small', schema: 'public' })).toBe(false);
    expect((await target.query(`select from "Far away"."sm""all"`)).rows).toEqual([]);
  });

  test('gets a user-defined type only where its name is not ambiguous', async () => {
    await using to = await freshDatabase('to');
    await using target = await open(to.url);
    const event = eventOf('declared-types', 'customers');
    const typeOf = async (column: string) => {
      const table = tableFromEvent(event, await readTypeNames(target));
      return table.columns.find(({ name }) => name === column)?.type;
    };
    const refusal = { code: 'type_unknown', advice: expect.stringMatching(/CREATE TYPE.*--source-db/) };
    await expect(typeOf('feeling')).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining(
        'public.customers is missing in the target and cannot be created: its column feeling is of type mood',
      ),
    });
    await target.query(`
      create schema a; create type a.mood as enum ('ok'); create domain a.percentage as numeric;
      create schema b; create type b.mood as enum ('ok')`);
    await expect(typeOf('feeling')).rejects.toMatchObject(refusal);
    await target.query(`create type public."Mood" as enum ('ok')`);
    expect(await typeOf('feeling')).toBe('public."Mood"');
    expect(await typeOf('discount')).toBe('a.percentage');
  });

  test.each([
    ['with-schema', 'small', 'do not tell the type of id'],
    ['without-schema', 'small', 'carry no schema'],
    ['flattened', 'small', 'carry no schema'],
  ])('is refused with advice where messages lack information: %s', async (recording, table, why) => {
    await using to = await freshDatabase('to');
    await using target = await open(to.url);
    const types = await readTypeNames(target);
    const event = { ...eventOf(recording, table), table: { schema: 'public', name: table } };
    expect(refusalOf(() => tableFromEvent(event, types))).toMatchObject({
      code: 'table_unclear',
      message: expect.stringContaining(why),
      advice: expect.stringContaining('--source-db'),
    });
  });
});
