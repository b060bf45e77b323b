/** Parts of queries for constraints, which the files of this folder share. */

/**
 * A common table expression with the tables named by the first parameter, and their partitions: a partitioned table is
 * written through its root.
 */
export const replicated = `replicated as (
  select named.oid from unnest($1::text[]) as name cross join lateral (select name::regclass::oid as oid) named
  union
  select tree.relid from unnest($1::text[]) as name cross join lateral pg_partition_tree(name::regclass) tree)`;

/** An operator as SQL names it without a search path. */
export const operator = (oid: string): string => `(
  select format('operator(%I.%s)', n.nspname, s.oprname)
  from pg_operator s join pg_namespace n on n.oid = s.oprnamespace where s.oid = ${oid})`;

/** A table as SQL names it without the rows of its child tables. */
export const only = (oid: string): string =>
  `(select case relkind when 'p' then '' else 'only ' end || oid::regclass from pg_class where oid = ${oid})`;

/** Whether a foreign key `o` is enforced. Since PostgreSQL 18 it may be NOT ENFORCED. */
export const enforced = `coalesce((to_jsonb(o) ->> 'conenforced')::boolean, true)`;

/** Key of the advisory lock, as SQL: one process at a time disables or restores constraints. */
export const constraintLock = `hashtextextended('sluice constraints', 0)`;
