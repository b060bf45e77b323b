/** The schema version of a database, and whether this Sluice supports it. */
import type pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import { type Difference, differences, expectedCatalogue } from '../../../schemas/catalogue.ts';
import { type Migration, migrations, type SchemaPart } from '../../../schemas/migrations.ts';
import { readCatalogue } from './schema-catalogue.ts';

/** An applied migration. Versions before 0.2.0 stored no checksum. */
export type Applied = { readonly version: number; readonly name: string; readonly checksum: string | null };

/** The applied migrations in order, or null without a schema. */
export async function readApplied(client: pg.Client): Promise<readonly Applied[] | null> {
  const { rows: found } = await client.query<{ exists: boolean }>(
    `select to_regclass('sluice.schema_version') is not null as exists`,
  );
  if (!found[0]?.exists) return null;
  // Through JSON, because the column `checksum` exists only since migration 7.
  const { rows } = await client.query<Applied>(
    `select version, name, to_jsonb(v) ->> 'checksum' as checksum from sluice.schema_version v order by version`,
  );
  return rows;
}

/** The number of the newest applied migration; 0 when there is none. */
export const schemaVersion = (applied: readonly Applied[]): number => applied.at(-1)?.version ?? 0;

/** The migrations of these parts that are not applied. Defaults to the parts that the database has. */
export function missingMigrations(
  applied: readonly Applied[],
  parts: readonly SchemaPart[] = presentParts(applied),
): readonly Migration[] {
  const versions = new Set(applied.map(({ version }) => version));
  return migrations().filter(({ version, part }) => parts.includes(part) && !versions.has(version));
}

/** The parts that a database has. A replica has only the bookkeeping. */
export function presentParts(applied: readonly Applied[]): readonly SchemaPart[] {
  const known = migrations();
  const hasUsers = applied.some(({ version }) => known[version - 1]?.part === 'users');
  return hasUsers ? ['sluice', 'users'] : ['sluice'];
}

/** The error if the applied migrations differ from this Sluice's; undefined otherwise. */
export function refuseApplied(applied: readonly Applied[]): PipelineError | undefined {
  const known = migrations();
  for (const { version, name, checksum } of applied) {
    const migration = known[version - 1];
    if (!migration) continue;
    if (migration.name !== name) return foreignMigration(version, name, migration.name);
    if (checksum !== null && checksum !== migration.checksum) return changedMigration(version, name);
  }
  const newest = schemaVersion(applied);
  return newest > known.length ? newerSchema(newest, known.length) : undefined;
}

/** Differences between the database and the result of its applied migrations. */
export async function schemaDifferences(
  client: pg.Client,
  applied: readonly Applied[],
): Promise<readonly Difference[]> {
  const expected = expectedCatalogue(applied.map(({ version }) => version));
  return differences(expected, await readCatalogue(client));
}

/**
 * For commands that only read: throws if the schema is older or newer than this Sluice, or not a released one. Accepts a
 * database without a schema.
 */
export async function requireCurrentSchema(client: pg.Client): Promise<void> {
  const applied = (await readApplied(client)) ?? [];
  if (applied.length === 0) return;
  const refusal = refuseApplied(applied) ?? olderSchema(applied);
  if (refusal) throw refusal;
}

/** The error for a schema that lacks migrations; undefined if it lacks none. */
export function olderSchema(applied: readonly Applied[]): PipelineError | undefined {
  if (missingMigrations(applied).length === 0) return undefined;
  const [found, needed] = [schemaVersion(applied), migrations().length];
  return new PipelineError('schema_older', `the database has schema version ${found}, this Sluice needs ${needed}`, {
    advice:
      '`npx sluice schema migrate` brings it up to date; so does the next start of `npx sluice run` or `npx sluice replicate`.',
  });
}

const newerSchema = (found: number, known: number): PipelineError =>
  new PipelineError('schema_newer', `the database has schema version ${found}, this Sluice knows ${known}`, {
    advice: 'A newer Sluice migrated it. Update this one: git pull && npm ci, or the newer image',
  });

const changedMigration = (version: number, name: string): PipelineError =>
  new PipelineError(
    'migration_changed',
    `migration ${version} ${name} was applied to the database with different content than its file has now`,
    {
      advice:
        'Released migrations never change. Was the file edited (git status schemas/migrations, git checkout schemas/migrations), or is this an unreleased revision? Use the revision that created the database, or an empty database.',
    },
  );

const foreignMigration = (version: number, found: string, expected: string): PipelineError =>
  new PipelineError(
    'migration_foreign',
    `migration ${version} is ${found} in the database, and ${expected} in this Sluice`,
    {
      advice: `If the migration is your own: such columns are now declared in a file (docs/guides/own-functions.md), and the existing column is kept. Remove the migration from the list: npx sluice sql --write "DELETE FROM sluice.schema_version WHERE version >= ${version}"`,
    },
  );

/** The largest number of differences in a message. */
const maxShown = 3;

/**
 * The error for tables that differ from the result of migrations without checksums; undefined otherwise. A user may remove
 * views, so they do not count.
 */
export function unreleasedSchema(
  applied: readonly Applied[],
  different: readonly Difference[],
): PipelineError | undefined {
  const found = different.filter(({ object }) => !object.startsWith('view '));
  if (found.length === 0 || applied.every(({ checksum }) => checksum !== null)) return undefined;
  const named = found.slice(0, maxShown).map(describeDifference).join('; ');
  const more = found.length > maxShown ? `; and ${found.length - maxShown} more (npx sluice doctor lists them)` : '';
  return new PipelineError(
    'schema_unreleased',
    `this database was created by an unreleased revision, or changed by hand: its schema version is ${schemaVersion(applied)}, but ${named}${more}`,
    {
      advice:
        'A local stack: `npx sluice stack destroy` deletes it with its data, and `npx sluice stack up` makes an empty one. Another database: use an empty one and read the topic again, or change these objects to what schemas/postgres.sql says.',
    },
  );
}

/** One difference in words. */
export function describeDifference({ object, expected, found }: Difference): string {
  if (found === null) return `${object} is missing`;
  if (expected === null) return `${object} should not be there`;
  return `${object} is ${found}, not ${expected}`;
}
