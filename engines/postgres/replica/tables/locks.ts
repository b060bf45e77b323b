/** The lock that a transaction takes on each table it writes: shared, or its own where it changes rows of other lanes. */
import pg from 'pg';

const keyOf = (name: string): string => `hashtextextended('sluice table ' || ${name}, 0)`;

/**
 * Statements that lock tables and then answer, as `held`, those of which rows are held back. Two, because a statement does
 * not see what was committed while it waited for the lock itself.
 */
export function lockTables(names: readonly string[], exclusive: boolean): string {
  const list = `unnest(array[${names.map((name) => pg.escapeLiteral(name)).join(', ')}]::text[]) with ordinality as t(name, n)`;
  return `select pg_advisory_xact_lock${exclusive ? '' : '_shared'}(${keyOf('name')}) from (select name from ${list} order by n) t;
    select name as held from ${list} where exists (select from sluice.deferred_row where table_name = name)`;
}

/** Statement that makes the lock on a table one's own. Two that ask for it at once are ended as a deadlock, and retried. */
export const lockTable = (name: string): string => `select pg_advisory_xact_lock(${keyOf(pg.escapeLiteral(name))})`;
