/** The tables of a source, with the columns whose values Debezium cannot always carry. */
import type pg from 'pg';
import type { TableName } from '../connector-config.ts';

/** A column whose values may be lost. */
export type WeakColumn = {
  readonly column: string;
  readonly type: string;
  /**
   * Which values are lost. `never sent`: all, because Debezium omits the column. `unchanged`: values that are stored out of line
   * (TOAST) and that an update did not change. `dimensions`: arrays with more than one dimension.
   */
  readonly lost: 'never sent' | 'unchanged' | 'dimensions';
};

/** An ordinary or partitioned table that is not itself a partition. */
export type SourceTable = TableName & {
  readonly oid: number;
  readonly hasKey: boolean;
  /** Replica identity: primary key (default), an index, the full row, or nothing. */
  readonly identity: 'default' | 'index' | 'full' | 'nothing';
  readonly isParent: boolean;
  readonly isPartitioned: boolean;
  readonly isUnlogged: boolean;
  /** Whether a row security policy applies to this user. */
  readonly isRowSecured: boolean;
  readonly owned: boolean;
  readonly readable: boolean;
  readonly weak: readonly WeakColumn[];
};

/** Tested with Debezium 3.6: it has no placeholder for unchanged arrays of types that are not listed here, nor for bit varying. */
const query = `
  with weak as (
    select a.attrelid, jsonb_agg(jsonb_build_object('column', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'lost',
      case
        when e.typname in ('interval', 'varbit', 'money', 'point', 'xml', 'name', 'bit') then 'never sent'
        when a.attndims > 1 then 'dimensions'
        else 'unchanged'
      end) order by a.attnum) as columns
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
    where a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and case
      when e.oid is not null then a.attndims > 1 or e.typname not in
        ('int4', 'int8', 'date', 'text', 'varchar', 'bpchar', 'json', 'jsonb', 'bytea', 'uuid')
      else t.typname = 'varbit'
    end
    group by a.attrelid
  )
  select c.oid, n.nspname as schema, c.relname as table,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as "hasKey",
    case c.relreplident when 'd' then 'default' when 'i' then 'index' when 'f' then 'full' else 'nothing' end as identity,
    c.relkind = 'r' and exists (select from pg_inherits h where h.inhparent = c.oid) as "isParent",
    c.relkind = 'p' as "isPartitioned",
    c.relpersistence = 'u' as "isUnlogged",
    row_security_active(c.oid) as "isRowSecured",
    pg_has_role(c.relowner, 'usage') as owned,
    has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable,
    coalesce(w.columns, '[]') as weak
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join weak w on w.attrelid = c.oid
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
  order by n.nspname, c.relname`;

/** Returns all tables that can be captured, ordered by schema and name. */
export async function sourceTables(client: pg.Client): Promise<SourceTable[]> {
  return (await client.query<SourceTable>(query)).rows;
}

/**
 * Returns the tables that a list names, and the entries that match none. `users` means `public.users`, and `*` matches any
 * characters. A pattern with `*` does not match unlogged tables, whose changes are not in the WAL.
 */
export function chooseTables(list: string, tables: readonly SourceTable[]) {
  const parts = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part.includes('.') ? part : `public.${part}`));
  const matching = (part: string) => {
    const pattern = new RegExp(`^${part.split('*').map(escapePattern).join('.*')}$`, 's');
    return tables.filter(
      ({ schema, table, isUnlogged }) => pattern.test(`${schema}.${table}`) && !(isUnlogged && part.includes('*')),
    );
  };
  const chosen = new Set(parts.flatMap(matching));
  return {
    chosen: tables.filter((table) => chosen.has(table)),
    unknown: parts.filter((part) => matching(part).length === 0),
  };
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
