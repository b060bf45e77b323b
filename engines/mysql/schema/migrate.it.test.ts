/** Proves that own tables are created once by processes at the same time, and continued after a stop half-way. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeMariadb, freshMariadb } from '../../../test/mariadb.ts';
import { exactCollation } from '../collation.ts';
import { mysqlAddress } from '../connection/address.ts';
import { withSession } from '../connection/open-session.ts';
import type { Session } from '../connection/session.ts';
import { migrate } from './migrate.ts';
import { type Migration, migrations } from './migrations.ts';

const script = join(import.meta.dirname, '../../../test/engines/mysql-migrate-process.ts');

/** Runs `work` with a session whose own tables are in a database that does not exist yet, and drops it. */
async function withNewDatabase(work: (session: Session, database: ReturnType<typeof mysqlAddress>) => Promise<void>) {
  await using fresh = await freshMariadb();
  const database = { ...mysqlAddress(fresh.url), bookkeeping: `${fresh.name}_own` };
  await withSession(database, 'test', async (session) => {
    try {
      await work(session, database);
    } finally {
      await session.run(`drop database if exists ${database.bookkeeping}`);
    }
  });
}

describeMariadb('the migration', () => {
  test('by four processes at once is made by one of them', async () => {
    await withNewDatabase(async (session, database) => {
      const processes = Array.from({ length: 4 }, () =>
        promisify(execFile)(process.execPath, ['--import', 'tsx', script, JSON.stringify(database)], {
          timeout: 60_000,
        }),
      );
      const applied = (await Promise.all(processes)).map(({ stdout }) => JSON.parse(stdout) as number[]);
      expect(applied.flat()).toEqual(migrations.map(({ version }) => version));
      expect(await session.cells(`select version, name from ${session.own('schema_version')}`)).toEqual([
        ['1', 'bookkeeping'],
      ]);
      expect(await migrate(session)).toEqual([]);
    });
  });

  test('makes tables of InnoDB whose texts differ in case and in trailing spaces', async () => {
    await withNewDatabase(async (session) => {
      await migrate(session);
      expect(
        await session.cells(
          `select table_name, engine, table_collation from information_schema.tables
           where table_schema = ? and table_type = 'BASE TABLE' order by 1`,
          [session.bookkeeping],
        ),
      ).toEqual(
        ['checkpoint', 'dead_letter', 'load_chunk', 'load_refusal', 'schema_version', 'target'].map((table) => [
          table,
          'InnoDB',
          exactCollation[session.flavor],
        ]),
      );
    });
  });

  test('that stopped half-way continues', async () => {
    await withNewDatabase(async (session) => {
      const [first] = migrations;
      if (!first) throw new Error('no migration');
      const broken: Migration = {
        ...first,
        statements: (naming) => [...first.statements(naming).slice(0, 2), 'nonsense'],
      };
      await expect(migrate(session, [broken])).rejects.toMatchObject({ errno: 1064 });
      expect(await migrate(session)).toEqual([1]);
      await session.cells(`select 1 from ${session.own('held_table')}`);
    });
  });

  test('applies only what is missing, and refuses a newer or a changed schema', async () => {
    await withNewDatabase(async (session) => {
      await migrate(session);
      const second: Migration = {
        version: 2,
        name: 'more',
        statements: ({ own }) => [`create table ${own('more')} (a int)`],
      };
      const both = [...migrations, second];
      expect(await migrate(session, both)).toEqual([2]);
      await expect(migrate(session)).rejects.toMatchObject({ code: 'schema_newer' });
      const changed = { ...second, statements: () => ['do 1'] };
      await expect(migrate(session, [...migrations, changed])).rejects.toMatchObject({ code: 'migration_changed' });
      expect(await migrate(session, both)).toEqual([]);
    });
  });
});
