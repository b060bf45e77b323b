/**
 * Changes of several topics arrive in no common order, so a row may come before the one it refers to, and triggers have
 * fired at the source already. Sessions that write a replica therefore leave foreign keys and triggers aside (rule 21).
 */
import type pg from 'pg';

/**
 * Makes the session one of a replica, in which neither foreign keys nor ordinary triggers and rules fire. False when the
 * user may not: that takes a superuser, or GRANT SET ON PARAMETER session_replication_role. Not within a transaction.
 *
 * Deferrable UNIQUE, PRIMARY KEY and EXCLUDE constraints are not checked either, because the server checks them by
 * triggers of its own; all others are, and so are CHECK and NOT NULL. `checkConstraints` finds what got in.
 */
export async function asReplica(client: pg.Client): Promise<boolean> {
  try {
    await client.query('set session_replication_role = replica');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === notAllowed) return false;
    throw error;
  }
}

/** SQLSTATE insufficient_privilege. */
export const notAllowed = '42501';

/**
 * The replicated tables, named by the first parameter, as a common table expression: changes of a partition are written
 * by its root, so the partitions are meant, too.
 */
export const replicated = `replicated as (
  select named.oid from unnest($1::text[]) as name cross join lateral (select name::regclass::oid as oid) named
  union
  select tree.relid from unnest($1::text[]) as name cross join lateral pg_partition_tree(name::regclass) tree)`;

/** Operators as SQL names them without a search path. */
export const operator = (oid: string): string => `(
  select format('operator(%I.%s)', n.nspname, s.oprname)
  from pg_operator s join pg_namespace n on n.oid = s.oprnamespace where s.oid = ${oid})`;

/** A table as SQL names it where rows of its children are not meant. */
export const only = (oid: string): string =>
  `(select case relkind when 'p' then '' else 'only ' end || oid::regclass from pg_class where oid = ${oid})`;

/** Foreign keys that PostgreSQL 18 knows, but does not enforce, are in nobody's way. Before 18 all are enforced. */
export const enforced = `coalesce((to_jsonb(o) ->> 'conenforced')::boolean, true)`;

/** Key of the advisory lock, as SQL: one process at a time takes constraints off or puts them back. */
export const constraintLock = `hashtextextended('sluice constraints', 0)`;
