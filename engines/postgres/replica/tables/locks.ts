/**
 * Advisory locks on replicated tables, each held until its transaction ends. A transaction shares the lock of every table it
 * writes. One that changes rows of other lanes takes the lock exclusively.
 */
import pg from 'pg';
import type { TableWork } from '../../../sink/replica/group-plan.ts';
import type { TargetTable } from './target-table.ts';

const lockKey = (name: string): string => `hashtextextended('sluice table ' || ${name}, 0)`;

/** Tables to lock in one statement. */
type LockRun = { readonly isExclusive: boolean; readonly names: string[] };

/**
 * Locks the tables of a group, exclusively where one is truncated. All transactions lock in one order, so they do not
 * deadlock. Returns the tables that have deferred rows.
 */
export async function lockWrittenTables(
  client: pg.Client,
  works: readonly TableWork<TargetTable>[],
): Promise<Set<TargetTable>> {
  const found = new Set<string>();
  for (const run of runsOf(works)) {
    const results = await client.query(lockAndFindDeferred(run));
    for (const { rows } of results as unknown as pg.QueryResult<{ deferred?: string }>[])
      for (const { deferred } of rows) if (deferred !== undefined) found.add(deferred);
  }
  return new Set(works.flatMap(({ table }) => (found.has(table.name) ? [table] : [])));
}

/** Neighbours that are locked alike, in order. */
function runsOf(works: readonly TableWork<TargetTable>[]): readonly LockRun[] {
  const runs: LockRun[] = [];
  for (const { table, truncates } of works) {
    const isExclusive = truncates.length > 0;
    const run = runs.at(-1);
    if (run?.isExclusive === isExclusive) run.names.push(table.name);
    else runs.push({ isExclusive, names: [table.name] });
  }
  return runs;
}

/** Two statements, because one does not see what was committed while it waited for the lock itself. */
function lockAndFindDeferred({ isExclusive, names }: LockRun): string {
  const list = `unnest(array[${names.map((name) => pg.escapeLiteral(name)).join(', ')}]::text[]) with ordinality as t(name, n)`;
  return `select pg_advisory_xact_lock${isExclusive ? '' : '_shared'}(${lockKey('name')}) from (select name from ${list} order by n) t;
    select name as deferred from ${list} where exists (select from sluice.deferred_row where table_name = name)`;
}

/**
 * Statement that locks a table exclusively, also where its lock is shared already. PostgreSQL ends one of two transactions
 * that do so at once with a deadlock, and it is retried.
 */
export const exclusiveLock = (name: string): string =>
  `select pg_advisory_xact_lock(${lockKey(pg.escapeLiteral(name))})`;
