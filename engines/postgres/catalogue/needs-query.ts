/**
 * SQL that follows `pg_depend` from the tables in `$1` to every object that must exist before they can be created.
 *
 * Sluice does not copy code. The query still follows code to its types, and to the functions of operators and aggregates,
 * so that one error can name everything that the code lacks.
 * A member of an extension leads to the extension only. Objects with an oid below 16384 (FirstNormalObjectId) come with
 * every server.
 */

/** Definitions by kind of type; `t` is a row of pg_type. Separate statements add the CHECKs of a domain. */
const typeDefinition = `
  case t.typtype
    when 'e' then format('create type %s as enum (%s)', t.oid::regtype, (
      select string_agg(quote_literal(l.enumlabel), ', ' order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid))
    when 'd' then format('create domain %s as %s', t.oid::regtype, format_type(t.typbasetype, t.typtypmod))
      || coalesce((select ' collate ' || t.typcollation::regcollation from pg_type b
                   where b.oid = t.typbasetype and b.typcollation <> t.typcollation), '')
      || coalesce(' default ' || pg_get_expr(t.typdefaultbin, 0), '') || case when t.typnotnull then ' not null' else '' end
      || coalesce((select string_agg(format('; alter domain %s add constraint %I %s', t.oid::regtype, o.conname,
                     pg_get_constraintdef(o.oid)), '' order by o.conname)
                   from pg_constraint o where o.contypid = t.oid and o.contype = 'c'), '')
    when 'c' then format('create type %s as (%s)', t.oid::regtype, (
      select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
        || case when a.attcollation <> e.typcollation then ' collate ' || a.attcollation::regcollation else '' end, ', ' order by a.attnum)
      from pg_attribute a join pg_type e on e.oid = a.atttypid
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
    when 'r' then (
      select format('create type %s as range (subtype = %s', t.oid::regtype, format_type(r.rngsubtype, null))
        || case when p.opcdefault then '' else format(', subtype_opclass = %I.%I', p.opcnamespace::regnamespace, p.opcname) end
        || case when r.rngcollation <> e.typcollation then ', collation = ' || r.rngcollation::regcollation else '' end
        || case when r.rngsubdiff <> 0 then ', subtype_diff = ' || r.rngsubdiff::regproc else '' end
        || coalesce(', multirange_type_name = ' || (to_jsonb(r) ->> 'rngmultitypid')::oid::regtype, '') || ')'
      from pg_range r join pg_opclass p on p.oid = r.rngsubopc join pg_type e on e.oid = r.rngsubtype
      where r.rngtypid = t.oid and r.rngcanonical = 0)
  end`;

/** `l` is a row of pg_collation, whose column for the ICU locale has other names in other versions. */
const collationDefinition = `
  format('create collation %s (provider = %s', l.oid::regcollation,
      case l.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end)
    || case when l.collprovider = 'c' then format(', lc_collate = %L, lc_ctype = %L', l.collcollate, l.collctype)
       else format(', locale = %L', coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collcollate)) end
    || case when l.collisdeterministic then '' else ', deterministic = false' end
    || coalesce(', rules = ' || quote_literal(to_jsonb(l) ->> 'collicurules'), '') || ')'`;

/** `s` is a row of pg_sequence. */
const sequenceDefinition = `
  format('create sequence %s as %s increment %s minvalue %s maxvalue %s start %s cache %s', s.seqrelid::regclass,
      format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache)
    || case when s.seqcycle then ' cycle' else '' end`;

const isMember = (of: string): string => `exists (
  select from pg_depend m where m.classid = ${of}.classid and m.objid = ${of}.objid and m.deptype = 'e')`;

/** Returns a `Need` for each object; an object comes after the objects that it needs. */
export const needsQuery = `
  with recursive root as (select name::regclass::oid as oid from unnest($1::text[]) as name),
  part (root, classid, objid) as (
    select oid, 'pg_class'::regclass::oid, oid from root
    union all select r.oid, 'pg_attrdef'::regclass, d.oid from root r join pg_attrdef d on d.adrelid = r.oid
    union all select r.oid, 'pg_constraint'::regclass, o.oid from root r join pg_constraint o on o.conrelid = r.oid and o.contype <> 'f'
    union all select r.oid, 'pg_class'::regclass, i.indexrelid from root r join pg_index i on i.indrelid = r.oid and i.indisvalid
  ), need (root, classid, objid, byclass, byid, bysub, depth, for_code) as (
    (
      select p.root, d.refclassid, d.refobjid, d.classid, d.objid, d.objsubid, 1, false
      from part p join pg_depend d on d.classid = p.classid and d.objid = p.objid where d.refobjid <> p.root
      union
      -- A sequence that a column owns belongs to the table, even if no default uses it.
      select r.oid, d.classid, d.objid, d.refclassid, d.refobjid, d.refobjsubid, 1, false from root r
      join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = r.oid and d.deptype = 'a'
      join pg_class s on d.classid = 'pg_class'::regclass and s.oid = d.objid and s.relkind = 'S'
    )
    union
    -- The dependent of an extension's member, or of an array, needs the extension, or the element type.
    select n.root, d.refclassid, d.refobjid, case when d.deptype in ('e', 'i') then n.byclass else n.classid end,
      case when d.deptype in ('e', 'i') then n.byid else n.objid end, case when d.deptype in ('e', 'i') then n.bysub else 0 end, n.depth + 1,
      n.for_code or n.classid = 'pg_proc'::regclass
    from need n cross join lateral (
      select n.classid, n.objid
      union all select 'pg_constraint'::regclass, o.oid from pg_constraint o
        where n.classid = 'pg_type'::regclass and o.contypid = n.objid
      union all select 'pg_class'::regclass, c.oid from pg_class c
        where n.classid = 'pg_type'::regclass and c.reltype = n.objid and c.relkind = 'c'
    ) p (classid, objid) join pg_depend d on d.classid = p.classid and d.objid = p.objid
    where n.depth < 50 and not (d.refclassid = n.classid and d.refobjid = n.objid) and case
      when ${isMember('n')} then d.deptype = 'e'
      when n.classid in ('pg_type'::regclass, 'pg_extension'::regclass, 'pg_operator'::regclass) then true
      when n.classid = 'pg_proc'::regclass then d.refclassid in ('pg_type'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass)
      else d.refclassid = 'pg_namespace'::regclass end
  ), found as (
    select distinct on (classid, objid) classid, objid, root, byclass, byid, bysub,
      max(depth) over (partition by classid, objid) as depth,
      bool_or(for_code) over (partition by classid, objid) as for_code,
      array_agg(root::regclass::text) over (partition by classid, objid) as roots
    from need order by classid, objid, need.depth, root, byclass, byid, bysub
  )
  select k.kind, pg_describe_object(f.classid, f.objid, 0) as what, coalesce(s.seqrelid::regclass::text, c.oid::regclass::text,
      quote_ident(n.nspname), quote_ident(e.extname), i.identity) as name,
    case f.byclass
      when 'pg_attrdef'::regclass then (
        select format('%s %s.%I', case when a.attgenerated = '' then 'the default of' else 'the generated column' end, d.adrelid::regclass, a.attname)
        from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.oid = f.byid)
      else 'the ' || pg_describe_object(f.byclass, f.byid, f.bysub)
        || case when f.byclass = 'pg_type'::regclass then ' of ' || f.root::regclass else '' end end as by,
    f.roots, a.type, a.object_names as names, a.object_args as args, e.extnamespace::regnamespace::text as schema,
    coalesce(p.prokind in ('f', 'p', 'w'), false) as "isFunction",
    f.for_code as "forCode",
    case k.kind
      when 'schema' then format('create schema %I', n.nspname)
      when 'extension' then format('create extension %I with schema %s', e.extname, e.extnamespace::regnamespace)
      when 'type' then ${typeDefinition}
      when 'collation' then ${collationDefinition}
      when 'sequence' then ${sequenceDefinition} end as create,
    (select json_build_object('table', d.refobjid::regclass::text, 'column', b.attname)
     from pg_depend d join pg_attribute b on b.attrelid = d.refobjid and b.attnum = d.refobjsubid
     where k.kind = 'sequence' and d.classid = f.classid and d.objid = f.objid and d.deptype = 'a'
       and d.refclassid = 'pg_class'::regclass) as owner
  from found f
  left join pg_namespace n on f.classid = 'pg_namespace'::regclass and n.oid = f.objid
  left join pg_extension e on f.classid = 'pg_extension'::regclass and e.oid = f.objid
  left join pg_type t on f.classid = 'pg_type'::regclass and t.oid = f.objid
  left join pg_class c on f.classid = 'pg_class'::regclass and c.oid = f.objid
  left join pg_sequence s on s.seqrelid = c.oid
  left join pg_collation l on f.classid = 'pg_collation'::regclass and l.oid = f.objid
  left join pg_proc p on f.classid = 'pg_proc'::regclass and p.oid = f.objid
  cross join lateral pg_identify_object(f.classid, f.objid, 0) i
  cross join lateral pg_identify_object_as_address(f.classid, f.objid, 0) a
  cross join lateral (select case
    when n.oid is not null then 'schema'
    when e.oid is not null then 'extension'
    when l.oid is not null then 'collation'
    when t.typtype in ('e', 'd', 'c') or exists (select from pg_range r where r.rngtypid = t.oid and r.rngcanonical = 0) then 'type'
    when c.relkind = 'S' then 'sequence'
    when c.relkind in ('r', 'p') then 'table'
    else 'code' end as kind) k
  where (n.nspname !~ '^pg_' or (n.oid is null and f.objid >= 16384)) and not ${isMember('f')}
    and f.classid not in ('pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_am'::regclass)
    and coalesce(c.relkind in ('S', 'r', 'p', 'v', 'm', 'f'), true)
    -- Other types create arrays, multiranges and row types along with themselves.
    and coalesce(t.typtype <> 'm' and not exists (select from pg_type b where b.typarray = t.oid)
      and (t.typrelid = 0 or exists (select from pg_class r where r.oid = t.typrelid and r.relkind = 'c')), true)
  order by array_position(array['schema', 'extension', 'code', 'collation', 'type', 'sequence', 'table'], k.kind), f.depth desc, f.objid`;
