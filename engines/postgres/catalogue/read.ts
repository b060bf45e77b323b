/** Reads tables from the catalogue of a server, in one consistent query. */
import type pg from 'pg';
import { queryCatalogue } from './query-catalogue.ts';
import type { CatalogueTable } from './table.ts';

/**
 * Omits inherited constraints: the parents of partitions and children create them. Expressions name their objects with
 * schema, because the query runs with an empty search_path.
 */
const query = `
  select n.nspname as schema, c.relname as name, c.oid::regclass::text as qualified, c.relkind,
    coalesce((
      select json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'baseType', (
          with recursive below as (
            select a.atttypid as type, a.atttypmod as modifier, 0 as depth
            union all
            select d.typbasetype, d.typtypmod, depth + 1 from below join pg_type d on d.oid = type and d.typtype = 'd')
          select format_type(type, modifier) from below order by depth desc limit 1),
        'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
        'nondeterministicCollation', (select l.oid::regcollation::text from pg_collation l
                     where l.oid = a.attcollation and not l.collisdeterministic),
        'notNull', a.attnotnull, 'expression', pg_get_expr(d.adbin, d.adrelid),
        'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
        'sequence', (
          select json_build_object('name', s.seqrelid::regclass::text,
            'options', format('increment %s minvalue %s maxvalue %s start %s cache %s', s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache)
              || case when s.seqcycle then ' cycle' else '' end)
          from pg_depend e join pg_sequence s on s.seqrelid = e.objid
          where a.attidentity <> '' and e.classid = 'pg_class'::regclass and e.refclassid = 'pg_class'::regclass
            and e.refobjid = a.attrelid and e.refobjsubid = a.attnum and e.deptype = 'i'),
        'generated', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end) order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
    coalesce((
      select json_agg(a.attname order by k.place)
      from pg_index i cross join unnest(i.indkey::smallint[]) with ordinality as k(attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary), '[]') as key,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and (not i.indimmediate or i.indisexclusion)) as "deferrableKey",
    coalesce((
      select json_agg(json_build_object('name', o.conname, 'kind', o.contype, 'definition', pg_get_constraintdef(o.oid),
                                        'index', nullif(o.conindid, 0)::regclass::text)
                      order by o.contype <> 'p', o.conname)
      from pg_constraint o
      where o.conrelid = c.oid and o.contype in ('p', 'u', 'c', 'x') and o.coninhcount = 0), '[]') as constraints,
    coalesce((
      select json_agg(json_build_object('name', o.conname, 'references', o.confrelid::regclass::text,
                                        'definition', pg_get_constraintdef(o.oid)) order by o.conname)
      from pg_constraint o where o.conrelid = c.oid and o.contype = 'f' and o.coninhcount = 0), '[]') as "foreignKeys",
    coalesce((
      select json_agg(json_build_object('name', x.relname, 'definition', pg_get_indexdef(i.indexrelid),
                                        'index', x.oid::regclass::text) order by x.relname)
      from pg_index i join pg_class x on x.oid = i.indexrelid
      where i.indrelid = c.oid and i.indisvalid
        and not exists (select from pg_constraint o where o.conindid = i.indexrelid and o.conrelid = c.oid)
        and not exists (select from pg_inherits h where h.inhrelid = i.indexrelid)), '[]') as indexes,
    coalesce((select json_agg(r.rulename order by r.rulename) from pg_rewrite r
              where r.ev_class = c.oid and r.rulename <> '_RETURN'), '[]') as rules,
    coalesce((
      select json_agg(json_build_object('name', t.tgname, 'fires', case t.tgenabled
        when 'O' then 'origin' when 'R' then 'replica' when 'A' then 'always' else 'never' end) order by t.tgname)
      from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal), '[]') as triggers,
    pg_get_partkeydef(c.oid) as "partitionKey",
    case when c.relispartition then (
      select json_build_object('parent', h.inhparent::regclass::text, 'bound', pg_get_expr(c.relpartbound, c.oid))
      from pg_inherits h where h.inhrelid = c.oid) end as "partitionOf",
    case when c.relispartition then '[]' else coalesce((
      select json_agg(h.inhparent::regclass::text order by h.inhseqno)
      from pg_inherits h where h.inhrelid = c.oid), '[]') end as inherits,
    c.relkind <> 'p' and exists (select from pg_inherits h where h.inhparent = c.oid) as "hasChildren"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and ($2 or c.relkind in ('r', 'p')) and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and ($1::text[] is null or n.nspname = any ($1))
  order by 1, 2`;

/** All tables of the named schemas, by schema and name. Null means all schemas but the system's. */
export const readTables = (
  client: pg.Client,
  schemas: readonly string[] | null = null,
): Promise<readonly CatalogueTable[]> => queryCatalogue<CatalogueTable>(client, query, [schemas, false]);

/** As {@link readTables}, but includes views, materialized views and foreign tables. */
export const readRelations = (
  client: pg.Client,
  schemas: readonly string[] | null = null,
): Promise<readonly CatalogueTable[]> => queryCatalogue<CatalogueTable>(client, query, [schemas, true]);
