/** Describes tables for any engine: with logical types, and with keys and indexes by their columns. */
import type pg from 'pg';
import type {
  CheckDefinition,
  ColumnDefault,
  ColumnDefinition,
  Counter,
  ForeignKeyDefinition,
  IndexDefinition,
  KeyDefinition,
  TableDefinition,
} from '../../types/table.ts';
import { inTransaction } from '../connection/connection.ts';
import { domainChecks, logicalType, readTypes, refusesNull, type TypeRows } from './logical-types.ts';
import { describeSequences } from './sequences.ts';

type ColumnRow = {
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
  readonly declared: string;
  readonly notNull: boolean;
  readonly expression: string | null;
  readonly identity: 'a' | 'd' | '';
  readonly generated: 's' | 'v' | '';
  readonly counter: Counter | null;
  readonly folding: boolean;
  readonly comment: string | null;
};

type KeyRow = KeyDefinition & { readonly primary: boolean };

type TableRow = Pick<TableDefinition, 'schema' | 'name' | 'comment' | 'partitionedBy'> & {
  readonly columns: readonly ColumnRow[];
  readonly keys: readonly KeyRow[];
  readonly foreignKeys: readonly ForeignKeyDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly indexes: readonly IndexDefinition[];
};

const names = (relation: string, numbers: string) => `(
  select json_agg(k.attname order by p.place) from unnest(${numbers}) with ordinality as p(attnum, place)
  join pg_attribute k on k.attrelid = ${relation} and k.attnum = p.attnum)`;

const action = (column: string) =>
  `case ${column} when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' else 'no action' end`;

/** The sequence of an identity, and the one that a default of `nextval` names. */
const counterOf = `(
  select json_build_object('name', json_build_array(sn.nspname, sc.relname), 'start', s.seqstart::text,
    'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cycle', s.seqcycle, 'next', null)
  from pg_depend e join pg_sequence s on s.seqrelid = case when e.refclassid = 'pg_class'::regclass and e.classid = 'pg_class'::regclass
    then e.objid else e.refobjid end
  join pg_class sc on sc.oid = s.seqrelid join pg_namespace sn on sn.oid = sc.relnamespace
  where (a.attidentity <> '' and e.classid = 'pg_class'::regclass and e.refclassid = 'pg_class'::regclass
         and e.refobjid = a.attrelid and e.refobjsubid = a.attnum and e.deptype = 'i')
     or (e.classid = 'pg_attrdef'::regclass and e.objid = d.oid and e.refclassid = 'pg_class'::regclass
         and pg_get_expr(d.adbin, d.adrelid) like 'nextval(%')
  limit 1)`;

const query = `
  select n.nspname as schema, c.relname as name, obj_description(c.oid, 'pg_class') as comment,
    pg_get_partkeydef(c.oid) as "partitionedBy",
    coalesce((
      select json_agg(json_build_object(
        'name', a.attname, 'type', a.atttypid::bigint, 'modifier', a.atttypmod, 'declared', format_type(a.atttypid, a.atttypmod),
        'notNull', a.attnotnull, 'expression', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity,
        'generated', a.attgenerated, 'counter', ${counterOf},
        'folding', exists (select from pg_collation l where l.oid = a.attcollation and not l.collisdeterministic)
          or t.typname = 'citext',
        'comment', col_description(c.oid, a.attnum)) order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
    coalesce((
      select json_agg(json_build_object('name', o.conname, 'primary', o.contype = 'p', 'columns', ${names('c.oid', 'o.conkey')},
        'deferrable', o.condeferrable, 'nullsEqual', pg_get_constraintdef(o.oid) like '%NULLS NOT DISTINCT%') order by o.conname)
      from pg_constraint o where o.conrelid = c.oid and o.contype in ('p', 'u')), '[]') as keys,
    coalesce((
      select json_agg(json_build_object('name', o.conname, 'columns', ${names('c.oid', 'o.conkey')},
        'references', json_build_object('schema', fn.nspname, 'table', f.relname, 'columns', ${names('f.oid', 'o.confkey')}),
        'onUpdate', ${action('o.confupdtype')}, 'onDelete', ${action('o.confdeltype')},
        'matchFull', o.confmatchtype = 'f', 'validated', o.convalidated) order by o.conname)
      from pg_constraint o join pg_class f on f.oid = o.confrelid join pg_namespace fn on fn.oid = f.relnamespace
      where o.conrelid = c.oid and o.contype = 'f' and o.conparentid = 0), '[]') as "foreignKeys",
    coalesce((
      select json_agg(json_build_object('name', o.conname, 'kind', case o.contype when 'c' then 'check' else 'exclude' end,
        'sql', case o.contype when 'c' then pg_get_expr(o.conbin, o.conrelid) else pg_get_constraintdef(o.oid) end) order by o.conname)
      from pg_constraint o where o.conrelid = c.oid and o.contype in ('c', 'x')), '[]') as checks,
    coalesce((
      select json_agg(json_build_object('name', x.relname, 'unique', i.indisunique, 'method', m.amname,
        'predicate', pg_get_expr(i.indpred, i.indrelid),
        'parts', (
          select json_agg(json_build_object('column', k.attname,
            'expression', case when p.attnum = 0 then pg_get_indexdef(i.indexrelid, p.place::integer, true) end,
            'descending', (i.indoption::int2[])[p.place - 1] & 1 = 1) order by p.place)
          from unnest(i.indkey::int2[]) with ordinality as p(attnum, place)
          left join pg_attribute k on k.attrelid = c.oid and k.attnum = p.attnum and p.attnum > 0
          where p.place <= i.indnkeyatts),
        'including', coalesce((
          select json_agg(k.attname order by p.place) from unnest(i.indkey::int2[]) with ordinality as p(attnum, place)
          join pg_attribute k on k.attrelid = c.oid and k.attnum = p.attnum where p.place > i.indnkeyatts), '[]')) order by x.relname)
      from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
      where i.indrelid = c.oid and i.indisvalid
        and not exists (select from pg_constraint o where o.conindid = i.indexrelid and o.conrelid = c.oid and o.contype in ('p', 'u', 'x'))
    ), '[]') as indexes
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence <> 't' and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sluice')
    and n.nspname not like 'pg\\_temp%' and ($1::text[] is null or n.nspname = any ($1))
    -- Tables of extensions are made with their extension.
    and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
  order by 1, 2`;

/**
 * Describes all tables of the named schemas, by schema and name; null means all schemas but the system's. A partition is part
 * of its root. Expressions name their objects with schema.
 */
export async function describeTables(
  client: pg.Client,
  schemas: readonly string[] | null = null,
): Promise<readonly TableDefinition[]> {
  return await inTransaction(client, async () => {
    await client.query(`set transaction read only; set local search_path = ''`);
    const types = await readTypes(client);
    const { rows } = await client.query<TableRow>(query, [schemas]);
    const tables = rows.map((row) => tableOf(row, types));
    const next = await nextValues(client, tables);
    return tables.map((table) => withNext(table, next));
  });
}

const tableOf = ({ columns, keys, ...table }: TableRow, types: TypeRows): TableDefinition => {
  const definitions = keys.map(({ primary: _, ...key }) => key);
  const primary = keys.findIndex((key) => key.primary);
  return {
    ...table,
    columns: columns.map((column) => columnOf(column, types)),
    primaryKey: definitions[primary] ?? null,
    uniqueKeys: definitions.filter((_, index) => index !== primary),
  };
};

const columnOf = (row: ColumnRow, types: TypeRows): ColumnDefinition => ({
  name: row.name,
  type: logicalType(types, row.type, row.modifier),
  declared: row.declared,
  domainChecks: domainChecks(types, row.type),
  notNull: row.notNull || refusesNull(types, row.type),
  default: defaultOf(row),
  folding: row.folding,
  comment: row.comment,
});

function defaultOf({ counter, identity, expression, generated }: ColumnRow): ColumnDefault | null {
  if (counter !== null) return { kind: 'counter', counter, always: identity === 'a' };
  if (expression === null) return null;
  if (generated !== '') return { kind: 'generated', sql: expression, stored: generated === 's' };
  return { kind: 'expression', sql: expression };
}

const counters = ({ columns }: TableDefinition): readonly Counter[] =>
  columns.flatMap((column) => (column.default?.kind === 'counter' ? [column.default.counter] : []));

const nameOf = ({ name }: Counter): string => JSON.stringify(name);

/** The next value of each sequence, by its name. A user without privileges on a sequence cannot read its state. */
async function nextValues(client: pg.Client, tables: readonly TableDefinition[]): Promise<ReadonlyMap<string, string>> {
  if (tables.every((table) => counters(table).length === 0)) return new Map();
  const sequences = await describeSequences(client);
  return new Map(sequences.flatMap((one) => (one.next === null ? [] : [[nameOf(one), one.next]])));
}

const withNext = (table: TableDefinition, next: ReadonlyMap<string, string>): TableDefinition => ({
  ...table,
  columns: table.columns.map((column) => {
    if (column.default?.kind !== 'counter') return column;
    const counter = { ...column.default.counter, next: next.get(nameOf(column.default.counter)) ?? null };
    return { ...column, default: { ...column.default, counter } };
  }),
});
