/** Proves on a real server which changes of captured tables and of their publication are told, and which are not. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../../../test/context.ts';
import { capturedFaults } from './captured-state.ts';
import { capturedSetting, noteTables, readCaptured } from './captured-tables.ts';
import { notePublication, publicationSetting, readPublicationState } from './publication-state.ts';

const usual = { isInterrupted: () => false, wantsRows: true, keepsPartitions: () => false, corrected: [] };

/** A source with these tables, of which some are captured, and a connector that has noted them as they are. */
async function scene(ddl: string, captured: readonly string[]) {
  const database = await freshDatabase('captured');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(ddl);
  const names = captured.map((name) => `"${name.replace('.', '"."')}"`).join(', ');
  await client.query(`create publication dbz_publication for table ${names} with (publish_via_partition_root = true)`);
  const publication = await readPublicationState(client, 'dbz_publication');
  if (publication === undefined) throw new Error('no publication');
  const config = {
    [capturedSetting]: JSON.stringify(noteTables(undefined, await readCaptured(client, captured), usual)),
    [publicationSetting]: JSON.stringify(notePublication(publication)),
  };
  return {
    source: (sql: string) => client.query(sql),
    faults: () => capturedFaults(client, config, () => true),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

const parted = `
  create schema parts;
  create table a (id int primary key, v text); create table "T t" (id int primary key, v int not null unique);
  create table p (id int, day date, primary key (id, day)) partition by range (day);
  create table p_25 partition of p for values from ('2025-01-01') to ('2026-01-01') partition by list (id);
  create table p_25_1 partition of p_25 for values in (1); create table p_25_2 partition of p_25 for values in (2);
  create table parts.p_26 partition of p for values from ('2026-01-01') to ('2027-01-01');
  create table p_rest partition of p default;
  create table h (id int primary key) partition by hash (id);
  create table h_0 partition of h for values with (modulus 2, remainder 0);
  create table h_1 partition of h for values with (modulus 2, remainder 1);
  insert into p values (1, '2025-05-05'), (2, '2025-05-05'), (1, '2026-05-05'), (1, '2030-05-05'); insert into h values (1), (2), (3);`;

const captured = ['public.a', 'public.T t', 'public.p', 'public.h'];

describePostgres('of captured tables', () => {
  test.each<[string, string, readonly (string | RegExp)[]]>([
    ['nothing that stays as it was', 'insert into a values (1); truncate a, p; delete from h', []],
    [
      'no partition that is made as one',
      `create table h_2 (like h); create table p_27 partition of p for values from ('2027-01-01') to ('2028-01-01')`,
      [],
    ],
    [
      'no partition that gets another name or schema',
      'alter table p_rest rename to p_others; alter table p_25_1 set schema parts',
      [],
    ],
    [
      'no column that comes, and no other constraint',
      'alter table a add w int default 7, add check (w > 0), alter v set not null',
      [],
    ],
    ['a TRUNCATE of a partition of a partition', 'truncate p_25_1', [/^the files of public\.p_25_1 have changed/]],
    [
      'a TRUNCATE of every partition, one by one',
      'begin; truncate h_0; commit; begin; truncate h_1; commit',
      [/^the files of public\.h_0, public\.h_1 have changed/],
    ],
    [
      'a TRUNCATE of a partition after one of its root',
      'begin; truncate p, h; commit; begin; truncate p_25_2; commit',
      [/^the files of .*public\.p_25_2.* have changed/],
    ],
    [
      'no TRUNCATE of the root, whatever happens to single partitions later',
      `begin; truncate p, h; commit; begin; alter table h_0 add check (id > 0); grant select on p_rest to public;
       create index on p_25_1 (day); reindex table h_1; analyze p; commit`,
      [],
    ],
    [
      'a TRUNCATE of all partitions of a partition',
      'truncate p_25',
      [/^the files of public\.p_25_1, public\.p_25_2 have changed/],
    ],
    [
      'a TRUNCATE of the default, in one of hash',
      'truncate p_rest, h_1',
      [/public\.p_rest have changed/, /public\.h_1 have changed/],
    ],
    [
      'a partition of a partition that is detached',
      'alter table p_25 detach partition p_25_2',
      [/^the partition public\.p_25_2 of public\.p was detached/],
    ],
    [
      'a partition that is detached with its own',
      'alter table p detach partition p_25',
      ['public.p_25', 'public.p_25_1', 'public.p_25_2'].map((name) => `the partition ${name} of public.p was detached`),
    ],
    [
      'a partition that is dropped in another schema',
      'drop table parts.p_26',
      [/^the partition parts\.p_26 of public\.p was dropped/],
    ],
    [
      'a schema that is dropped with its partition',
      'drop schema parts cascade',
      [/^the partition parts\.p_26 of public\.p was dropped/],
    ],
    [
      'a partition that another takes the place of, under its name',
      `alter table p detach partition p_rest; alter table p_rest rename to p_former;
       create table p_rest (like p including all); insert into p_rest values (7, '2040-01-01'); alter table p attach partition p_rest default`,
      [
        /^the partition public\.p_rest of public\.p was detached/,
        /^the partition public\.p_rest was attached to public\.p/,
      ],
    ],
    [
      'a table with partitions that is attached',
      `create table p_27 (like p including all) partition by list (id); create table p_27_1 partition of p_27 for values in (1);
       insert into p_27 values (1, '2027-05-05'); alter table p attach partition p_27 for values from ('2027-01-01') to ('2028-01-01')`,
      [/^the partition public\.p_27 was attached to public\.p/],
    ],
    [
      'two tables that change names',
      'alter table a rename to tmp; alter table "T t" rename to a; alter table tmp rename to "T t"',
      [
        /^public\.a is another table; the former is public\.T t now/,
        /^public\.T t is another table; the former is public\.a now/,
        /^public\.T t, public\.a had left the publication/,
      ],
    ],
    [
      'a table that goes to another schema, where its name is taken here',
      'alter table a set schema parts; create table a (id int primary key, v text)',
      [/^public\.a is another table; the former is parts\.a now/],
    ],
    [
      'a table that was loaded beside it and took its name',
      'create table new_a (like a including all); begin; alter table a rename to old_a; alter table new_a rename to a; drop table old_a; commit',
      [/^public\.a was dropped and created again/],
    ],
    [
      'a schema that gets another name',
      'alter schema public rename to app',
      captured.map((name) => `${name} is app${name.slice(6)} in the source now`),
    ],
    [
      'a key that gets a column',
      'alter table a drop constraint a_pkey, add primary key (id, v)',
      [/^the primary key of public\.a was \(id\) and is \(id, v\)/],
    ],
    [
      'a key that is gone',
      'alter table "T t" drop constraint "T t_pkey"',
      [/^the primary key of public\.T t was \(id\) and is \(\)/],
    ],
    [
      'a column of the key that gets another name',
      'alter table a rename id to ident',
      [/^the primary key of public\.a was \(id\) and is \(ident\)/],
    ],
    [
      'an identity of nothing',
      'alter table "T t" replica identity nothing',
      [/^the replica identity of public\.T t was default and is nothing/],
    ],
    [
      'no identity that is FULL since',
      'alter table "T t" replica identity full; alter table h replica identity full',
      [],
    ],
    [
      'a publication without UPDATE',
      `alter publication dbz_publication set (publish = 'insert, delete, truncate')`,
      [/does not publish update/],
    ],
    [
      'a publication without anything',
      `alter publication dbz_publication set (publish = '')`,
      [/does not publish insert, update, delete, truncate/],
    ],
    [
      'a publication with rows and columns of one table',
      'alter publication dbz_publication set table a, p, h, "T t" (id) where (id > 5)',
      [/sends only rows of public\.T t with \(id > 5\)/, /does not send v of public\.T t/],
    ],
    [
      'a publication that lacks a column which came later',
      'alter publication dbz_publication set table a (id, v), p, h, "T t"; alter table a add later int',
      [/does not send later of public\.a/],
    ],
    [
      'a publication of another owner who made it anew',
      'drop publication dbz_publication; create publication dbz_publication for table a, p, h, "T t" with (publish_via_partition_root = true)',
      [/^the publication dbz_publication was altered/],
    ],
    [
      'a table that left the publication and came back',
      'alter publication dbz_publication drop table h; alter publication dbz_publication add table h',
      [/^public\.h had left the publication/],
    ],
  ])('is told: %s', async (_, change, says) => {
    await using it = await scene(parted, captured);
    expect(await it.faults()).toEqual([]);
    await it.source(change);
    const found = await it.faults();
    for (const one of says) {
      expect(found.join('\n')).toMatch(one instanceof RegExp ? new RegExp(one.source, 'm') : one);
    }
    expect(found, found.join('\n')).toHaveLength(says.length);
  });
});
