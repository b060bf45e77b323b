/** Proves that the schema matches the specification, that concurrent processes create it once, and that unsuitable databases are refused. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { registerTarget } from '../engines/postgres/apply/target.ts';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { describeMigrations } from '../engines/postgres/schema/schema-catalogue.ts';
import { readApplied, schemaDifferences } from '../engines/postgres/schema/schema-state.ts';
import { describePostgres, freshDatabase } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { migrations, wholeSchema } from './migrations.ts';
import { usersEnriched } from './users-enriched.ts';

const open = async (url: string): Promise<pg.Client & AsyncDisposable> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
};

const all = migrations().map(({ version }) => version);

const inOurSchemas = `n.nspname in ('public', 'sluice')`;

/** The definitions and comments of all objects in the schema. */
async function catalogue(client: pg.Client): Promise<unknown[]> {
  const queries = [
    `select n.nspname, c.relname, c.relkind, c.reloptions, obj_description(c.oid) as comment,
            case when c.relkind = 'v' then pg_get_viewdef(c.oid) end as view
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${inOurSchemas} order by 1, 2`,
    `select n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, a.attidentity,
            pg_get_expr(d.adbin, d.adrelid) as preset, col_description(c.oid, a.attnum) as comment
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where ${inOurSchemas} order by 1, 2, 3`,
    `select conrelid::regclass::text, conname, pg_get_constraintdef(k.oid) from pg_constraint k
     join pg_namespace n on n.oid = k.connamespace where ${inOurSchemas} order by 1, 2`,
    `select indexdef from pg_indexes where schemaname in ('public', 'sluice') order by 1`,
    `select nspname, obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname in ('public', 'sluice') order by 1`,
    'select version, name from sluice.schema_version order by 1',
  ];
  const found: unknown[] = [];
  for (const query of queries) found.push((await client.query(query)).rows);
  return found;
}

describePostgres('the schema', () => {
  test('is applied once, even if the migration runs several times', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    expect(await migrate(client)).toEqual(all);
    const before = await catalogue(client);
    expect(await migrate(client)).toEqual([]);
    expect(await catalogue(client)).toEqual(before);
  });

  test('is created by exactly one of four processes that start at once', async () => {
    await using database = await freshDatabase('schema');
    const applied = await Promise.all(
      [1, 2, 3, 4].map(() => withConnection(databaseOf(database.url), 'setup', migrate)),
    );
    expect(applied.flat().sort((a, b) => a - b)).toEqual(all);
    await using client = await open(database.url);
    const { rows } = await client.query('select version from sluice.schema_version order by 1');
    expect(rows.map(({ version }) => version)).toEqual(all);
  });

  test('is the same when schemas/postgres.sql is applied by hand, and then needs no migration', async () => {
    await using migrated = await freshDatabase('schema');
    await using applied = await freshDatabase('schema');
    await using migratedClient = await open(migrated.url);
    await using appliedClient = await open(applied.url);
    await migrate(migratedClient);
    await appliedClient.query(wholeSchema());
    expect(await catalogue(appliedClient)).toEqual(await catalogue(migratedClient));
    expect(await migrate(appliedClient)).toEqual([]);
  });

  test('matches schemas/catalogue.txt (npm run schema writes it)', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    expect(readFileSync(new URL('./catalogue.txt', import.meta.url), 'utf8')).toBe(await describeMigrations(client));
  });

  test('passes the check, both with all migrations and with those of a replica', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    for (const parts of [['sluice'], ['sluice', 'users']] as const) {
      await migrate(client, parts);
      const applied = (await readApplied(client)) ?? [];
      expect(await schemaDifferences(client, applied)).toEqual([]);
      expect(applied.map(({ checksum }) => checksum)).toEqual(
        migrations()
          .filter(({ part }) => parts.some((one) => one === part))
          .map(({ checksum }) => checksum),
      );
    }
  });

  test('begins with the 21 columns of the specification, in order and type, and ends with further columns', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    const { rows } = await client.query<{ name: string; type: string; key: boolean }>(
      `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, i.indrelid is not null as key
       from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey)
       where a.attrelid = 'users_enriched'::regclass and a.attnum > 0 order by a.attnum`,
    );
    const found = rows.map(({ name, type, key }) => `${name} ${type}${key ? ' PRIMARY KEY' : ''}`);
    const varchar = (name: string, limit: number) => `${name} character varying(${limit})`;
    const timestamp = (name: string) => `${name} timestamp without time zone`;
    expect(found.slice(0, 21)).toEqual([
      'id bigint PRIMARY KEY',
      varchar('first_name', 100),
      varchar('last_name', 100),
      varchar('email', 255),
      varchar('email_domain', 100),
      varchar('phone', 20),
      'address text',
      varchar('city', 100),
      varchar('state', 50),
      varchar('country', 50),
      varchar('postal_code', 20),
      timestamp('created_at'),
      timestamp('updated_at'),
      varchar('source_system', 50),
      timestamp('migration_timestamp'),
      varchar('cdc_operation', 10),
      varchar('full_name', 200),
      varchar('email_category', 20),
      varchar('inferred_country', 50),
      'is_valid_email_flag boolean',
      varchar('normalized_email', 255),
    ]);
    expect(found.slice(21)).toEqual([
      timestamp('cdc_timestamp'),
      'source_generation integer',
      'source_major bigint',
      'source_minor bigint',
      varchar('phone_e164', 20),
      varchar('country_source', 50),
    ]);
  });

  test('has every column the sink writes, with the type it writes', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    const { columns, guard, mergedAt, key, name: table } = usersEnriched;
    const written = [...columns.map(({ name, type }) => `${name} ${type}`)];
    const inCatalogueWords = written.map((line) =>
      line.replace('varchar', 'character varying').replace(/timestamp$/, 'timestamp without time zone'),
    );
    const { rows } = await client.query<{ name: string; type: string; key: boolean }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0`,
      [table],
    );
    const found = rows.map(({ name, type }) => `${name} ${type}`);
    expect(found).toEqual(expect.arrayContaining(inCatalogueWords));
    const others = rows.map(({ name }) => name).filter((name) => !columns.some((column) => column.name === name));
    expect(others.sort()).toEqual([...(guard.columns ?? []), mergedAt].sort());
    expect(key).toEqual(['id']);
  });

  test('has a comment on every table, column and view', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    const { rows } = await client.query(
      `select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where ${inOurSchemas} and c.relkind in ('r', 'v', 'm', 'p')
         and (obj_description(c.oid) is null or a.attname is not null and col_description(c.oid, a.attnum) is null)`,
    );
    expect(rows).toEqual([]);
  });

  test('has only the indexes of its keys, so that writing stays cheap', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    const { rows } = await client.query(`select indexname from pg_indexes where tablename = 'users_enriched'`);
    expect(rows).toEqual([{ indexname: 'users_enriched_pkey' }]);
  });
});

describePostgres('a database is refused', () => {
  test.each(['SQL_ASCII', 'LATIN1'])('when its encoding is %s, and stays unchanged', async (encoding) => {
    const server = inject('databaseUrl') ?? '';
    await using database = await freshDatabase('schema');
    await using admin = await open(server);
    await admin.query(`drop database ${database.name}`);
    await admin.query(`create database ${database.name} encoding '${encoding}' locale 'C' template template0`);
    await using client = await open(database.url);
    await expect(migrate(client)).rejects.toMatchObject({
      code: 'database_not_utf8',
      message: expect.stringContaining(encoding),
    });
    const { rows } = await client.query(`select to_regnamespace('sluice') as schema`);
    expect(rows).toEqual([{ schema: null }]);
  });

  test('when its schema is newer, and stays unchanged', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    await client.query(`insert into sluice.schema_version (version, name) values ($1, 'from the future')`, [
      all.length + 1,
    ]);
    const before = await catalogue(client);
    await expect(migrate(client)).rejects.toMatchObject({ code: 'schema_newer' });
    expect(await catalogue(client)).toEqual(before);
  });

  test('when it already has a table users_enriched, and stays unchanged', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await client.query('create table users_enriched (id text)');
    await expect(migrate(client)).rejects.toThrow('already exists');
    const { rows } = await client.query(
      `select max(version) as version, to_regclass('sluice.checkpoint') as table from sluice.schema_version`,
    );
    expect(rows).toEqual([{ version: null, table: null }]);
    await client.query('drop table users_enriched');
    expect(await migrate(client)).toEqual(all);
  });

  test('when its rows have another order', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    await registerTarget(client, usersEnriched, 'sequence');
    await registerTarget(client, usersEnriched, 'sequence');
    await expect(registerTarget(client, usersEnriched, 'offset')).rejects.toMatchObject({ code: 'order_mismatch' });
  });
});

describePostgres('a user who may write rows but not create objects', () => {
  test('can run on a database that is up to date', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    const role = `writer_${database.name}`;
    await client.query(`create role ${role};
      grant usage on schema sluice to ${role};
      grant select, insert, update on all tables in schema sluice, public to ${role}`);
    try {
      await client.query(`set role ${role}`);
      expect(await migrate(client)).toEqual([]);
      await registerTarget(client, usersEnriched, 'sequence');
    } finally {
      await client.query(`reset role; drop owned by ${role}; drop role ${role}`);
    }
  });
});

const people = `
  insert into users_enriched (id, email, email_domain, cdc_operation, full_name, email_category, country, inferred_country,
    is_valid_email_flag, normalized_email, source_system, phone, migration_timestamp, source_generation, source_major, source_minor)
  values
    (1, 'a@gmail.com', 'gmail.com', 'INSERT', 'A', 'personal', 'US', 'US', true, 'a@gmail.com', 's', '1', '2024-01-01', 0, 1, 0),
    (2, 'A@gmail.com', 'gmail.com', 'UPDATE', null, 'personal', 'USA', 'US', true, 'a@gmail.com', 's', '', '2024-01-02', 0, 2, 0),
    (3, 'b@acme.com', 'acme.com', 'INSERT', 'B', 'corporate', null, 'FR', true, 'b@acme.com', 's', null, '2024-01-03', 0, 3, 0),
    (4, 'nobody', null, 'INSERT', 'C', 'unknown', '??', null, false, null, 't', '1', '2024-01-04', 0, 4, 0),
    (5, null, null, 'INSERT', 'D', 'unknown', '', null, false, null, 't', '1', '2024-01-05', 0, 5, 0),
    (6, 'gone@gmail.com', 'gmail.com', 'DELETE', 'E', 'personal', 'DE', 'DE', true, 'gone@gmail.com', 'u', '1', '2024-01-06', 0, 6, 0)`;

describePostgres('a query', () => {
  test('of the specification runs unchanged', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    await client.query(people);
    const ask = async (sql: string) => (await client.query(sql)).rows;
    expect(await ask('SELECT COUNT(*) FROM users_enriched;')).toEqual([{ count: '6' }]);
    const newest = await ask(
      'SELECT id, full_name, email, email_domain, email_category, country, cdc_operation, migration_timestamp FROM users_enriched ORDER BY migration_timestamp DESC LIMIT 10;',
    );
    expect(newest.map(({ id }) => id)).toEqual(['6', '5', '4', '3', '2', '1']);
    expect(await ask('SELECT * FROM user_analytics ORDER BY user_count DESC;')).toMatchObject([
      { country: 'US', email_category: 'personal', user_count: '2', valid_email_count: '2', email_domain_count: '1' },
      {
        country: 'unknown',
        email_category: 'unknown',
        user_count: '2',
        valid_email_count: '0',
        email_domain_count: '0',
      },
      { country: 'FR', email_category: 'corporate', user_count: '1' },
    ]);
  });

  test('of a view leaves deleted users out, and returns nothing without users', async () => {
    await using database = await freshDatabase('schema');
    await using client = await open(database.url);
    await migrate(client);
    const views = ['user_analytics', 'country_analytics', 'email_domain_analytics', 'data_quality'];
    const ask = async (sql: string) => (await client.query(sql)).rows;
    const { rows: found } = await client.query(`select viewname from pg_views where schemaname = 'public' order by 1`);
    expect(found.map(({ viewname }) => viewname)).toEqual([...views].sort());
    for (const view of views) expect(await ask(`select * from ${view}`)).toEqual([]);
    await client.query(people);
    expect(await ask('select country, user_count, percent_of_users from country_analytics order by 1')).toEqual(
      [
        { country: 'FR', user_count: '1', percent_of_users: '20.00' },
        { country: 'unknown', user_count: '2', percent_of_users: '40.00' },
        { country: 'US', user_count: '2', percent_of_users: '40.00' },
      ].sort((a, b) => (a.country < b.country ? -1 : 1)),
    );
    expect(await ask('select email_domain, user_count from email_domain_analytics order by 1')).toEqual([
      { email_domain: 'acme.com', user_count: '1' },
      { email_domain: 'gmail.com', user_count: '2' },
    ]);
    expect(await ask('select * from data_quality order by source_system')).toEqual([
      {
        source_system: 's',
        user_count: '3',
        missing_email: '0',
        invalid_email: '0',
        missing_name: '1',
        missing_phone: '2',
        missing_country: '1',
        unresolved_country: '0',
        repaired_country: '2',
        duplicate_email: '1',
        respelled_country: '1',
        guessed_country: '1',
      },
      {
        source_system: 't',
        user_count: '2',
        missing_email: '1',
        invalid_email: '1',
        missing_name: '0',
        missing_phone: '0',
        missing_country: '1',
        unresolved_country: '2',
        repaired_country: '0',
        duplicate_email: '0',
        respelled_country: '0',
        guessed_country: '0',
      },
    ]);
    // The country cell of user 2 is now unreadable, and its country was inferred from other cells.
    await client.query(
      `update users_enriched set country = 'Atlantis', country_source = case id when 2 then 'city+state' end where id in (1, 2)`,
    );
    const [repaired] = await ask(
      `select repaired_country, respelled_country, guessed_country from data_quality where source_system = 's'`,
    );
    expect(repaired).toEqual({ repaired_country: '3', respelled_country: '1', guessed_country: '2' });
  });
});
