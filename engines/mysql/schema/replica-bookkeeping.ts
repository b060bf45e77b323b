/**
 * Removes the bookkeeping of replicated tables from a server: orders, guard rows, moved rows, and at last Sluice's own database. It
 * never changes the replicated tables.
 */
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import { lockName, releaseLock, takeLock } from '../locks.ts';
import { deferredTable } from '../replica/deferred-rows/deferred-table.ts';
import { guardTable, movedTable } from '../replica/tables/own-tables.ts';
import { migrateLockLimitMs } from './migrate.ts';

/**
 * Replicated tables without a checkpoint of another pipeline, including tables that no pipeline reads any more. A server has one
 * list for all its databases.
 */
export async function tablesOnlyOf(session: Session, pipeline: string): Promise<readonly string[]> {
  const rows = await session.rows<{ name: string }>(
    `select table_name as name from ${session.own('target')} t
     where not exists (select 1 from ${session.own('checkpoint')} c where c.topic = t.topic and c.pipeline <> ?) order by 1`,
    [pipeline],
  );
  return rows.map(({ name }) => name);
}

/** Deletes the guard rows, moved rows, deferred rows and order of these tables. A DROP commits by itself, so the order goes last. */
export async function forgetTables(session: Session, tables: readonly string[]): Promise<void> {
  for (const name of tables) {
    const beside = [guardTable, movedTable, deferredTable].map((nameOf) => nameOf(session, { name }));
    await session.run(`drop table if exists ${beside.join(', ')}`);
    await session.run(`delete from ${session.own('target')} where table_name = ?`, [name]);
  }
}

/** Sluice's tables and views, without those of single replicated tables. */
const ownTables = [
  'checkpoint',
  'dead_letter',
  'target',
  'held_table',
  'load_chunk',
  'load_refusal',
  'schema_version',
] as const;

/** Drops Sluice's database if nothing needs it. Returns the reason why it stays, or undefined. */
export async function dropUnusedDatabase(session: Session): Promise<string | undefined> {
  const lock = lockName(session, 'schema');
  await takeLock(session, lock, migrateLockLimitMs);
  try {
    const why = await usedBy(session);
    if (why === undefined) await session.run(`drop database ${quoted(session.bookkeeping)}`);
    return why;
  } finally {
    // The end of the session also unlocks, and the first error matters.
    await releaseLock(session, lock).catch(() => session.destroy());
  }
}

async function usedBy(session: Session): Promise<string | undefined> {
  const count = async (table: string): Promise<number> =>
    Number((await session.cells(`select count(*) from ${session.own(table)}`))[0]?.[0]);
  if ((await count('checkpoint')) > 0 || (await count('target')) > 0) return 'other pipelines use it';
  const deadLetters = await count('dead_letter');
  if (deadLetters > 0) return `${deadLetters} dead letters are in it; --with-dead-letters deletes those of a pipeline`;
  const [chunks, refusals] = [await count('load_chunk'), await count('load_refusal')];
  if (chunks + refusals > 0)
    return `it has the ledger of a load: ${chunks} parts in load_chunk, ${refusals} refused rows in load_refusal`;
  const others = await session.cells(
    `select table_name from information_schema.tables
     where table_schema = ? and table_name not in (${ownTables.map(() => '?').join(', ')}) order by 1`,
    [session.bookkeeping, ...ownTables],
  );
  if (others.length === 0) return undefined;
  return `objects that are not Sluice's are in it: ${others.map(([name]) => name).join(', ')}`;
}
