/**
 * Creates and migrates Sluice's own tables. Several processes may run it at once: under a named lock one migrates, and the
 * others then find nothing to do.
 */
import { exactCollation } from '../collation.ts';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import { lockName, releaseLock, takeLock } from '../locks.ts';
import { checksumOf, type Migration, migrations } from './migrations.ts';
import { readApplied, refuseApplied, schemaVersion } from './schema-state.ts';
import { type Naming, versionTable } from './tables.ts';

/** The longest wait for another process that migrates. */
export const migrateLockLimitMs = 60_000;

/**
 * Applies the missing migrations and returns their numbers. Refuses tables that a newer Sluice has migrated, or whose
 * migrations are not the released ones. Tables that are up to date need no privilege but those to read and write them.
 */
export async function migrate(session: Session, known: readonly Migration[] = migrations): Promise<readonly number[]> {
  const name = lockName(session, 'schema');
  await takeLock(session, name, migrateLockLimitMs);
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
  const newest = schemaVersion(found ?? []);
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
