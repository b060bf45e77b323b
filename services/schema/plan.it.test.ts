/** Proves what becomes of tables, keys, defaults and indexes of PostgreSQL in MariaDB, and what is reported. */
import { expect, test } from 'vitest';
import { exactCollation } from '../../engines/mysql/collation.ts';
import type { SchemaPlan } from '../../engines/mysql/schema-plan/schema-plan.ts';
import { describeMariadb } from '../../test/mariadb.ts';
import { type SchemaPair, withSchemaPair } from '../../test/schema-pair.ts';
import { applyPhase } from './apply.ts';
import { phases } from './phases.ts';
import { unknownColumns } from './plan.ts';

const createOf = ({ tables }: SchemaPlan, name: string): readonly string[] =>
  tables
    .find((table) => table.name === name)
    ?.create.split('\n')
    .map((line) => line.trim().replace(/,$/, '')) ?? [];

const indexesOf = ({ tables }: SchemaPlan, name: string): readonly string[] =>
  tables.find((table) => table.name === name)?.indexes.map(({ clause }) => clause) ?? [];

/** Findings as `severity object: what`. */
const found = ({ findings }: SchemaPlan): readonly string[] =>
  findings.map(({ severity, object, what }) => `${severity} ${object}: ${what}`);

const isMysql = ({ target }: SchemaPair): boolean => target.flavor === 'mysql';

/** Applies all phases, which shows that the server accepts every statement. */
async function applied({ target }: SchemaPair, plan: SchemaPlan): Promise<void> {
  for (const phase of phases) await applyPhase(target, plan, phase);
}

describeMariadb('the plan of a schema', () => {
  test('has every column with its default, and CHECK constraints in the table', async () => {
    const ddl = `
      create domain percent as int check (value between 0 and 100);
      create type mood as enum ('sad', 'o''k', 'back\\slash');
      create table item (
        id bigint generated always as identity (start 41) primary key,
        code char(3) not null default 'ab', name varchar(20) default 'it''s', note text default 'a\\b', price numeric(8,2) default 0,
        share percent not null default 5, active boolean default true, mood mood default 'back\\slash', born date default current_date,
        made timestamptz(3) default now(), seen timestamp default now(), utc timestamp default (now() at time zone 'utc'),
        tags text[] default '{a,"b c"}', doc jsonb default '{"a": [1]}', raw bytea default '\\x00ff', bits bit(3) default '101',
        pause interval default '1 day 02:00', token uuid default gen_random_uuid(), key text default 'k' || '1', neg int default -7,
        twice int generated always as (neg * 2) stored, lowered text generated always as (lower(name)) stored,
        check (price >= 0 and code <> 'zzz'), constraint odd check (name ~ '^a'), constraint even check (note <> 'x\\y'));
      comment on table item is 'It''s an item'; comment on column item.code is 'back\\slash'`;
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      expect(createOf(plan, 'item')).toEqual([
        `create table \`${pair.database}\`.\`item\` (`,
        '`id` bigint not null auto_increment',
        "`code` char(3) not null default 'ab' comment 'back\\\\slash'",
        "`name` varchar(20) null default 'it''s'",
        "`note` longtext null default ('a\\\\b')",
        '`price` decimal(8,2) null default 0',
        '`share` int not null default 5',
        '`active` tinyint(1) null default 1',
        "`mood` enum('sad','o''k',x'6261636b5c736c617368') null default 'back\\\\slash'",
        '`born` date null default (curdate())',
        '`made` datetime(3) null default (utc_timestamp(3))',
        '`seen` datetime(6) null default current_timestamp(6)',
        '`utc` datetime(6) null default (utc_timestamp(6))',
        `\`tags\` json null default ('["a","b c"]')`,
        `\`doc\` json null default ('{"a": [1]}')`,
        "`raw` longblob null default (unhex('00ff'))",
        "`bits` bit(3) null default (cast('5' as unsigned))",
        "`pause` varchar(64) character set ascii null default 'P1DT2H'",
        `\`token\` ${isMysql(pair) ? 'char(36) character set ascii' : 'uuid'} null default (uuid())`,
        "`key` longtext null default (concat('k', '1'))",
        '`neg` int null default -7',
        '`twice` int generated always as ((`neg` * 2)) stored',
        '`lowered` longtext null',
        'primary key (`id`)',
        "constraint `even` check (`note` <> 'x\\\\y')",
        "constraint `item_check` check ((`price` >= 0) and (`code` <> 'zzz'))",
        'constraint `item_share_domain` check ((`share` >= 0) and (`share` <= 100))',
        `) engine=InnoDB auto_increment=41 default character set utf8mb4 collate ${exactCollation[pair.target.flavor]} comment='It''s an item'`,
      ]);
      expect(found(plan)).toEqual(
        expect.arrayContaining([
          "warn public.item: CHECK odd: is not carried: ((name)::text ~ '^a'::text)",
          'warn public.item.lowered: becomes a plain column: the stream carries its values, but the target does not compute them',
          'warn public.item.token: has the default (uuid())',
          'info public.item.seen: has the default current_timestamp(6)',
        ]),
      );
      await applied(pair, plan);
      // The server computes what the plan says.
      await pair.target.run(`insert into ${pair.database}.item () values ()`);
      const [row] = await pair.target.cells(
        `select id, note, mood, replace(tags, ', ', ','), hex(raw), bits + 0, \`key\`, twice, abs(timestampdiff(second, made, utc_timestamp())) < 5 from ${pair.database}.item`,
      );
      expect(row?.map(String)).toEqual(['41', 'a\\b', 'back\\slash', '["a","b c"]', '00FF', '5', 'k1', '-14', '1']);
      await expect(pair.target.run(`insert into ${pair.database}.item (note) values (?)`, ['x\\y'])).rejects.toThrow(
        /even/,
      );
    });
  });

  test('has unique keys and indexes after the data, and reports those that MySQL lacks', async () => {
    const ddl = `
      create table t (a int, b text, c varchar(1000), d int, e varchar(40), r int4range, doc jsonb, primary key (a, b),
        unique (e, d), exclude using gist (r with &&));
      create index plain on t (d desc, b); create index long_text on t (c, b); create index included on t (d) include (e);
      create index partial on t (d) where d > 5; create index hashed on t using hash (e); create index words on t using gin (doc);
      create index expression on t (lower(e)); create unique index one_active on t (e) where d > 0;
      create unique index lowered on t (lower(e)); create unique index odd on t (e) where e ~ 'x';
      create unique index nulls on t (d) nulls not distinct;
      create table late (id int primary key, n int unique deferrable);
      insert into t values (1, repeat('x', 200), 'c', 1, 'e', '[1,2)', '{}')`;
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      const helpers = [
        '`sluice_lowered_1` varchar(40) generated always as (lower(`e`)) virtual invisible',
        '`sluice_one_active_2` tinyint(1) generated always as ((case when (`d` > 0) then 1 end)) virtual invisible',
      ];
      expect(createOf(plan, 't')).toContain('`b` varchar(400) not null');
      expect(createOf(plan, 't').filter((line) => line.startsWith('`sluice'))).toEqual(isMysql(pair) ? [] : helpers);
      expect(indexesOf(plan, 't')).toEqual([
        'unique key `t_e_d_key` (`e`, `d`)',
        'key `hashed` (`e`)',
        'key `included` (`d`)',
        'key `long_text` (`c`(255), `b`(255))',
        `unique key \`lowered\` (${isMysql(pair) ? '(lower(`e`))' : '`sluice_lowered_1`'})`,
        'unique key `nulls` (`d`)',
        `unique key \`one_active\` (\`e\`, ${isMysql(pair) ? '((case when (`d` > 0) then 1 end))' : '`sluice_one_active_2`'})`,
        'key `partial` (`d`)',
        'key `plain` (`d` desc, `b`(255))',
      ]);
      expect(found(plan).filter((finding) => !/null|years/.test(finding))).toEqual(
        expect.arrayContaining([
          'block public.t: t_r_excl: is not carried: EXCLUDE USING gist (r WITH &&)',
          'warn public.late: late_n_key: is checked for each row',
          'warn public.t: odd: is not carried',
          'info public.t: expression: is not carried',
          'info public.t: included: does not store e',
          'info public.t: partial: has all rows of the table',
          'info public.t: words: is not carried',
        ]),
      );
      await applied(pair, plan);
      const insert = (a: number, e: string, d: number) =>
        pair.target.run(`insert into ${pair.database}.t (a, b, e, d) values (?, '', ?, ?)`, [a, e, d]);
      await insert(1, 'x', -1);
      await insert(2, 'y', 1);
      // 'X' and 'x' are one value only in the index of lower(e); a row with d <= 0 is not in the partial one.
      await expect(insert(3, 'X', -2)).rejects.toThrow(/Duplicate entry 'x' for key '(?:t\.)?lowered'/);
      await expect(insert(4, 'y', 2)).rejects.toThrow(/Duplicate entry/);
    });
  });

  test('has foreign keys with types that are alike, and in the order of the key that they refer to', async () => {
    const ddl = `
      create table parent (id bigint primary key, a int, b text, c numeric, unique (b, a));
      create table child (id int primary key, parent int not null references parent on delete set null on update cascade, a int, b text,
        foreign key (a, b) references parent (a, b) match full on delete cascade,
        boss int references child on update cascade, d int default 1 references child on delete set default);
      create table other (id numeric primary key, t text references keyed); `.replace(
      ' t text references keyed',
      ' t text',
    );
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      const child = plan.tables.find(({ name }) => name === 'child');
      expect(child?.columns.find(({ name }) => name === 'parent')?.sqlType).toBe('bigint');
      const parent = `\`${pair.database}\`.\`parent\``;
      expect(child?.foreignKeys.map(({ clause }) => clause)).toEqual([
        `constraint \`child_a_b_fkey\` foreign key (\`b\`, \`a\`) references ${parent} (\`b\`, \`a\`) on delete cascade`,
        `constraint \`child_boss_fkey\` foreign key (\`boss\`) references \`${pair.database}\`.\`child\` (\`id\`) on update cascade`,
        `constraint \`child_d_fkey\` foreign key (\`d\`) references \`${pair.database}\`.\`child\` (\`id\`)`,
        `constraint \`child_parent_fkey\` foreign key (\`parent\`) references ${parent} (\`id\`) on update cascade`,
      ]);
      expect(found(plan).filter((finding) => finding.includes('FOREIGN KEY'))).toEqual([
        'warn public.child: FOREIGN KEY child_a_b_fkey: accepts rows with some of its columns NULL',
        'warn public.child: FOREIGN KEY child_boss_fkey: refuses updates of keys that rows of the same table refer to',
        'warn public.child: FOREIGN KEY child_d_fkey: has no action ON DELETE: such a DELETE is refused',
        'warn public.child: FOREIGN KEY child_parent_fkey: has no action ON DELETE: such a DELETE is refused',
      ]);
      await applied(pair, plan);
    });
  });

  test('has the counters of the source: AUTO_INCREMENT, or a sequence', async () => {
    const ddl = `
      create sequence shared; create sequence free increment 5 cycle maxvalue 100;
      create table a (id serial primary key, n int default nextval('shared'), code text);
      create table b (id int primary key, n int default nextval('shared'));
      create table named (id serial primary key check (id > 0), next int generated always as (id + 1) stored);
      create table c (k int primary key, id int generated by default as identity, unique (id));
      create table down (id int generated always as identity (increment -1) primary key);
      insert into a (code) values ('x'), ('y')`;
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      const last = `) engine=InnoDB auto_increment=3 default character set utf8mb4 collate ${exactCollation[pair.target.flavor]}`;
      expect(createOf(plan, 'a')).toEqual(expect.arrayContaining(['`id` int not null auto_increment', last]));
      expect(createOf(plan, 'c')).toEqual(
        expect.arrayContaining(['`id` int not null auto_increment', 'key `id_counter` (`id`)']),
      );
      expect(found(plan)).toEqual(
        expect.arrayContaining([
          'warn public.named: CHECK named_id_check: is not carried: (id > 0)',
          'warn public.named.next: becomes a plain column: the stream carries its values, but the target does not compute them',
        ]),
      );
      await applied(pair, plan);
      await pair.target.run(`insert into ${pair.database}.a () values ()`);
      const [next = []] = await pair.target.cells(`select id, n from ${pair.database}.a`);
      if (isMysql(pair)) {
        expect(next.map(String)).toEqual(['3', 'null']);
        expect(found(plan)).toEqual(
          expect.arrayContaining([
            'warn public.a.n: gets no values by itself any more: the application must give them',
            'warn public.down.id: gets no values by itself any more: the application must give them',
            'warn sequence public.free: is not carried',
          ]),
        );
        return;
      }
      expect(createOf(plan, 'a')).toContain(`\`n\` int null default (nextval(\`${pair.database}\`.\`shared\`))`);
      expect(next.map(String)).toEqual(['3', '3']);
      await pair.target.run(`insert into ${pair.database}.down () values ()`);
      const counted = (
        await pair.target.cells(`select nextval(${pair.database}.free), id from ${pair.database}.down`)
      ).flat();
      expect(counted.map(String)).toEqual(['1', '-1']);
    });
  });

  test('gives a name to everything whose name is taken, and blocks columns that differ only in case', async () => {
    const long = 'x'.repeat(60);
    const ddl = `
      create schema sales; create table users (id int primary key, n int constraint positive check (n > 0));
      create table sales.users (id int primary key, n int, constraint positive check (n > 1), "N" int);
      create table ${long} (id int primary key, ${long} int check (${long} > 0))`;
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      expect(plan.tables.map(({ source, name }) => `${source.schema}.${source.name} ${name}`)).toEqual([
        `public.users users`,
        `public.${long} ${long}`,
        'sales.users users_sales',
      ]);
      expect(createOf(plan, 'users_sales')).toContain('constraint `positive_users` check (`n` > 1)');
      expect(found(plan)).toContain('block sales.users.N: cannot be beside the column n');
    });
  });

  test('keeps characters beyond U+FFFF where the catalogue can, and reports them where it cannot', async () => {
    const ddl = `
      create type face as enum ('😀', '😂');
      create table t (id int primary key, f face, d text default '😀', v varchar(9) default '😂', g text generated always as ('😀' || v) stored,
        constraint c check (v <> '😎'));
      comment on table t is 'ein Gesicht: 😀';
      create table "😀" (id int primary key, "b😀" int)`;
    await withSchemaPair(ddl, async (pair) => {
      const plan = await pair.plan();
      const found = plan.findings.filter(({ why }) => why?.includes('utf8mb3'));
      expect(found.map(({ severity, object }) => [severity, object]).sort()).toEqual([
        ['block', 'public.😀'],
        ['block', 'public.😀.b😀'],
        ['info', 'public.t'],
      ]);
      const definition = createOf(plan, 't');
      expect(definition[2]).toBe('`f` varchar(768) null');
      expect(definition.at(-1)).toContain("comment='ein Gesicht: ?'");
      await pair.target.run(plan.tables.find(({ name }) => name === 't')?.create ?? '');
      await pair.target.run("insert into t (id, f) values (1, '😂')");
      expect(await pair.target.cells('select f, d, v, g from t')).toEqual([['😂', '😀', '😂', '😀😂']]);
      await expect(pair.target.run("insert into t (id, v) values (2, '😎')")).rejects.toThrow(/constraint/i);
    });
  });

  test('makes the longest texts of a row that is too long a TEXT with a CHECK', async () => {
    await withSchemaPair(
      'create table wide (id int primary key, a varchar(9000), b varchar(8000), c varchar(300))',
      async (pair) => {
        const plan = await pair.plan();
        expect(createOf(plan, 'wide').slice(1, -1)).toEqual([
          '`id` int not null',
          '`a` text null',
          '`b` varchar(8000) null',
          '`c` varchar(300) null',
          'primary key (`id`)',
          'constraint `wide_a_length` check (char_length(`a`) <= 9000)',
        ]);
        await applied(pair, plan);
      },
    );
  });

  test('has the digits of the data for a numeric without precision, and follows policies of single columns', async () => {
    const ddl = `create table m (id uuid primary key, n numeric, pause interval);
      insert into m values ('00000000-0000-0000-0000-00000000000a', 123.4500, '1s'), ('00000000-0000-0000-0000-00000000000b', 'NaN', '2s')`;
    await withSchemaPair(ddl, async (pair) => {
      const columns = {
        'public.m.id': { uuid: 'binary' },
        'public.m.pause': { interval: 'microseconds' },
        'public.m.none': { uuid: 'text' },
      } as const;
      const plan = await pair.plan({ policies: { all: { onNaN: 'null' }, columns } });
      expect(createOf(plan, 'm').slice(1, 4)).toEqual([
        '`id` binary(16) not null',
        '`n` decimal(15,2) null',
        '`pause` bigint null',
      ]);
      expect(plan.tables[0]?.columns[1]?.target?.policies.onNaN).toBe('null');
      expect(unknownColumns({ all: {}, columns }, plan)).toEqual(['public.m.none']);
      await applied(pair, plan);
    });
  });
});
