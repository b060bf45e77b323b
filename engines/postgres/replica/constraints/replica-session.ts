/**
 * Sessions that write a replica do not check foreign keys and do not fire triggers (rule 21): changes of several topics
 * arrive in no common order, so a row may arrive before the row it refers to, and triggers have fired at the source already.
 */
import type pg from 'pg';
import type { Logger } from '../../../../pipeline/ports.ts';

/** SQLSTATE insufficient_privilege. */
export const insufficientPrivilege = '42501';

/**
 * Sets `session_replication_role = replica`, so that foreign keys are not checked and ordinary triggers and rules do not fire.
 * False where the user may not: it takes a superuser, or GRANT SET ON PARAMETER session_replication_role. Not within a
 * transaction.
 *
 * The server then does not check deferrable UNIQUE, PRIMARY KEY and EXCLUDE constraints either, because it checks them by
 * internal triggers. It checks all others, and CHECK and NOT NULL. `checkConstraints` finds the rows that violate one.
 */
export async function setReplicaRole(client: pg.Client): Promise<boolean> {
  try {
    await client.query('set session_replication_role = replica');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === insufficientPrivilege) return false;
    throw error;
  }
}

/** Triggers of a table and its partitions that fire in these sessions as well: `ENABLE ALWAYS` and `ENABLE REPLICA`. */
const firingTriggers = `
  select t.tgrelid::regclass::text as "table", t.tgname as name,
    format('ALTER TABLE %s ENABLE TRIGGER %I;', t.tgrelid::regclass, t.tgname) as statement
  from (select $1::regclass::oid as relid union select relid from pg_partition_tree($1::regclass)) tree
  join pg_trigger t on t.tgrelid = tree.relid
  where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled in ('A', 'R') order by 1, 2`;

/** Warns of such triggers, which may change replicated rows, with the statement that makes each an ordinary trigger. */
export async function warnOfFiringTriggers(client: pg.Client, qualified: string, logger: Logger): Promise<void> {
  const { rows } = await client.query<{ table: string; name: string; statement: string }>(firingTriggers, [qualified]);
  for (const { table, name, statement } of rows)
    logger.warn(
      { table, trigger: name },
      `trigger ${name} of ${table} also fires for replicated rows and may change them. At the target: ${statement}`,
    );
}
