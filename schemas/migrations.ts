/**
 * The numbered migrations, read from `schemas/migrations/`, and the whole schema as one text.
 * A released migration is never edited: a change is a new file. Databases store the checksum of each.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type Column, varchar } from './table-shape.ts';

/** One numbered migration. */
export type Migration = {
  readonly version: number;
  /** File name without its number and ending. */
  readonly name: string;
  readonly part: SchemaPart;
  readonly sql: string;
  /** SHA-256 of the file, in hex. */
  readonly checksum: string;
};

/**
 * `sluice`: the bookkeeping that every pipeline needs. `users`: the enriched users and their views, which a replica does not need. Their
 * names begin with `users_`.
 */
export type SchemaPart = 'sluice' | 'users';

const ofUsers = /^(?:users_\w+|views)$/;

const folder = new URL('./migrations/', import.meta.url);

/** All migrations in order. Throws when a number is missing or used twice. */
export function migrations(): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const [, number = '', name = ''] = /^(\d{3})_(\w+)\.sql$/.exec(file) ?? [];
    if (Number(number) !== index + 1) throw new Error(`schemas/migrations/${file}: expected number ${index + 1}`);
    const part = ofUsers.test(name) ? 'users' : 'sluice';
    const sql = readFileSync(new URL(file, folder), 'utf8');
    return { version: index + 1, name, part, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** The table that the functions in `udfs/` and the user's own functions fill. */
export const enrichedTable = 'users_enriched';

/** The columns that later migrations added to it, by version. A test compares them with the catalogue. */
export const addedColumns: ReadonlyMap<number, readonly Column[]> = new Map([
  [6, [varchar('phone_e164', 20), varchar('country_source', 50)]],
]);

/** The table of applied migrations. It is created before the first one, so it is not a migration itself. */
export const versionTable = `create schema if not exists sluice;
create table if not exists sluice.schema_version (
  version    integer     primary key,
  name       text        not null,
  applied_at timestamptz not null default now()
);
comment on table sluice.schema_version is 'Migrations applied to this database.';
comment on column sluice.schema_version.version is 'Number of the migration.';
comment on column sluice.schema_version.name is 'Its name.';
comment on column sluice.schema_version.applied_at is 'When it was applied.';
`;

/** Stores the checksums of applied migrations that have none yet. Migration 7 adds the column. */
export const fillChecksums = (known: readonly Migration[]): string =>
  `update sluice.schema_version as v set checksum = k.checksum from (values\n${known
    .map(({ version, checksum }) => `  (${version}, '${checksum}')`)
    .join(',\n')}\n) as k (version, checksum) where v.version = k.version and v.checksum is null;`;

/** The whole schema as one script, for applying it by hand: the content of `schemas/postgres.sql`. */
export function wholeSchema(): string {
  const known = migrations();
  const steps = known.map(
    ({ version, name, sql }) =>
      `-- Migration ${version}: ${name}\n\n${sql.trim()}\n\ninsert into sluice.schema_version (version, name) values (${version}, '${name}');\n`,
  );
  const head = '-- The whole schema of Sluice. Generated from schemas/migrations by `npm run schema`; do not edit.\n';
  return `${head}\nbegin;\n\n${versionTable}\n${steps.join('\n')}\n${fillChecksums(known)}\n\ncommit;\n`;
}
