/**
 * Proves what a plan makes in MariaDB, by catalogues that are read here with SQL of this file's own, and that applying may be
 * repeated, stops at what differs, and never accepts an orphan.
 */
import type pg from 'pg';
import { expect, test } from 'vitest';
import type { Session } from '../../engines/mysql/connection/session.ts';
import type { SchemaPlan } from '../../engines/mysql/schema-plan/schema-plan.ts';
import { describeMariadb } from '../../test/mariadb.ts';
import { type SchemaPair, withSchemaPair } from '../../test/schema-pair.ts';
import { until } from '../../test/sluice.ts';
import { applyPhase } from './apply.ts';
import { phases } from './phases.ts';

/** Flights with tickets: the keys of an airline. */
const airline = `
  create table plane (code char(3) primary key, model jsonb not null, range_km int not null check (range_km > 0));
  create table airport (code char(3) primary key, name jsonb not null, place point not null, zone text not null);
  create table flight (id serial primary key, no char(6) not null, departs timestamptz not null, arrives timestamptz not null,
    from_code char(3) not null references airport, to_code char(3) not null references airport, status varchar(20) not null,
    plane char(3) not null references plane, left_at timestamptz, unique (no, departs), check (arrives > departs),
    constraint known_status check (status in ('On Time', 'Delayed', 'Arrived')), check (left_at is null or left_at >= departs));
  create table seat (plane char(3) references plane on delete cascade, no varchar(4), class varchar(10) not null, primary key (plane, no),
    check (class in ('Economy', 'Business')));
  create table booking (ref char(6) primary key, made timestamptz not null, total numeric(10,2) not null);
  create table ticket (no char(13) primary key, ref char(6) not null references booking, passenger text not null, contact jsonb);
  create table leg (ticket char(13) references ticket, flight int references flight, amount numeric(10,2) not null check (amount >= 0),
    primary key (ticket, flight));
  create table pass (ticket char(13), flight int, boarding_no int not null, seat varchar(4) not null, primary key (ticket, flight),
    unique (flight, boarding_no), unique (flight, seat), foreign key (ticket, flight) references leg)`;

/** Films, customers and their rents: enums, domains, arrays, partitions, actions of keys, several unique keys and indexes. */
const rental = `
  create type rating as enum ('G', 'PG-13'); create domain year as int check (value >= 1901 and value <= 2155);
  create table language (id serial primary key, name char(20) not null, changed timestamp not null default now());
  create table film (id serial primary key, title varchar(255) not null, released year, language int not null references language on update cascade on delete restrict,
    rate numeric(4,2) not null default 4.99, rating rating default 'G', features text[], words tsvector);
  create index by_title on film (title); create index by_words on film using gin (words);
  create table actor (id bigserial primary key, first varchar(45) not null, last varchar(45) not null, unique (last, first));
  create table film_actor (actor bigint not null references actor on update cascade, film int not null references film on update cascade, primary key (actor, film));
  create index by_film on film_actor (film);
  create table customer (id serial primary key, email text unique, active boolean not null default true, boss int references customer on delete set null);
  create table payment (id int generated always as identity, customer int not null references customer, at timestamp not null, amount numeric(5,2) not null, primary key (id, at)) partition by range (at);
  create table payment_1 partition of payment default`;

const parentAndChild = `
  create table parent (id int primary key);
  create table child (id int primary key, parent int references parent)`;

/** What both catalogues say of tables: keys, foreign keys, checks and counters, as sorted lines. */
async function catalogueOfSource(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ line: string }>(`
    with columns as (
      select o.oid, string_agg(a.attname, ',' order by k.place) as names from pg_constraint o
      cross join unnest(o.conkey) with ordinality as k(number, place) join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.number group by 1),
    parents as (
      select o.oid, string_agg(a.attname, ',' order by k.place) as names from pg_constraint o
      cross join unnest(o.confkey) with ordinality as k(number, place) join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.number group by 1),
    actions(code, name) as (values ('a', 'no action'), ('r', 'no action'), ('c', 'cascade'), ('n', 'set null'))
    select 'primary ' || c.relname || ' ' || n.names as line from pg_constraint o join pg_class c on c.oid = o.conrelid and c.relnamespace = 'public'::regnamespace join columns n on n.oid = o.oid where o.contype = 'p' and not c.relispartition
    union all select 'unique ' || c.relname || ' ' || n.names from pg_constraint o join pg_class c on c.oid = o.conrelid and c.relnamespace = 'public'::regnamespace join columns n on n.oid = o.oid where o.contype = 'u'
    union all select 'foreign ' || c.relname || ' ' || n.names || ' ' || f.relname || ' ' || p.names || ' ' || d.name || ' ' || u.name
      from pg_constraint o join pg_class c on c.oid = o.conrelid and c.relnamespace = 'public'::regnamespace join pg_class f on f.oid = o.confrelid join columns n on n.oid = o.oid join parents p on p.oid = o.oid
      join actions d on d.code = o.confdeltype join actions u on u.code = o.confupdtype where o.contype = 'f' and not c.relispartition
    union all select 'check ' || c.relname || ' ' || o.conname from pg_constraint o join pg_class c on c.oid = o.conrelid and c.relnamespace = 'public'::regnamespace where o.contype = 'c'
    union all select 'check ' || c.relname || ' ' || c.relname || '_' || a.attname || '_domain' from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
      join pg_constraint o on o.contypid = a.atttypid where not c.relispartition and c.relnamespace = 'public'::regnamespace
    union all select 'counter ' || c.relname || ' ' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
      where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and pg_get_serial_sequence(c.oid::regclass::text, a.attname) is not null`);
  return rows.map(({ line }) => line).sort();
}

async function catalogueOfTarget(session: Session, database: string): Promise<readonly string[]> {
  const keys = await session.cells(
    `select concat(if(index_name = 'PRIMARY', 'primary ', 'unique '), table_name, ' ', group_concat(column_name order by seq_in_index))
     from information_schema.statistics where table_schema = ? and non_unique = 0 group by table_name, index_name`,
    [database],
  );
  const foreign = await session.cells(
    `select concat('foreign ', u.table_name, ' ', group_concat(u.column_name order by u.ordinal_position), ' ', u.referenced_table_name, ' ',
       group_concat(u.referenced_column_name order by u.ordinal_position), ' ', replace(lower(r.delete_rule), 'restrict', 'no action'), ' ',
       replace(lower(r.update_rule), 'restrict', 'no action'))
     from information_schema.key_column_usage u join information_schema.referential_constraints r
       on r.constraint_schema = u.constraint_schema and r.constraint_name = u.constraint_name
     where u.table_schema = ? and u.referenced_table_name is not null group by u.constraint_name, u.table_name`,
    [database],
  );
  const checks = await session.cells(
    session.flavor === 'mariadb'
      ? `select concat('check ', table_name, ' ', constraint_name) from information_schema.check_constraints where constraint_schema = ? and level = 'Table'`
      : `select concat('check ', table_name, ' ', constraint_name) from information_schema.table_constraints where constraint_schema = ? and constraint_type = 'CHECK'`,
    [database],
  );
  const counters = await session.cells(
    `select concat('counter ', table_name, ' ', column_name) from information_schema.columns where table_schema = ? and extra like '%auto_increment%'`,
    [database],
  );
  return [...keys, ...foreign, ...checks, ...counters].map(([line]) => String(line)).sort();
}

const applyAll = async ({ target }: SchemaPair, plan: SchemaPlan) => {
  const applied = [];
  for (const phase of phases) applied.push(...(await applyPhase(target, plan, phase)));
  return applied;
};

describeMariadb('an applied plan', () => {
  test.each([
    ['an airline', airline],
    ['a rental shop', rental],
  ])(
    'of %s has every key, foreign key, check and counter of the source, and applying it again makes nothing',
    async (_, ddl) => {
      await withSchemaPair(ddl, async (pair) => {
        const plan = await pair.plan();
        const first = await applyAll(pair, plan);
        expect(new Set(first.map(({ outcome }) => outcome))).toEqual(new Set(['made']));
        const expected = await catalogueOfSource(pair.source);
        expect(expected.length).toBeGreaterThan(15);
        expect(await catalogueOfTarget(pair.target, pair.database)).toEqual(expected);
        const second = await applyAll(pair, await pair.plan());
        expect(second).toEqual(first.map((one) => ({ ...one, outcome: 'present' })));
      });
    },
  );

  test('has a column of every type, in a table and in a unique key', async () => {
    const types = [
      'boolean',
      'smallint',
      'int',
      'bigint',
      'oid',
      'numeric',
      'numeric(12,3)',
      'numeric(2,-3)',
      'numeric(100,50)',
      'real',
      'double precision',
      'text',
      'varchar',
      'varchar(20)',
      'varchar(20000)',
      'char(5)',
      'char(300)',
      'name',
      '"char"',
      'bytea',
      'bit(3)',
      'bit(100)',
      'bit varying',
      'date',
      'time',
      'time(3)',
      'timetz',
      'timestamp',
      'timestamp(0)',
      'timestamptz',
      'interval',
      'uuid',
      'json',
      'jsonb',
      'mood',
      'odd',
      'int[]',
      'text[][]',
      'pair',
      'price',
      'inet',
      'cidr',
      'macaddr',
      'int4range',
      'tstzmultirange',
      'tsvector',
      'tsquery',
      'xml',
      'money',
      'point',
      'polygon',
      'pg_lsn',
      'regclass',
      'jsonpath',
    ];
    const ddl = `create type mood as enum ('sad', 'ok'); create type odd as enum ('a ', 'b'); create type pair as (a int, b text); create domain price as numeric(8,2) check (value >= 0);
      create table every (id int primary key, ${types.map((type, index) => `c${index} ${type}`).join(', ')});
      ${types.map((type, index) => `create table t${index} (c ${type}, id int)`).join(';')};
      do $$ declare i int; begin for i in 0..${types.length - 1} loop begin execute format('alter table t%s add unique (c)', i); exception when undefined_object then null; end; end loop; end $$`;
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      const applied = await applyAll(pair, plan);
      expect(applied.filter(({ object }) => /_c_key$/.test(object)).length).toBeGreaterThan(40);
      const columns = await pair.target.cells(
        `select count(*) from information_schema.columns where table_schema = ? and table_name = 'every'`,
        [pair.database],
      );
      expect(Number(columns[0]?.[0])).toBe(types.length + 1);
    });
  });

  test('keeps the texts a, A and a with a space apart in a key', async () => {
    await withSchemaPair('create table t (k text primary key)', async (pair) => {
      await applyAll(pair, await pair.plan());
      await pair.target.run(`insert into ${pair.database}.t values ('a'), ('A'), ('a '), ('á')`);
      const rows = await pair.target.cells(`select count(*) from ${pair.database}.t where k = 'a'`);
      expect(String(rows[0]?.[0])).toBe('1');
    });
  });

  test('names an orphan, never accepts it, adds the other keys, and keeps all proofs', async () => {
    await withSchemaPair(airline, async (pair) => {
      const plan = await pair.plan();
      const { target, database } = pair;
      for (const phase of ['tables', 'indexes'] as const) await applyPhase(target, plan, phase);
      await target.run(`insert into ${database}.plane values ('A', '{}', 1)`);
      await target.run(`insert into ${database}.seat values ('A', '1', 'Economy'), ('B', '2', 'Economy')`);
      const leg = await target.cells(`select count(*) from ${database}.leg`);
      expect(String(leg[0]?.[0])).toBe('0');
      await expect(applyPhase(target, plan, 'foreignKeys')).rejects.toMatchObject({
        code: 'foreign_key_orphans',
        message: `${database}.seat: seat_plane_fkey: 1 rows without a parent: (plane) = (B)`,
      });
      const proofs = await target.cells(
        `select constraint_name, row_count, orphan_count from ${target.own('foreign_key_proof')} where table_name in ('seat', 'leg') order by 1`,
      );
      expect(proofs.map((row) => row.map(String))).toEqual([
        ['leg_flight_fkey', '0', '0'],
        ['leg_ticket_fkey', '0', '0'],
        ['seat_plane_fkey', '2', '1'],
      ]);
      const present = await catalogueOfTarget(target, database);
      expect(present.filter((line) => line.startsWith('foreign'))).toHaveLength(7);
      expect(present.some((line) => line.startsWith('foreign seat'))).toBe(false);
      await target.run(`delete from ${database}.seat where plane = 'B'`);
      const again = await applyPhase(target, plan, 'foreignKeys');
      expect(again.filter(({ outcome }) => outcome === 'made')).toEqual([
        { object: `${database}.seat: seat_plane_fkey`, outcome: 'made' },
      ]);
      // The session's own writes are unchecked, those of applications are not.
      await target.run('set session foreign_key_checks = 1');
      await expect(target.run(`insert into ${database}.seat values ('C', '1', 'Economy')`)).rejects.toThrow(
        /foreign key constraint fails/,
      );
    });
  });

  test('names an orphan that another session commits while the key is added', async () => {
    await withSchemaPair(parentAndChild, async (pair) => {
      const { target, database } = pair;
      const plan = await pair.plan();
      for (const phase of ['tables', 'indexes'] as const) await applyPhase(target, plan, phase);
      const other = await pair.open();
      await other.run(`insert into ${database}.parent values (1)`);
      await other.run('start transaction');
      await other.run(`insert into ${database}.child values (1, 1), (2, 9)`);
      const adding = applyPhase(target, plan, 'foreignKeys').then(
        () => 'accepted',
        (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
      );
      const isWaiting = async () =>
        (
          await other.cells(
            `select 1 from information_schema.processlist where state = 'Waiting for table metadata lock' and id = ?`,
            [target.id],
          )
        ).length > 0;
      await until(isWaiting, 'the statement that adds the key waits', 10_000);
      await other.run('commit');
      expect(await adding).toBe(
        `foreign_key_orphans: ${database}.child: child_parent_fkey: 1 rows without a parent: (parent) = (9)`,
      );
      expect(await catalogueOfTarget(target, database)).not.toContainEqual(expect.stringMatching(/^foreign/));
    });
  });

  test('proves a key that an interrupted run has added', async () => {
    await withSchemaPair(parentAndChild, async (pair) => {
      const { target, database } = pair;
      const plan = await pair.plan();
      await applyAll(pair, plan);
      await target.run(`insert into ${database}.child values (2, 9)`);
      expect(await applyPhase(target, plan, 'foreignKeys')).toMatchObject([{ outcome: 'present' }]);
      await target.run(`update ${target.own('foreign_key_proof')} set orphan_count = -1 where database_name = ?`, [
        database,
      ]);
      await expect(applyPhase(target, plan, 'foreignKeys')).rejects.toMatchObject({ code: 'foreign_key_orphans' });
      expect(await catalogueOfTarget(target, database)).not.toContainEqual(expect.stringMatching(/^foreign/));
      await target.run(`delete from ${database}.child`);
      expect(await applyPhase(target, plan, 'foreignKeys')).toMatchObject([{ outcome: 'made' }]);
    });
  });

  test('leaves columns whose size came from the data while they hold these, and names one that does not', async () => {
    const ddl = `
      create table t (k text primary key, u bytea unique, n numeric default 0.5);
      insert into t values ('a', 'b', 1.25), ('${'b'.repeat(250)}', 'c', 1)`;
    await withSchemaPair(ddl, async (pair) => {
      const { source, target } = pair;
      const all = async () => new Set((await applyAll(pair, await pair.plan())).map(({ outcome }) => outcome));
      expect(await all()).toEqual(new Set(['made']));
      // Made for texts of 500 characters, 11 digits before and two after the point.
      for (const change of [
        'delete from t where length(k) > 1; update t set n = 1.5',
        `insert into t values ('${'c'.repeat(400)}', decode(repeat('00', 200), 'hex'), 12345678901.25)`,
      ]) {
        await source.query(change);
        expect(await all()).toEqual(new Set(['present']));
      }
      await source.query(`insert into t values ('${'d'.repeat(501)}', 'd', 1)`);
      await expect(applyPhase(target, await pair.plan(), 'tables')).rejects.toMatchObject({
        code: 'schema_differs',
        message: expect.stringMatching(/t is there and differs: `k` varchar\(500\).* instead of `k` varchar\(767\)/),
      });
      await source.query(`delete from t where length(k) > 500; insert into t values ('e', 'e', 1.125)`);
      await expect(applyPhase(target, await pair.plan(), 'tables')).rejects.toMatchObject({
        message: expect.stringMatching(/t is there and differs: `n` decimal\(13,2\).* instead of `n` decimal\(24,3\)/),
      });
    });
  });

  test.each([
    [
      'a column',
      'alter table booking modify total decimal(12,2) not null',
      'tables',
      /booking is there and differs: `total` decimal\(12,2\)/,
    ],
    [
      'a check',
      'alter table leg drop constraint leg_amount_check',
      'tables',
      /leg is there and differs: nothing instead of CONSTRAINT `leg_amount_check`/,
    ],
    [
      'a further column',
      'alter table leg add extra int',
      'tables',
      /leg is there and differs: `extra` int(?:\(11\))? DEFAULT NULL is not planned/,
    ],
    [
      'a key',
      'alter table pass drop key pass_flight_seat_key, add unique key pass_flight_seat_key (seat)',
      'indexes',
      /pass_flight_seat_key is there and differs/,
    ],
    [
      'a foreign key',
      'alter table seat drop foreign key seat_plane_fkey, add constraint seat_plane_fkey foreign key (plane) references plane (code)',
      'foreignKeys',
      /seat_plane_fkey is there and differs/,
    ],
  ] as const)('stops at %s that differs, with the statement of the plan', async (_, change, phase, message) => {
    await withSchemaPair(airline, async (pair) => {
      const plan = await pair.plan();
      await applyAll(pair, plan);
      await pair.target.run(`use ${pair.database}`);
      await pair.target.run('set session foreign_key_checks = 0');
      for (const statement of change
        .split(', add constraint')
        .map((part, index) => (index === 0 ? part : `alter table seat add constraint${part}`)))
        await pair.target.run(statement);
      await expect(applyPhase(pair.target, plan, phase)).rejects.toMatchObject({
        code: 'schema_differs',
        message: expect.stringMatching(message),
      });
    });
  });
});
