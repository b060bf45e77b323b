/**
 * Brings a database to the schema this version knows. Safe to run at once from several processes: an advisory lock lets
 * one do the work while the others wait and then find nothing to do.
 */
import type pg from 'pg';
import { PipelineError } from '../../pipeline/errors.ts';
import { migrations, type SchemaPart, versionTable } from '../../schemas/migrations.ts';
import { inTransaction } from './connection.ts';

/** Any constant will do, as long as it is ours: "sluice" in ASCII. */
const lockKey = '126943972582245';

/**
 * Applies what is missing of the parts and answers the numbers applied. Refuses a database that is not UTF8, or newer
 * than we are.
 */
export async function migrate(
  client: pg.Client,
  parts: readonly SchemaPart[] = ['sluice', 'users'],
): Promise<readonly number[]> {
  await requireUtf8(client);
  const known = migrations();
  await client.query(`select pg_advisory_lock(${lockKey})`);
  try {
    // Made only where it is missing, so that a user who may only write rows can run on a database that is up to date.
    const { rows: found } = await client.query(`select to_regclass('sluice.schema_version') is not null as there`);
    if (!found[0]?.there) await client.query(versionTable);
    const { rows } = await client.query<{ version: number }>('select version from sluice.schema_version');
    const applied = new Set(rows.map((row) => row.version));
    const newest = Math.max(0, ...applied);
    if (newest > known.length) throw newerSchema(newest, known.length);
    const missing = known.filter(({ version, part }) => parts.includes(part) && !applied.has(version));
    // Together, so that whoever looks meanwhile, as `status` does, finds no schema that is half there.
    await inTransaction(client, async () => {
      for (const { version, name, sql } of missing) {
        await client.query(sql);
        await client.query('insert into sluice.schema_version (version, name) values ($1, $2)', [version, name]);
      }
    });
    return missing.map(({ version }) => version);
  } finally {
    // The end of the session unlocks as well, and the first error is the one to tell.
    await client.query(`select pg_advisory_unlock(${lockKey})`).catch(() => undefined);
  }
}

/** A database in another encoding would refuse or change characters. */
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

const newerSchema = (found: number, known: number): PipelineError =>
  new PipelineError('schema_newer', `the database has schema version ${found}, this Sluice knows ${known}`, {
    advice: 'Use the newer Sluice that made it.',
  });
