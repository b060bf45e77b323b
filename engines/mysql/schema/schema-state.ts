/** Which migrations of Sluice's own tables a database has, and whether this Sluice can work with them. */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Session } from '../connection/session.ts';
import { checksumOf, type Migration, migrations } from './migrations.ts';

/** An applied migration. */
export type Applied = { readonly version: number; readonly name: string; readonly checksum: string };

/** Whether one of Sluice's own tables exists. */
export async function hasTable(session: Session, name: string): Promise<boolean> {
  const found = await session.cells(
    'select 1 from information_schema.tables where table_schema = ? and table_name = ?',
    [session.bookkeeping, name],
  );
  return found.length > 0;
}

/** The applied migrations in order, or null without the table that lists them. */
export async function readApplied(session: Session): Promise<readonly Applied[] | null> {
  if (!(await hasTable(session, 'schema_version'))) return null;
  const rows = await session.rows<{ version: string; name: string; checksum: string }>(
    `select version, name, checksum from ${session.own('schema_version')} order by version`,
  );
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

/** The number of the newest applied migration; 0 when there is none. */
export const schemaVersion = (applied: readonly Applied[]): number => applied.at(-1)?.version ?? 0;

/** The error if the applied migrations differ from the known ones, or are newer; undefined otherwise. */
export function refuseApplied(
  applied: readonly Applied[],
  known: readonly Migration[] = migrations,
): PipelineError | undefined {
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
  const newest = schemaVersion(applied);
  const last = known.at(-1)?.version ?? 0;
  if (newest <= last) return undefined;
  return new PipelineError('schema_newer', `the database has schema version ${newest}, this Sluice knows ${last}`, {
    advice: 'A newer Sluice migrated it. Update this one: git pull && npm ci, or the newer image',
  });
}

/** For commands that only read: throws if Sluice's tables are older or newer than this Sluice. Accepts that there are none. */
export async function requireCurrentSchema(session: Session): Promise<void> {
  const applied = await readApplied(session);
  if (applied === null) return;
  const refusal = refuseApplied(applied);
  if (refusal) throw refusal;
  const [found, needed] = [schemaVersion(applied), migrations.at(-1)?.version ?? 0];
  if (found < needed)
    throw new PipelineError('schema_older', `the database has schema version ${found}, this Sluice needs ${needed}`, {
      advice: 'The next start of `npx sluice replicate` or `npx sluice load` brings it up to date.',
    });
}
