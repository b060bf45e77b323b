/**
 * Databases of every released version can be upgraded: only a migration's own changes occur, and repeating the
 * same events changes nothing. `make-fixture.ts` makes the dumps.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { missingMigrations, readApplied, schemaDifferences } from '../../engines/postgres/schema/schema-state.ts';
import { migrations, type SchemaPart } from '../../schemas/migrations.ts';
import { describePostgres, type FreshDatabase } from '../context.ts';
import { databaseOf } from '../database-of.ts';
import { sluice } from '../sluice.ts';
import { asBefore, ask, everything, restored as restoredFrom } from './restored.ts';

const folder = join(import.meta.dirname, '../fixtures/releases');
const versions = readdirSync(folder).sort();
const dumps = versions.flatMap((version) =>
  readdirSync(join(folder, version)).map((file) => ({ version, name: file.replace('.sql.gz', '') })),
);
const sample = join(import.meta.dirname, '../../data/sample_events.json');

/** Options of a dump besides the sample. */
const flagsOf: { readonly [name: string]: readonly string[] } = {
  'hard-deletes': ['--deletes', 'hard'],
  'own-function': ['--functions', join(import.meta.dirname, '../fixtures/own-functions')],
};
const migrated = 'brought the schema up to date';

const partsOf = (name: string): readonly SchemaPart[] => (name === 'replica' ? ['sluice'] : ['sluice', 'users']);

const restored = (version: string, name: string): Promise<FreshDatabase> =>
  restoredFrom(join(folder, version, `${name}.sql.gz`));

/** The newest release has all migrations, until the next one is written. */
const isCurrent = async (url: string, name: string): Promise<boolean> =>
  withConnection(
    databaseOf(url),
    'test',
    async (client) => missingMigrations((await readApplied(client)) ?? [], partsOf(name)).length === 0,
  );

test('every released version has dumps, and its migrations are frozen', () => {
  const released = JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas/released.json'), 'utf8'));
  expect(versions).toEqual(Object.keys(released).sort());
});

describePostgres('a database of', () => {
  test.each(dumps)(
    '$version, $name: an upgrade keeps every row, and may be started by any command',
    async ({ version, name }) => {
      await using database = await restored(version, name);
      const before = await everything(database.url);
      const current = await isCurrent(database.url, name);
      const applied = await Promise.all(
        [1, 2, 3].map(() =>
          withConnection(databaseOf(database.url), 'setup', (client) => migrate(client, partsOf(name))),
        ),
      );
      expect(applied.filter((numbers) => numbers.length > 0)).toHaveLength(current ? 0 : 1);
      expect(asBefore(before, await everything(database.url))).toEqual(asBefore(before, before));

      await withConnection(databaseOf(database.url), 'test', async (client) => {
        const now = (await readApplied(client)) ?? [];
        const expected = migrations().filter(({ part }) => partsOf(name).includes(part));
        expect(now).toEqual(
          expected.map(({ version: number, name: title, checksum }) => ({ version: number, name: title, checksum })),
        );
        expect(await schemaDifferences(client, now)).toEqual([]);
      });
    },
  );

  test.each(dumps.filter(({ name }) => name !== 'replica'))(
    '$version, $name: the same events again change nothing',
    async ({ version, name }) => {
      await using database = await restored(version, name);
      const rows = 'select to_jsonb(u) as row from users_enriched u order by id';
      const before = await ask(database.url, rows);
      const current = await isCurrent(database.url, name);
      const flags = flagsOf[name] ?? [];
      const { code, stderr } = await sluice(['run', '--source', `file:${sample}`, '--group-id', 'again', ...flags], {
        env: { DATABASE_URL: database.url },
      });
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: current ? expect.not.stringContaining(migrated) : expect.stringContaining(migrated),
      });
      expect(await ask(database.url, rows)).toEqual(before);
      expect(before.length).toBeGreaterThan(200);
      const [counts] = await ask(
        database.url,
        `select read::int, applied::int, parked > 0 as parked from sluice.checkpoint where pipeline = 'again'`,
      );
      expect(counts).toEqual({ read: 577, applied: 0, parked: true });
    },
  );

  /** Objects that no release has yet. */
  const newest = { migration: '9 held_tables', query: 'select * from sluice.held_table' };

  test.each(versions)('%s is named as an old version, instead of a missing table', async (version) => {
    await using database = await restored(version, 'users');
    const [found] = await ask(database.url, 'select max(version) as version from sluice.schema_version');
    if (await isCurrent(database.url, 'users')) {
      expect(await sluice(['schema', 'migrate'], { env: { DATABASE_URL: database.url } })).toEndWith(0);
      return;
    }
    const sentence = `the database has schema version ${found?.version}, this Sluice needs ${migrations().length}`;
    const env = { DATABASE_URL: database.url };
    expect(await sluice(['status'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${sentence} [schema_older]`),
    });
    const asked = await sluice(['sql', newest.query], { env });
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
    const { stdout } = await sluice(['doctor'], { env });
    expect(stdout).toContain(sentence);

    const done = await sluice(['schema', 'migrate'], { env });
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(newest.migration) });
    expect(await sluice(['sql', newest.query], { env })).toEndWith(0);
  });
});

describePostgres('an upgrade is refused and changes nothing', () => {
  const refused = async (url: string, code: string, message: RegExp) => {
    const before = await everything(url);
    const attempt = withConnection(databaseOf(url), 'setup', (client) => migrate(client));
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await everything(url)).toEqual(before);
  };

  test('if the database was made by an unreleased revision with other tables', async () => {
    await using database = await restored('0.1.0', 'users');
    await ask(
      database.url,
      `alter table sluice.checkpoint drop column snapshot_lsn; alter table sluice.held_row rename to kept_row`,
    );
    await refused(
      database.url,
      'schema_unreleased',
      /unreleased revision.*version is 6.*column sluice\.checkpoint\.snapshot_lsn is missing/,
    );
    const { stdout, code } = await sluice(['doctor', '--json'], { env: { DATABASE_URL: database.url } });
    expect(code).toBe(1);
    expect(stdout).toContain('column sluice.checkpoint.snapshot_lsn is missing');
    expect(stdout).toContain('table sluice.held_row is missing');
    const status = await sluice(['schema', 'status'], { env: { DATABASE_URL: database.url } });
    expect(status.code).toBe(1);
    expect(status.stderr).toContain('column sluice.checkpoint.snapshot_lsn is missing');
    expect(status.stderr).not.toContain('schema migrate');
  });

  test('if a migration of the database had another content', async () => {
    await using database = await restored('0.1.0', 'users');
    await withConnection(databaseOf(database.url), 'setup', (client) => migrate(client));
    await ask(database.url, `update sluice.schema_version set checksum = 'x' where version = 5`);
    await refused(database.url, 'migration_changed', /migration 5 replication/);
  });

  test('if the database has an unknown migration, until that is removed from the list: its column stays', async () => {
    await using database = await restored('0.1.0', 'users');
    await ask(
      database.url,
      `alter table users_enriched add column is_shared_mailbox boolean;
       update users_enriched set is_shared_mailbox = true where id % 2 = 0;
       insert into sluice.schema_version values (7, 'users_shared_mailbox')`,
    );
    await refused(database.url, 'migration_foreign', /migration 7 is users_shared_mailbox in the database/);
    const env = { DATABASE_URL: database.url };
    const { stderr } = await sluice(['schema', 'migrate'], { env });
    const [, statement = ''] = /sluice sql --write "([^"]+)"/.exec(stderr) ?? [];
    expect(await sluice(['sql', '--write', statement], { env })).toEndWith(0);
    expect(await sluice(['schema', 'migrate'], { env })).toEndWith(0);
    const [count] = await ask(database.url, 'select count(is_shared_mailbox)::int as kept from users_enriched');
    expect(count?.kept).toBeGreaterThan(100);
  });

  test('if the list lacks an applied migration, and the message contains the row', async () => {
    await using database = await restored('0.1.0', 'users');
    const env = { DATABASE_URL: database.url };
    expect(await sluice(['schema', 'migrate'], { env })).toEndWith(0);
    await ask(database.url, 'delete from sluice.schema_version where version = 7');
    await refused(
      database.url,
      'migration_unrecorded',
      /migration 7 own_functions creates an object that the database already has/,
    );
    const { stderr } = await sluice(['schema', 'migrate'], { env });
    const [, statement = ''] = /sluice sql --write "([^"]+)"/.exec(stderr) ?? [];
    expect(await sluice(['sql', '--write', statement], { env })).toEndWith(0);
    expect(await sluice(['schema', 'migrate'], { env })).toEndWith(0);
  });

  test('but is applied if only the user changed the table: wider and further columns, further indexes and checks', async () => {
    await using database = await restored('0.1.0', 'users');
    await ask(
      database.url,
      `alter table users_enriched alter column first_name type varchar(300), alter column state type text,
         add column remark text, add column score integer not null default 0, add check (id > 0);
       create index on users_enriched (last_name)`,
    );
    const applied = await withConnection(databaseOf(database.url), 'setup', (client) => migrate(client));
    expect(applied).toContain(7);
  });
});
