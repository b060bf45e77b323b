/** Reads what tables need before they can be made: schemas, extensions, types and sequences. */
import type pg from 'pg';
import { queryCatalogue } from './query-catalogue.ts';

/** A statement, and a query that answers a row where it is not needed any more. */
export type Prerequisite = { readonly create: string; readonly exists: string };

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Types in the order in which they were made, which is one in which they can be made again. Ranges of one's own, base
 * types in C and composite types of tables are not among them.
 */
const query = `
  select 'extension' as kind, quote_ident(e.extname) as name, e.extname as raw, null as definition, 0::oid as place
  from pg_extension e where e.extname <> 'plpgsql' and exists (
    select from pg_depend member join pg_depend used on used.refclassid = member.classid and used.refobjid = member.objid
    where member.refclassid = 'pg_extension'::regclass and member.refobjid = e.oid and member.deptype = 'e'
      and used.classid in ('pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass))
  union all
  select 'schema', quote_ident(n.nspname), n.nspname, null, 1
  from pg_namespace n where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public', 'sluice')
    and ($1::text[] is null or n.nspname = any ($1))
  union all
  select 'type', t.oid::regtype::text, t.oid::regtype::text,
    case t.typtype
      when 'e' then 'create type ' || t.oid::regtype || ' as enum (' || (
        select string_agg(quote_literal(l.enumlabel), ', ' order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid) || ')'
      when 'd' then 'create domain ' || t.oid::regtype || ' as ' || format_type(t.typbasetype, t.typtypmod)
        || coalesce(' default ' || pg_get_expr(t.typdefaultbin, 0), '') || case when t.typnotnull then ' not null' else '' end
        || coalesce((select string_agg(' constraint ' || quote_ident(o.conname) || ' ' || pg_get_constraintdef(o.oid), '')
                     from pg_constraint o where o.contypid = t.oid and o.contype = 'c'), '')
      when 'c' then 'create type ' || t.oid::regtype || ' as (' || (
        select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
        from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) || ')'
    end, t.oid
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice')
    and ($1::text[] is null or n.nspname = any ($1))
    and (t.typtype in ('e', 'd') or (t.typtype = 'c' and exists (
      select from pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
    and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
  union all
  select 'sequence', c.oid::regclass::text, c.oid::regclass::text,
    'create sequence ' || c.oid::regclass || ' as ' || format_type(s.seqtypid, null) || ' increment ' || s.seqincrement
      || ' minvalue ' || s.seqmin || ' maxvalue ' || s.seqmax || ' start ' || s.seqstart || ' cache ' || s.seqcache
      || case when s.seqcycle then ' cycle' else '' end, c.oid
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname <> 'sluice' and ($1::text[] is null or n.nspname = any ($1))
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('i', 'e'))
  order by place`;

type Row = {
  readonly kind: 'extension' | 'schema' | 'type' | 'sequence';
  readonly name: string;
  readonly raw: string;
  readonly definition: string | null;
};

/** What the tables of the named schemas, or of all, may need, extensions only where used; in an order in which it can be made. */
export async function readPrerequisites(
  client: pg.Client,
  schemas: readonly string[] | null = null,
): Promise<readonly Prerequisite[]> {
  return (await queryCatalogue<Row>(client, query, [schemas])).map(prerequisite);
}

function prerequisite({ kind, name, raw, definition }: Row): Prerequisite {
  switch (kind) {
    case 'extension':
      return {
        create: `create extension ${name}`,
        exists: `select 1 from pg_extension where extname = ${literal(raw)}`,
      };
    case 'schema':
      return { create: `create schema ${name}`, exists: `select 1 from pg_namespace where nspname = ${literal(raw)}` };
    case 'type':
      return { create: definition ?? '', exists: `select 1 where to_regtype(${literal(raw)}) is not null` };
    case 'sequence':
      return { create: definition ?? '', exists: `select 1 where to_regclass(${literal(raw)}) is not null` };
  }
}
