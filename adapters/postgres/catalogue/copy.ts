/** Makes the tables that are missing in one database like those of another. */
import type pg from 'pg';
import { inTransaction } from '../connection.ts';
import { createStatements } from './create.ts';
import { lockTables } from './lock.ts';
import type { CatalogueTable } from './table.ts';
import { readPrerequisites } from './types.ts';

const tableNames = `select oid::regclass::text as name from pg_class where relkind in ('r', 'p', 'v', 'm', 'f')`;

/**
 * Makes those of `tables`, read from `source`, that `target` does not have, with the types, sequences, keys, constraints
 * and indexes they need. Answers the names of what it made. All in one transaction, one process at a time.
 */
export async function copyTables(
  source: pg.Client,
  target: pg.Client,
  tables: readonly CatalogueTable[],
): Promise<readonly string[]> {
  const prerequisites = await readPrerequisites(source);
  return await inTransaction(target, async () => {
    await lockTables(target);
    const { rows } = await target.query<{ name: string }>(tableNames);
    const there = new Set(rows.map(({ name }) => name));
    const missing = tables.filter(({ qualified }) => !there.has(qualified));
    if (missing.length === 0) return [];
    for (const { create, exists } of prerequisites) {
      if ((await target.query(exists)).rows.length === 0) await target.query(create);
    }
    for (const statement of createStatements(missing, there)) await target.query(statement);
    return missing.map(({ qualified }) => qualified);
  });
}
