/** Proves that a replica's sessions leave foreign keys and triggers aside, and that everything is whole afterwards (rule 21). */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../../../../test/context.ts';
import { migrate } from '../../schema/migrate.ts';
import { checkConstraints } from './check.ts';
import { disableConstraints } from './disable.ts';
import { setReplicaRole } from './replica-session.ts';
import { restoreConstraints } from './restore.ts';

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** A database with the present schema whose owner is a role of its own that is no superuser, and sessions of both. */
async function owned() {
  const database = await freshDatabase('constraints');
  const admin = await open(database.url);
  const role = `owner_${randomUUID().slice(0, 8)}`;
  await admin.query(`
    create role ${role} login password 'owner';
    alter database ${database.name} owner to ${role};
    alter schema public owner to ${role}`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'owner';
  const owner = await open(url.href);
  await migrate(owner);
  return {
    admin,
    owner,
    role,
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      await owner.end();
      // A role can be dropped only after the databases that it owns and the privileges that it was granted.
      await admin.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
      await admin.query(`alter database ${database.name} owner to current_user; drop role ${role}`);
      await admin.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

const schema = `
  create table countries (code text primary key);
  create table customers (id integer primary key, country text references countries deferrable initially deferred);
  create table orders (
    customer integer, number integer, primary key (customer, number),
    constraint ordered_by foreign key (customer) references customers on delete cascade);
  comment on constraint ordered_by on orders is 'who''s it';
  create table notes (customer integer references customers, text text);
  create table noted (orders integer, customer integer not null);
  alter table noted add constraint "old one" foreign key (orders, customer) references orders not valid;
  create table log (what text);
  create function tell() returns trigger language plpgsql as $$ begin insert into log values (tg_name); return null; end $$;
  create trigger "Tells" after insert on customers for each row execute function tell();
  create trigger silent after insert on customers for each row execute function tell();
  alter table customers disable trigger silent;
  create trigger always after insert on customers for each row execute function tell();
  alter table customers enable always trigger always;
  create trigger replicas after insert on customers for each row execute function tell();
  alter table customers enable replica trigger replicas;
  create table measures (sensor integer, day date) partition by range (day);
  create table measures_old partition of measures for values from (minvalue) to ('2025-01-01');
  create table measures_new partition of measures default;
  create table sensors (id integer primary key);
  alter table measures add foreign key (sensor) references sensors;
  create trigger measured after insert on measures for each row execute function tell();
`;

const replicated = ['public.customers', 'public.orders', 'public.measures', 'public.sensors'];

/** Foreign keys and triggers as a person sees them. */
const state = async (client: pg.Client) =>
  (
    await client.query<{ line: string }>(`
      select conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid)
             || coalesce(' -- ' || obj_description(oid, 'pg_constraint'), '') as line
      from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
      union all
      select tgrelid::regclass || ' ' || tgname || ': ' || tgenabled::text from pg_trigger where not tgisinternal
      order by 1`)
  ).rows.map(({ line }) => line);

const kept = async (client: pg.Client) =>
  (await client.query('select pipeline, table_name, name, definition from sluice.constraint order by 1, 2, 3')).rows;

const orphans = `
  insert into orders values (7, 1), (7, 2), (8, 1), (9, 1), (10, 1), (1, 1);
  insert into customers values (1, null);
  insert into measures values (5, '2024-05-05'), (null, '2024-05-05')`;

const repairs = 'insert into customers values (7), (8), (9), (10); insert into sensors values (5)';

describePostgres('constraints of a replica', () => {
  test('are skipped only by sessions that may set session_replication_role (rule 21)', async () => {
    await using database = await owned();
    const { admin, owner, role } = database;
    await owner.query(schema);
    expect(await setReplicaRole(owner)).toBe(false);
    // The session continues with its former settings.
    await expect(owner.query(orphans)).rejects.toMatchObject({ code: '23503' });

    await admin.query(`grant set on parameter session_replication_role to ${role}`);
    expect(await setReplicaRole(owner)).toBe(true);
    await owner.query(orphans);
    expect((await owner.query('select distinct what from log order by 1')).rows).toEqual([
      { what: 'always' },
      { what: 'replicas' },
    ]);
    expect(await checkConstraints(owner, replicated)).toEqual([
      { table: 'public.measures', constraint: 'measures_sensor_fkey', count: 1, examples: ['(5)'] },
      { table: 'public.orders', constraint: 'ordered_by', count: 5, examples: ['(10)', '(7)', '(8)'] },
    ]);
    await owner.query(repairs);
    expect(await checkConstraints(owner, replicated)).toEqual([]);
    expect(await setReplicaRole(admin)).toBe(true);
  });

  test('are removed and restored unchanged if no session may set session_replication_role (rule 21)', async () => {
    await using database = await owned();
    const { owner } = database;
    await owner.query(schema);
    const before = await state(owner);
    const off = await disableConstraints(owner, 'p', replicated);
    expect(off).toEqual([
      'public.customers."Tells"',
      'public.customers."customers_country_fkey"',
      'public.measures."measured"',
      'public.measures."measures_sensor_fkey"',
      'public.noted."old one"',
      'public.notes."notes_customer_fkey"',
      'public.orders."ordered_by"',
    ]);
    const all = await kept(owner);
    expect(all).toHaveLength(off.length);
    expect(await disableConstraints(owner, 'p', replicated)).toEqual([]);
    expect(await kept(owner)).toEqual(all);

    await owner.query(orphans);
    await owner.query('delete from customers where id = 1');
    expect((await owner.query('select from orders where customer = 1')).rows).toHaveLength(1);
    expect((await owner.query('select distinct what from log')).rows).toEqual([{ what: 'always' }]);
    await owner.query('insert into customers values (1, null)');

    // Constraints that rows violate stay disabled and are returned. The others are restored.
    const [sensor, ...others] = await restoreConstraints(owner, 'p');
    expect(sensor).toEqual({
      table: 'public.measures',
      constraint: 'measures_sensor_fkey',
      count: 1,
      examples: ['(5)'],
    });
    expect(others).toEqual([
      { table: 'public.orders', constraint: 'ordered_by', count: 5, examples: ['(10)', '(7)', '(8)'] },
    ]);
    expect((await kept(owner)).map(({ name }) => name)).toEqual(['measures_sensor_fkey', 'ordered_by']);
    await owner.query('insert into orders values (11, 1); insert into customers values (11)');

    await owner.query(repairs);
    expect(await restoreConstraints(owner, 'p')).toEqual([]);
    expect(await kept(owner)).toEqual([]);
    expect(await state(owner)).toEqual(before);
    expect(await restoreConstraints(owner, 'p')).toEqual([]);
    await expect(owner.query('insert into orders values (99, 1)')).rejects.toMatchObject({ code: '23503' });
  });

  test('are not lost if the session ends at any statement (rule 21)', async () => {
    await using database = await owned();
    const { admin, owner, url } = database;
    await owner.query(schema);
    await owner.query(repairs);
    const before = await state(owner);
    // The session ends when the server has done `count` statements of the kind that alters tables.
    const endAfter = async (count: number, work: (client: pg.Client) => Promise<unknown>) => {
      const client = await open(url);
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      let altered = 0;
      Object.assign(client, {
        query: async (text: string, ...rest: unknown[]) => {
          const result = await query(text, ...rest);
          if (/^alter table|^delete from/.test(text) && ++altered === count) {
            const { rows } = (await query('select pg_backend_pid() as pid')) as { rows: { pid: number }[] };
            await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
          }
          return result;
        },
      });
      try {
        await work(client);
        return true;
      } catch {
        return false;
      } finally {
        await client.end().catch(() => undefined);
      }
    };
    let ended = 0;
    while (!(await endAfter(ended + 1, (client) => disableConstraints(client, 'p', replicated)))) {
      ended += 1;
      expect(await kept(owner)).toEqual([]);
      expect(await state(owner)).toEqual(before);
    }
    expect(ended).toBe(7);
    const off = await state(owner);
    const all = await kept(owner);
    let ends = 0;
    while (!(await endAfter(ends + 1, (client) => restoreConstraints(client, 'p')))) {
      ends += 1;
      // In the middle one may be back already while it is kept, and a next start takes it off as the one it was.
      await disableConstraints(owner, 'p', replicated);
      expect(await kept(owner)).toEqual(all);
      expect(await state(owner)).toEqual(off);
    }
    // Seven entries, each with a statement or two and the end of its entry.
    expect(ends).toBeGreaterThanOrEqual(14);
    expect(await kept(owner)).toEqual([]);
    expect(await state(owner)).toEqual(before);
  });

  test('of dropped objects are forgotten, and constraints that a user enables or adds meanwhile stay', async () => {
    await using database = await owned();
    const { owner } = database;
    await owner.query(schema);
    await disableConstraints(owner, 'p', replicated);
    await owner.query(`
      drop table notes;
      drop trigger measured on measures;
      alter table customers enable always trigger "Tells";
      alter table orders add constraint ordered_by foreign key (customer) references customers on delete set null`);
    const changed = (await state(owner)).filter((line) => /Tells|ordered_by/.test(line));
    // The present definitions are the ones to restore.
    expect(await disableConstraints(owner, 'p', replicated)).toEqual(['public.orders."ordered_by"']);
    expect(await restoreConstraints(owner, 'p')).toEqual([]);
    expect(await kept(owner)).toEqual([]);
    expect(
      (await state(owner)).filter((line) => /Tells|ordered_by/.test(line)).map((line) => line.replace(/ -- .*/, '')),
    ).toEqual(changed);
  });

  test('stay removed until the last pipeline that needs them removed restores them', async () => {
    await using database = await owned();
    const { owner } = database;
    await owner.query(schema);
    await owner.query(repairs);
    const before = await state(owner);
    await disableConstraints(owner, 'p', ['public.customers']);
    const off = await state(owner);
    await disableConstraints(owner, 'q', ['public.orders', 'public.customers']);
    expect(await restoreConstraints(owner, 'p')).toEqual([]);
    expect((await kept(owner)).map(({ pipeline }) => pipeline)).toEqual(['q', 'q', 'q', 'q', 'q']);
    expect((await state(owner)).filter((line) => !off.includes(line))).toEqual([]);
    expect(await restoreConstraints(owner, 'q')).toEqual([]);
    expect(await state(owner)).toEqual(before);
  });

  test('of another owner are refused with advice, and none is removed', async () => {
    await using database = await owned();
    const { admin, owner } = database;
    await owner.query(schema);
    const before = await state(owner);
    await admin.query('alter table notes owner to current_user');
    await expect(disableConstraints(owner, 'p', replicated)).rejects.toMatchObject({
      code: 'constraints_in_the_way',
      message: expect.stringContaining('public.notes'),
      advice: expect.stringContaining('GRANT SET ON PARAMETER'),
    });
    expect(await kept(owner)).toEqual([]);
    expect(await state(owner)).toEqual(before);
  });
});
