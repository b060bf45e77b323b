/** Proves the command `load` for a PostgreSQL target: output, exit codes, and what it says about faults. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../test/context.ts';
import { sluice } from '../test/sluice.ts';

async function withDatabases(
  ddl: string,
  work: (load: (...more: readonly string[]) => ReturnType<typeof sluice>, target: pg.Client) => Promise<void>,
): Promise<void> {
  await using source = await freshDatabase('load');
  await using target = await freshDatabase('load');
  const [from, to] = [source, target].map(({ url }) => new pg.Client({ connectionString: url })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([from.connect(), to.connect()]);
  await from.query(ddl).finally(() => from.end());
  try {
    await work((...more) => sluice(['load', '--source-db', source.url, '--target-db', target.url, ...more]), to);
  } finally {
    await to.end();
  }
}

const tables = `create table parent (id int primary key, name text unique); create schema other;
  create table other.child (id serial primary key, parent int references parent, n numeric);
  insert into parent select g, 'p' || g from generate_series(1, 3000) g;
  insert into other.child (parent, n) select g, 'NaN' from generate_series(1, 3000) g`;

describePostgres('sluice load into PostgreSQL', () => {
  test('makes the tables, prints their rows, and loads nothing when it is run again', async () => {
    await withDatabases(tables, async (load, target) => {
      const first = await load('--load-connections', '3', '--batch-size', '1000');
      expect(first).toMatchObject({ code: 0 });
      expect(first.stdout).toMatch(
        /^table +rows +refused\n[─ ]+\nother\.child +3000 +0\npublic\.parent +3000 +0\nloaded in [\d.]+ s\n$/,
      );
      expect(first.stderr).toContain('created tables as the source defines them');
      const second = await load();
      expect(second.stdout.replace(/[\d.]+ s\n$/, '')).toBe(first.stdout.replace(/[\d.]+ s\n$/, ''));
      const { rows } = await target.query(`insert into other.child (parent) values (1) returning id`);
      expect(rows).toEqual([{ id: 3001 }]);
    });
  });

  test('loads only the named tables', async () => {
    await withDatabases(tables, async (load, target) => {
      expect(await load('--tables', 'public.*')).toMatchObject({ code: 0 });
      const { rows } = await target.query(`select to_regclass('other.child') as child, count(*)::int from parent`);
      expect(rows).toEqual([{ child: null, count: 3000 }]);
    });
  });

  test('exits 3 when rows are refused, and 1 when rows lack their parent, each with what to do', async () => {
    await withDatabases(tables, async (load, target) => {
      await load('--tables', 'public.*');
      await target.query(`truncate parent; alter table parent add check (id <> 7); delete from sluice.load_chunk`);
      const refused = await load();
      expect(refused).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/rows of the target break a constraint.*sluice\.load_refusal/s),
      });
      const broken = await load('--tables', 'other.*');
      expect(broken.code).toBe(1);
      expect(broken.stderr).toContain('child_parent_fkey of other.child does not hold for 1: (7)');
    });
  });

  test('exits 1 for a table with rows of its own, with the statement that empties it', async () => {
    await withDatabases(tables, async (load, target) => {
      await target.query('create table parent (id int primary key, name text); insert into parent values (1)');
      const { code, stderr } = await load();
      expect(code).toBe(1);
      expect(stderr).toMatch(/\[table_not_empty\].*TRUNCATE TABLE public\.parent;/s);
    });
  });
});
