/** Proves that a test gets a database in its initial state, whatever an earlier test has done to it. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { describePostgres, freshDatabase } from './context.ts';

describePostgres('the databases of a file', () => {
  const query = async (url: string, sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  /** Applies `change` to a database. Returns the content of the next database, and whether it is the same one. */
  async function after(change: string): Promise<{ readonly reused: boolean; readonly holds: unknown }> {
    const prepare = (client: pg.Client) =>
      client.query(
        'create schema s; create table s.t (id serial, name text); create table made (x int); insert into made values (1)',
      );
    // The OID identifies a database even after it was renamed.
    const number = async (url: string) =>
      (await query(url, 'select oid from pg_database where datname = current_database()'))[0].oid;
    let first: unknown;
    {
      await using one = await freshDatabase('pool', undefined, prepare);
      first = await number(one.url);
      await query(one.url, change);
    }
    await using next = await freshDatabase('pool', undefined, prepare);
    const holds = await query(
      next.url,
      `select (select count(*)::int from s.t) as rows, (select last_value::int from s.t_id_seq) as last,
        (select count(*)::int from made) as made, (select array_agg(attname::text order by attnum) from pg_attribute
          where attrelid = 's.t'::regclass and attnum > 0 and not attisdropped) as columns,
        (select count(*)::int from pg_namespace where nspname in ('other', 'public')) as schemas,
        (select count(*)::int from pg_class where relname ~ '^new_') as tables,
        (select count(*)::int from pg_type where typname ~ '^new_') as types`,
    );
    return { reused: (await number(next.url)) === first, holds: holds[0] };
  }
  const asMade = { rows: 0, last: 1, made: 1, columns: ['id', 'name'], schemas: 1, tables: 0, types: 0 };

  it.each([
    ['rows', `insert into s.t (name) values ('a'), ('b')`],
    [
      'tables, also with partitions and identity',
      'create table new_t (id int generated always as identity) partition by range (id); create table new_p partition of new_t default',
    ],
    [
      'views of what was there',
      'create view new_v as select * from s.t; create materialized view new_m as select * from s.t',
    ],
    [
      'types, functions and collations',
      `create type new_e as enum ('a'); create domain new_d as new_e; create type new_c as (a new_d); create function new_f(new_c) returns new_e language sql as 'select null::new_e'; create collation new_l (provider = icu, locale = 'und', deterministic = false)`,
    ],
    [
      'schemas and publications',
      'create schema other; create table other.new_t (id int); create publication new_p for table other.new_t',
    ],
    [
      'triggers',
      `create function new_f() returns trigger language plpgsql as 'begin return null; end'; create trigger told before insert on s.t execute function new_f(); alter table s.t disable trigger told`,
    ],
    [
      'event triggers',
      `create function new_f() returns event_trigger language plpgsql as 'begin end'; create event trigger told on ddl_command_end execute function new_f()`,
    ],
  ])('are used again without the %s of the test before', async (_, change) => {
    expect(await after(change)).toEqual({ reused: true, holds: asMade });
  });

  it.each([
    ['a column was added', 'alter table s.t add more text'],
    ['a column was dropped', 'alter table s.t drop name'],
    ['rows that were there are gone', 'delete from made'],
    ['a schema was dropped', 'drop schema s cascade'],
    [
      'a setting was stored',
      `do $$ begin execute format('alter database %I set timezone = ''Asia/Kathmandu''', current_database()); end $$`,
    ],
    ['an extension was made', 'create extension btree_gist schema public'],
    ['a right was granted', 'grant select on s.t to public'],
  ])('are recreated if %s', async (_, change) => {
    expect(await after(change)).toEqual({ reused: false, holds: asMade });
  });

  it('are recreated if a test has replaced its database by another one', async () => {
    const encoding = async (url: string) => (await query(url, 'show server_encoding'))[0].server_encoding;
    const prepare = async () => {};
    {
      await using one = await freshDatabase('pool', undefined, prepare);
      await using server = await freshDatabase('pool');
      await query(server.url, `drop database ${one.name}`);
      await query(
        server.url,
        `create database ${one.name} encoding 'LATIN1' locale_provider libc locale 'C' template template0`,
      );
      expect(await encoding(one.url)).toBe('LATIN1');
    }
    await using next = await freshDatabase('pool', undefined, prepare);
    expect(await encoding(next.url)).toBe('UTF8');
  });
});
