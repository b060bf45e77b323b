/** Types and columns that Debezium cannot read. Every case was tested with Debezium 3.6. */
import type pg from 'pg';
import { readable } from '../../identifiers.ts';
import { nameOf } from '../connector-config.ts';
import type { Finding } from './finding.ts';
import { readableTable } from './names.ts';
import type { SourceTable } from './source-tables.ts';

/**
 * Type names for which Debezium has special conversions, independent of the schema: SQL spellings of built-in types, and types of
 * extensions.
 */
const specialNames = [
  ...['bigint', 'boolean', 'character', 'character varying', 'bit varying', 'decimal', 'double precision', 'integer'],
  ...['real', 'smallint', 'serial', 'bigserial', 'smallserial', 'serial2', 'serial4', 'serial8', 'int'],
  ...['hstore', 'citext', 'ltree', 'geometry', 'geography', 'isbn', 'vector', 'halfvec', 'sparsevec'],
];

/** Finds types in these tables, and in the database, that stop a connector or alter values. */
export async function typeFindings(client: pg.Client, tables: readonly SourceTable[]): Promise<readonly Finding[]> {
  return [
    ...(await emptyEnums(client)),
    ...(await namesakes(client, tables)),
    ...(await columnsByCase(client, tables)),
    ...neverSent(tables),
  ];
}

/**
 * Debezium reads the labels of every type of category E in the database, and fails for a type without labels. A domain over
 * another one comes first, because it has to be dropped first.
 */
async function emptyEnums(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ name: string; base: string | null; columns: string[] }>(`
    with recursive behind (oid, base, depth) as (
      select oid, typbasetype, 1 from pg_type where typtype = 'd' and typcategory = 'E'
      union all
      select b.oid, t.typbasetype, b.depth + 1 from behind b join pg_type t on t.oid = b.base where t.typtype = 'd'
    ), enum_of as (select distinct on (oid) oid, base, depth from behind order by oid, depth desc)
    select format_type(t.oid, null) as name, format_type(b.base, null) as base,
      array(select format('ALTER TABLE %s ALTER COLUMN %I TYPE %s%s;', a.attrelid::regclass, a.attname, format_type(b.base, null),
          case when a.atttypid = t.typarray then '[]' end)
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where a.atttypid in (t.oid, t.typarray) and c.relkind in ('r', 'p') and not c.relispartition and not a.attisdropped
        order by 1) as columns
    from pg_type t left join enum_of b on b.oid = t.oid
    where t.typcategory = 'E' and not exists (select from pg_enum e where e.enumtypid = t.oid)
    order by coalesce(b.depth, 0) desc, 1`);
  return rows.map(({ name, base, columns }) =>
    base === null
      ? {
          check: 'enum_without_labels',
          what: `the enum ${name} has no labels, and Debezium cannot start in a database with such a type`,
          fix: `On the source: DROP TYPE ${name}; or ALTER TYPE ${name} ADD VALUE '…';`,
        }
      : {
          check: 'enum_without_labels',
          what: `${name} is a domain over the enum ${base}, and Debezium cannot start in a database with such a type`,
          fix: `On the source, use the enum itself: ${[...columns, `DROP DOMAIN ${name};`].join(' ')}`,
        },
  );
}

/** Debezium identifies types by name, without the schema. Types of extensions are excluded, because Debezium means them. */
async function namesakes(client: pg.Client, tables: readonly SourceTable[]): Promise<Finding[]> {
  const { rows } = await client.query<{
    schema: string;
    table: string;
    column: string;
    type: string;
    name: string;
    kind: string;
  }>(
    `with recursive used (attrelid, attname, oid) as (
       select attrelid, attname, atttypid from pg_attribute
       where attrelid = any ($1::oid[]) and attnum > 0 and not attisdropped
       union
       select u.attrelid, u.attname, x.oid from used u join pg_type t on t.oid = u.oid
       cross join lateral (values (case when t.typcategory = 'A' then t.typelem end), (nullif(t.typbasetype, 0))) x(oid)
       where x.oid is not null
     )
     select distinct n.nspname as schema, c.relname as table, u.attname as column,
       format('%I.%I', s.nspname, t.typname) as type, t.typname as name,
       case when exists (select from pg_class r where r.oid = t.typrelid and r.relkind <> 'c') then 'TABLE' else 'TYPE' end as kind
     from used u join pg_class c on c.oid = u.attrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_type t on t.oid = u.oid join pg_namespace s on s.oid = t.typnamespace
     where s.nspname <> 'pg_catalog' and not (t.typcategory = 'A' and t.typelem <> 0)
       and (t.typname = any ($2) or exists (select from pg_type b where b.typname = t.typname and b.typnamespace = 'pg_catalog'::regnamespace))
       and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
     order by 1, 2, 3`,
    [tables.map(({ oid }) => oid), specialNames],
  );
  return rows.map((row) => ({
    check: 'type_named_as_builtin',
    column: `${nameOf(row)}.${row.column}`,
    what: `${readableTable(row)}, column ${readable(row.column)}: Debezium confuses the type ${row.type} with the type of that name of PostgreSQL or of an extension`,
    fix: `On the source: ALTER ${row.kind} ${row.type} RENAME TO ${readable(`${row.name}_type`.replaceAll(' ', '_'))};`,
  }));
}

/** Debezium does not distinguish columns `v` and `V` of one table. */
async function columnsByCase(client: pg.Client, tables: readonly SourceTable[]): Promise<Finding[]> {
  const { rows } = await client.query<{ schema: string; table: string; columns: string[] }>(
    `select n.nspname as schema, c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
     group by 1, 2, lower(a.attname) having count(*) > 1 order by 1, 2`,
    [tables.map(({ oid }) => oid)],
  );
  return rows.map((row) => ({
    check: 'columns_differ_in_case',
    what: `${readableTable(row)}: Debezium does not distinguish the columns ${row.columns.map(readable).join(' and ')}`,
    fix: `On the source: ALTER TABLE ${readableTable(row)} RENAME COLUMN ${readable(row.columns.at(-1) ?? '')} TO …;`,
  }));
}

/** Columns that Debezium omits from every event. */
const neverSent = (tables: readonly SourceTable[]): Finding[] =>
  tables.flatMap((table) =>
    table.weak
      .filter(({ lost }) => lost === 'never sent')
      .map(({ column: name, type }) => ({
        check: 'column_not_sent' as const,
        column: `${nameOf(table)}.${name}`,
        what: `${readableTable(table)}, column ${readable(name)}: Debezium does not send ${type}`,
        fix: `On the source: ALTER TABLE ${readableTable(table)} ALTER COLUMN ${readable(name)} TYPE text[] USING ${readable(name)}::text[];`,
      })),
  );
