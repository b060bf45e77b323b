/**
 * Migrates a database to the schema of this version. Several processes may run it at once: under an advisory lock one
 * migrates, and the others then find nothing to do.
 */
import type pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import {
  addedColumns,
  enrichedTable,
  fillChecksums,
  type Migration,
  migrations,
  type SchemaPart,
  versionTable,
} from '../../../schemas/migrations.ts';
import { inTransaction } from '../connection/connection.ts';
import { missingMigrations, readApplied, refuseApplied, schemaDifferences, unreleasedSchema } from './schema-state.ts';

/** The advisory lock's key: "sluice" in ASCII. */
const lockKey = '126943972582245';

/** Runs `work` while no other process changes the schema. */
export async function withSchemaLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query(`select pg_advisory_lock(${lockKey})`);
  try {
    return await work();
  } finally {
    // An error is ignored: the end of the session also unlocks, and the first error matters.
    await client.query(`select pg_advisory_unlock(${lockKey})`).catch(() => undefined);
  }
}

/**
 * Applies the missing migrations of the parts and returns their numbers. Refuses a database that is not UTF8, that a newer
 * Sluice has migrated, or whose migrations are not the released ones. Compares checksums, or the database's tables if a
 * version before 0.2.0 stored no checksums.
 */
export async function migrate(
  client: pg.Client,
  parts: readonly SchemaPart[] = ['sluice', 'users'],
): Promise<readonly number[]> {
  await requireUtf8(client);
  return withSchemaLock(client, async () => {
    const found = await readApplied(client);
    // Created only if missing: on a current database, the user needs only the privilege to write rows.
    if (found === null) await client.query(versionTable);
    const applied = found ?? [];
    const unchecked = applied.some(({ checksum }) => checksum === null);
    const refusal =
      refuseApplied(applied) ??
      (unchecked ? unreleasedSchema(applied, await schemaDifferences(client, applied)) : undefined);
    if (refusal) throw refusal;
    const missing = missingMigrations(applied, parts);
    if (applied.length > 0) await requireFreeColumns(client, missing);
    // In one transaction, so that `status` never sees a half-made schema.
    await inTransaction(client, async () => {
      for (const { version, name, sql } of missing) {
        await client.query(sql).catch((error: unknown) => {
          throw isDuplicate(error) ? unrecorded(version, name, error) : error;
        });
        await client.query('insert into sluice.schema_version (version, name) values ($1, $2)', [version, name]);
      }
      if (unchecked || missing.length > 0) await client.query(fillChecksums(migrations()));
    });
    return missing.map(({ version }) => version);
  });
}

/** SQLSTATEs for an existing table, column, schema, index or function. */
const duplicates = new Set(['42P06', '42P07', '42701', '42710', '42723']);

function isDuplicate(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && duplicates.has(error.code);
}

function unrecorded(version: number, name: string, cause: Error): PipelineError {
  return new PipelineError(
    'migration_unrecorded',
    `migration ${version} ${name} creates an object that the database already has (${cause.message}), and sluice.schema_version does not list it`,
    {
      cause,
      advice: `If its row was deleted, write it again: npx sluice sql --write "INSERT INTO sluice.schema_version (version, name) VALUES (${version}, '${name}')". Nothing was changed.`,
    },
  );
}

/** Throws if a user's own column has the name of a column that a migration adds. */
async function requireFreeColumns(client: pg.Client, missing: readonly Migration[]): Promise<void> {
  const added = missing.flatMap((migration) =>
    (addedColumns.get(migration.version) ?? []).map(({ name }) => ({ name, migration })),
  );
  if (added.length === 0) return;
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attname = any ($2)`,
    [enrichedTable, added.map(({ name }) => name)],
  );
  const taken = added.find(({ name }) => rows.some((row) => row.name === name));
  if (taken) throw columnTaken(taken.name, taken.migration);
}

function columnTaken(column: string, { version, name }: Migration): PipelineError {
  return new PipelineError(
    'column_taken',
    `migration ${version} ${name} adds the column ${column}, and ${enrichedTable} has a column of your own by that name`,
    {
      advice: `Rename yours, here and in the file that declares it: npx sluice sql --write "ALTER TABLE ${enrichedTable} RENAME COLUMN ${column} TO own_${column}; UPDATE sluice.own_function SET column_name = 'own_${column}' WHERE column_name = '${column}'"`,
    },
  );
}

/** Throws for another encoding, which would refuse or change characters. */
async function requireUtf8(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; name: string }>(
    `select pg_encoding_to_char(encoding) as encoding, datname as name from pg_database where datname = current_database()`,
  );
  const [database] = rows;
  if (database && database.encoding !== 'UTF8') {
    throw new PipelineError(
      'database_not_utf8',
      `the database ${database.name} is encoded in ${database.encoding}, not in UTF8`,
      {
        advice: `Create one that is: CREATE DATABASE ${database.name}_utf8 ENCODING 'UTF8' TEMPLATE template0`,
      },
    );
  }
}
