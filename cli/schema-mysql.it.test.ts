/** Proves the commands `schema plan` and `schema apply` for a MariaDB target: output, files, exit codes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from '../test/context.ts';
import { describeMariadb, freshMariadb } from '../test/mariadb.ts';
import { sluice } from '../test/sluice.ts';

async function withTables(
  ddl: string,
  work: (endpoints: readonly string[], database: string) => Promise<void>,
): Promise<void> {
  await using source = await freshDatabase('schema');
  await using target = await freshMariadb('schema');
  const client = new pg.Client({ connectionString: source.url });
  await client.connect();
  await client.query(ddl).finally(() => client.end());
  // `merge`, because a schema of the test must not become a database that stays.
  await work(['--source-db', source.url, '--target-db', target.url, '--policy', 'schemas=merge'], target.name);
}

const tables = `create table parent (id int primary key, name text unique);
  create table child (id serial primary key, parent int references parent, n numeric, check (n > 0));`;

describeMariadb('sluice schema', () => {
  test('plan shows statements and findings and writes the files, apply makes all, and again nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-schema-'));
    try {
      await withTables(tables, async (endpoints, database) => {
        const planned = await sluice(['schema', 'plan', ...endpoints, '--output-folder', folder]);
        expect(planned).toMatchObject({ code: 0 });
        expect(planned.stdout).toContain(
          `create table \`${database}\`.\`child\` (\n  \`id\` int not null auto_increment,`,
        );
        expect(planned.stdout).toMatch(/^-- warn: public\.child: n is decimal\(65,30\)$/m);
        const script = await readFile(join(folder, 'add_mysql_constraints.sql'), 'utf8');
        expect(script).toContain(
          `alter table \`${database}\`.\`parent\` add unique key \`parent_name_key\` (\`name\`);`,
        );
        expect(script).toContain('add constraint `child_parent_fkey` foreign key (`parent`)');
        const json = JSON.parse((await sluice(['schema', 'plan', ...endpoints, '--json'])).stdout);
        expect(json.tables.map(({ name }: { name: string }) => name)).toEqual(['child', 'parent']);
        const first = await sluice(['schema', 'apply', ...endpoints]);
        expect(first.stdout).toMatch(/^tables: 2 made, 0 already there, .*\nindexes: 1 made, .*\nforeignKeys: 1 made/);
        const second = await sluice(['schema', 'apply', ...endpoints]);
        expect(second.stdout).toMatch(
          /^tables: 0 made, 2 already there, .*\nindexes: 0 made, 1 .*\nforeignKeys: 0 made, 1 /,
        );
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('exits 6 and makes nothing while a finding blocks, until it is accepted', async () => {
    await withTables(
      'create table t (id int primary key, r int4range, exclude using gist (r with &&))',
      async (endpoints) => {
        const planned = await sluice(['schema', 'plan', ...endpoints]);
        expect(planned.code).toBe(6);
        expect(planned.stdout).toContain('-- block: public.t: t_r_excl is not carried');
        const refused = await sluice(['schema', 'apply', ...endpoints]);
        expect(refused).toMatchObject({ code: 6, stdout: '' });
        const accepted = await sluice(['schema', 'apply', ...endpoints, '--accept-findings']);
        expect(accepted.stdout).toMatch(/^tables: 1 made/);
      },
    );
  });

  test('refuses a policy for a column that no table has, and a target that is PostgreSQL', async () => {
    await withTables(tables, async (endpoints) => {
      const policy = await sluice([
        'schema',
        'plan',
        ...endpoints.slice(0, 4),
        '--policy',
        'public.child.none.onNaN=null',
      ]);
      expect(policy).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no planned table has the column public.child.none'),
      });
      const postgres = await sluice([
        'schema',
        'plan',
        ...endpoints.slice(0, 2),
        '--target-db',
        'postgresql://me@localhost/none',
      ]);
      expect(postgres).toMatchObject({ code: 2, stderr: expect.stringContaining('mysql://… or mariadb://…') });
    });
  });
});
