/** A PostgreSQL with tables, an empty MariaDB, and the plan from one to the other, for tests of schemas. */
import pg from 'pg';
import { mysqlAddress } from '../engines/mysql/connection/address.ts';
import { openSession } from '../engines/mysql/connection/open-session.ts';
import type { Session } from '../engines/mysql/connection/session.ts';
import type { SchemaPlan } from '../engines/mysql/schema-plan/schema-plan.ts';
import { planWith, type SchemaConfig } from '../services/schema/plan.ts';
import { freshDatabase } from './context.ts';
import { databaseOf } from './database-of.ts';
import { freshMariadb } from './mariadb.ts';

/** Both databases of a test, with open sessions. */
export type SchemaPair = {
  readonly source: pg.Client;
  readonly target: Session;
  /** The name of the target's database. */
  readonly database: string;
  /** Opens another session of the target, until the work is done. */
  readonly open: () => Promise<Session>;
  /** Plans the schema of the source as it is now. All schemas become the one database of the test. */
  readonly plan: (changes?: Partial<SchemaConfig>) => Promise<SchemaPlan>;
};

/** Runs `work` with tables at the source, and removes everything afterwards. */
export async function withSchemaPair(ddl: string, work: (pair: SchemaPair) => Promise<void>): Promise<void> {
  await using sourceDatabase = await freshDatabase('schema');
  await using targetDatabase = await freshMariadb('schema');
  const bookkeeping = `${targetDatabase.name}_own`;
  const address = { ...mysqlAddress(targetDatabase.url), bookkeeping };
  const source = new pg.Client({ connectionString: sourceDatabase.url });
  await source.connect();
  const target = await openSession(address, 'schema test');
  const more: Session[] = [];
  try {
    await source.query(ddl);
    await work({
      source,
      target,
      database: targetDatabase.name,
      open: async () => {
        const session = await openSession(address, 'schema test');
        more.push(session);
        return session;
      },
      plan: (changes = {}) =>
        planWith(
          target,
          {
            source: databaseOf(sourceDatabase.url),
            target: address,
            policies: { all: {}, columns: {} },
            schemas: { mode: 'merge', databases: {} },
            includes: () => true,
            ...changes,
          },
          () => undefined,
        ),
    });
  } finally {
    for (const session of more) await session.end();
    await target.run(`drop database if exists ${bookkeeping}`);
    await target.end();
    await source.end();
  }
}
