/** Creates one table from a definition, without access to its source. */
import type pg from 'pg';
import { inTransaction } from '../connection/connection.ts';
import { quoted } from '../identifiers.ts';
import { createStatements } from './create.ts';
import { lockTables } from './lock.ts';
import { run } from './prepare.ts';
import type { CatalogueTable } from './table.ts';

/** Creates the table, and its schema if that is missing. Returns false if a relation of that name exists. */
export const makeTable = (target: pg.Client, table: CatalogueTable): Promise<boolean> =>
  inTransaction(target, async () => {
    await lockTables(target);
    const { rows } = await target.query<{ there: boolean; schema: boolean }>(
      `select to_regclass($1) is not null as there, to_regnamespace($2) is not null as schema`,
      [table.qualified, quoted(table.schema)],
    );
    if (rows[0]?.there) return false;
    // IF NOT EXISTS would require the privilege to create schemas even where the schema exists.
    if (!rows[0]?.schema) await run(target, `create schema ${quoted(table.schema)}`);
    for (const statement of createStatements([table], new Set())) await run(target, statement);
    return true;
  });
