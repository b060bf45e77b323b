/**
 * Creates and migrates Sluice's own tables. Several processes may run it at once: under a named lock one migrates, and the
 * others then find nothing to do.
 */
import { PipelineError } from '../../../pipeline/errors.ts';
import { exactCollation } from '../collation.ts';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import { lockName, releaseLock, takeLock } from '../locks.ts';
import { checksumOf, type Migration, migrations } from './migrations.ts';
import { type Naming, versionTable } from './tables.ts';

/** The longest wait for another process that migrates. */
const lockLimitMs = 60_000;

/** An applied migration. */
type Applied = { readonly version: number; readonly name: string; readonly checksum: string };

/**
 * Applies the missing migrations and returns their numbers. Refuses tables that a newer Sluice has migrated, or whose
 * migrations are not the released ones. Tables that are up to date need no privilege but those to read and write them.
 */
export async function migrate(session: Session, known: readonly Migration[] = migrations): Promise<readonly number[]> {
  const name = lockName(session, 'schema');
  await takeLock(session, name, lockLimitMs);
  try {
    return await migrateLocked(session, known);
  } finally {
    // An error is ignored: the end of the session also unlocks, and the first error matters.
    await releaseLock(session, name).catch(() => session.destroy());
  }
}

async function migrateLocked(session: Session, known: readonly Migration[]): Promise<readonly number[]> {
  const naming: Naming = { own: (table) => session.own(table), collation: exactCollation[session.flavor] };
  const found = await readApplied(session);
  const refusal = refuseApplied(found ?? [], known);
  if (refusal) throw refusal;
  if (found === null) {
    await createDatabase(session);
    await session.run(versionTable(naming));
  }
  const newest = found?.at(-1)?.version ?? 0;
  const missing = known.filter(({ version }) => version > newest);
  for (const migration of missing) {
    for (const statement of migration.statements(naming)) await session.run(statement);
    const { version, name } = migration;
    await session.run(`insert into ${session.own('schema_version')} (version, name, checksum) values (?, ?, ?)`, [
      version,
      name,
      checksumOf(migration),
    ]);
  }
  return missing.map(({ version }) => version);
}

/** The applied migrations in order, or null without the table that lists them. */
async function readApplied(session: Session): Promise<readonly Applied[] | null> {
  const tables = await session.cells(
    `select 1 from information_schema.tables where table_schema = ? and table_name = 'schema_version'`,
    [session.bookkeeping],
  );
  if (tables.length === 0) return null;
  const rows = await session.rows<{ version: string; name: string; checksum: string }>(
    `select version, name, checksum from ${session.own('schema_version')} order by version`,
  );
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

/** Creates the database of Sluice's tables, unless it exists: then its user may lack the privilege. */
async function createDatabase(session: Session): Promise<void> {
  const found = await session.cells('select 1 from information_schema.schemata where schema_name = ?', [
    session.bookkeeping,
  ]);
  if (found.length > 0) return;
  await session.run(
    `create database if not exists ${quoted(session.bookkeeping)} character set utf8mb4 collate ${exactCollation[session.flavor]}`,
  );
}

function refuseApplied(applied: readonly Applied[], known: readonly Migration[]): PipelineError | undefined {
  for (const { version, name, checksum } of applied) {
    const migration = known.find((one) => one.version === version);
    if (migration !== undefined && checksumOf(migration) !== checksum) {
      return new PipelineError(
        'migration_changed',
        `migration ${version} ${name} was applied to the database with different content than this Sluice has`,
        { advice: 'Released migrations never change. Use the revision that created the tables, or an empty database.' },
      );
    }
  }
  const newest = applied.at(-1)?.version ?? 0;
  const last = known.at(-1)?.version ?? 0;
  if (newest <= last) return undefined;
  return new PipelineError('schema_newer', `the database has schema version ${newest}, this Sluice knows ${last}`, {
    advice: 'A newer Sluice migrated it. Update this one: git pull && npm ci, or the newer image',
  });
}
