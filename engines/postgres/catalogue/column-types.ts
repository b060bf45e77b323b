/** The types of all columns of a server, for decoding messages that carry no types. */

import type pg from 'pg';
import type { SourceTable } from '../../../schemas/table-name.ts';
import { queryCatalogue } from './query-catalogue.ts';

/** A table, and the types of its columns by their names. */
export type TableTypes = SourceTable & { readonly types: Readonly<Record<string, string>> };

/**
 * Resolves domains to their base types. Messages carry row types, and arrays of row types or domains, as text: these are
 * `record` and `record[]`.
 */
const query = `
  select n.nspname as schema, c.relname as name, json_object_agg(a.attname, case
    when base.typtype = 'c' then 'record'
    when element.typtype in ('c', 'd') then 'record[]'
    else format_type(below.type, below.modifier) end) as types
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  cross join lateral (
    with recursive down as (
      select a.atttypid as type, a.atttypmod as modifier, 0 as depth
      union all
      select d.typbasetype, d.typtypmod, depth + 1 from down join pg_type d on d.oid = type and d.typtype = 'd')
    select type, modifier from down order by depth desc limit 1) below
  join pg_type base on base.oid = below.type
  left join pg_type element on element.oid = base.typelem and base.typcategory = 'A'
  where c.relkind in ('r', 'p') and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sluice')
  group by 1, 2`;

/** Reads the column types of all tables outside the system's schemas. */
export const readColumnTypes = (client: pg.Client): Promise<readonly TableTypes[]> =>
  queryCatalogue<TableTypes>(client, query, []);

/** A type of a user or an extension: its base type, and the type of its arrays, as in {@link TableTypes}. */
export type NamedType = {
  readonly schema: string;
  readonly name: string;
  readonly below: string;
  readonly element: string;
};

/** Messages carry elements of row types and of domains as text. */
const namedQuery = `
  select n.nspname as schema, t.typname as name,
    case when base.typtype = 'c' then 'record' else format_type(below.type, below.modifier) end as below,
    case when t.typtype in ('c', 'd') then 'record[]' else format_type(t.oid, null) || '[]' end as element
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  cross join lateral (
    with recursive down as (
      select t.oid as type, -1 as modifier, 0 as depth
      union all
      select d.typbasetype, d.typtypmod, depth + 1 from down join pg_type d on d.oid = type and d.typtype = 'd')
    select type, modifier from down order by depth desc limit 1) below
  join pg_type base on base.oid = below.type
  where (t.typcategory <> 'A' or t.typtype = 'd')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sluice')`;

/** Reads the types of users and extensions. */
export const readNamedTypes = (client: pg.Client): Promise<readonly NamedType[]> =>
  queryCatalogue<NamedType>(client, namedQuery, []);
