/** The tables of a source, for the transform rules. */

import type pg from 'pg';
import type { SourceTable } from '../../../schemas/table-name.ts';

/** A table of the source. */
export type DescribedTable = SourceTable & {
  readonly columns: readonly string[];
  /** Columns of the primary key; empty without one. */
  readonly key: readonly string[];
  /** Whether a publication contains it. A partition is published through its root. */
  readonly published: boolean;
  /** The table that it is a partition of, `schema.table`. */
  readonly partitionOf: string | null;
};

const query = `
  select n.nspname as schema, c.relname as name,
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          order by a.attnum) as columns,
    array(select a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
          where i.indrelid = c.oid and i.indisprimary order by a.attnum) as key,
    exists (select from pg_publication_tables p where p.schemaname = n.nspname and p.tablename = c.relname) as published,
    case when c.relispartition then
      (select format('%s.%s', pn.nspname, p.relname) from pg_partition_ancestors(c.oid) with ordinality as a(relid, place)
       join pg_class p on p.oid = a.relid join pg_namespace pn on pn.oid = p.relnamespace order by a.place desc limit 1)
    end as "partitionOf"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema')
  order by 1, 2`;

/** Every table of the database, by schema and name. Needs no privileges on the tables. */
export async function readSourceTables(client: pg.Client): Promise<readonly DescribedTable[]> {
  return (await client.query<DescribedTable>(query)).rows;
}
