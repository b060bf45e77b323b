/**
 * The numbered migrations, read from `schemas/migrations/`, and the whole schema in one text.
 * A migration that was released is never edited: a change is a new file.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** One numbered step. */
export type Migration = {
  readonly version: number;
  /** File name without its number and ending. */
  readonly name: string;
  readonly part: SchemaPart;
  readonly sql: string;
};

/**
 * The bookkeeping, which every pipeline needs; or the enriched users and their views, which a replica has no use for: steps
 * whose name begins with `users_`.
 */
export type SchemaPart = 'sluice' | 'users';

const ofUsers = /^(?:users_\w+|views)$/;

const folder = new URL('./migrations/', import.meta.url);

/** All migrations in order. Throws when numbers are missing or double. */
export function migrations(): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const [, number = '', name = ''] = /^(\d{3})_(\w+)\.sql$/.exec(file) ?? [];
    if (Number(number) !== index + 1) throw new Error(`schemas/migrations/${file}: expected number ${index + 1}`);
    const part = ofUsers.test(name) ? 'users' : 'sluice';
    return { version: index + 1, name, part, sql: readFileSync(new URL(file, folder), 'utf8') };
  });
}

/** Where applied migrations are recorded. Made before the first of them, hence no migration itself. */
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

/** The whole schema as one script, for people who prefer to apply it by hand: the content of `schemas/postgres.sql`. */
export function wholeSchema(): string {
  const steps = migrations().map(
    ({ version, name, sql }) =>
      `-- Migration ${version}: ${name}\n\n${sql.trim()}\n\ninsert into sluice.schema_version (version, name) values (${version}, '${name}');\n`,
  );
  const head = '-- The whole schema of Sluice. Generated from schemas/migrations by `npm run schema`; do not edit.\n';
  return `${head}\nbegin;\n\n${versionTable}\n${steps.join('\n')}\ncommit;\n`;
}
