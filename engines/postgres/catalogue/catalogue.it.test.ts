/** Proves that tables created from a catalogue equal their sources in every property that the catalogue holds. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { PipelineError } from '../../../pipeline/errors.ts';
import { describePostgres, freshDatabase } from '../../../test/context.ts';
import { checkTarget } from './check-target.ts';
import { copyTables } from './copy.ts';
import { readRelations, readTables } from './read.ts';

const fixture = readFileSync(new URL('../../../test/fixtures/replication.sql', import.meta.url), 'utf8');

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

describePostgres('copying tables by their catalogue', () => {
  test('creates equal tables, and a second run creates nothing', async () => {
    await using from = await freshDatabase('from');
    await using to = await freshDatabase('to');
    await using source = await open(from.url);
    await using target = await open(to.url);
    await source.query(fixture);
    const tables = await readTables(source);
    expect(tables.map(({ name }) => name)).toContain('customers');

    expect(await copyTables(source, target, tables)).toEqual(tables.map(({ qualified }) => qualified));
    expect(await readTables(target)).toEqual(tables);
    expect(await copyTables(source, target, tables)).toEqual([]);
  });

  test('does not change existing tables', async () => {
    await using from = await freshDatabase('from');
    await using to = await freshDatabase('to');
    await using source = await open(from.url);
    await using target = await open(to.url);
    await source.query(
      'create table a (id integer primary key); create table b (id integer primary key, a integer references a)',
    );
    await target.query('create table a (id bigint primary key, more text)');
    expect(await copyTables(source, target, await readTables(source))).toEqual(['public.b']);
    const [a, b] = await readTables(target);
    expect(a?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'bigint'],
      ['more', 'text'],
    ]);
    expect(b).toMatchObject({ name: 'b', key: ['id'] });
  });

  test('reads domains, deferrable keys, inheritance, rules and triggers', async () => {
    await using database = await freshDatabase('tables');
    await using client = await open(database.url);
    await client.query(`
      create domain two as numeric(12, 2);
      create domain cents as two check (value > 0);
      create table late (id integer primary key deferrable, price cents, prices two[], plain numeric(3, 1));
      create table parent (id integer primary key);
      create table child () inherits (parent);
      create table root (id integer) partition by list (id);
      create table leaf partition of root default;
      create function nothing() returns trigger language plpgsql as 'begin return null; end';
      create trigger b after insert on parent for each row execute function nothing();
      create trigger "A" after insert on parent for each row execute function nothing();
      alter table parent disable trigger b, enable replica trigger "A"`);
    const tables = new Map((await readTables(client)).map((table) => [table.name, table]));
    expect(tables.get('late')).toMatchObject({
      relkind: 'r',
      key: ['id'],
      deferrableKey: true,
      hasChildren: false,
      triggers: [],
    });
    expect(tables.get('late')?.columns.map(({ type, baseType }) => [type, baseType])).toEqual([
      ['integer', 'integer'],
      ['public.cents', 'numeric(12,2)'],
      ['public.two[]', 'public.two[]'],
      ['numeric(3,1)', 'numeric(3,1)'],
    ]);
    expect(tables.get('parent')).toMatchObject({
      deferrableKey: false,
      hasChildren: true,
      triggers: [
        { name: 'A', fires: 'replica' },
        { name: 'b', fires: 'never' },
      ],
    });
    expect(tables.get('child')).toMatchObject({ hasChildren: false, inherits: ['public.parent'] });
    expect(tables.get('root')).toMatchObject({ relkind: 'p', hasChildren: false });
  });
});

describePostgres('checking a relation of the target', () => {
  test('refuses views, foreign tables, partitions and tables with rules (rules 21 and 30)', async () => {
    await using database = await freshDatabase('tables');
    await using client = await open(database.url);
    await client.query(`
      create table ok (id integer primary key);
      create view v as select 1 as id;
      create materialized view m as select 1 as id;
      create foreign data wrapper nowhere;
      create server there foreign data wrapper nowhere;
      create foreign table f (id integer) server there;
      create table root (id integer) partition by list (id);
      create table leaf partition of root default;
      create schema "Odd one";
      create table "Odd one"."Ru""les" (id integer);
      create rule "Not ""this" as on insert to "Odd one"."Ru""les" do instead nothing;
      create rule b as on update to "Odd one"."Ru""les" do also nothing`);
    const found = new Map((await readRelations(client)).map((table) => [table.name, table]));
    const checked = (name: string) => {
      const table = found.get(name);
      if (!table) throw new Error(`no ${name}`);
      return () => checkTarget(table);
    };
    expect((await readTables(client)).map(({ name }) => name)).toEqual(['Ru"les', 'leaf', 'ok', 'root']);
    expect(checked('ok')).not.toThrow();
    expect(checked('root')).not.toThrow();
    expect(checked('v')).toThrow('public.v is a view in the target');
    expect(checked('m')).toThrow('public.m is a materialized view in the target');
    expect(checked('f')).toThrow('public.f is a foreign table in the target');
    expect(checked('leaf')).toThrow('public.leaf is a partition of public.root in the target');
    expect(checked('Ru"les')).toThrow('has rules');
    const advice = await Promise.resolve()
      .then(checked('Ru"les'))
      .catch((error: PipelineError) => error.advice);
    const drops = /DROP RULE.*/.exec(String(advice))?.[0] ?? '';
    expect(drops).toBe(`DROP RULE "Not ""this" ON "Odd one"."Ru""les"; DROP RULE "b" ON "Odd one"."Ru""les";`);
    await client.query(drops);
    const [cured] = await readRelations(client, ['Odd one']);
    expect(cured?.rules).toEqual([]);
  });
});
