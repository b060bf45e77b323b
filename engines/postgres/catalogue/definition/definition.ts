/** The definition of a table, from the catalogue or from the schema of a message. */

import type pg from 'pg';
import type { Field } from '../../../../formats/debezium/connect-schema.ts';
import { declaredType, type PgType, parsePgType } from '../../../../formats/debezium/postgres/pg-type.ts';
import type { SourceTable } from '../../../../schemas/table-name.ts';
import { quotedTable } from '../../identifiers.ts';
import { serials, sourceTypeOf } from '../declared-type.ts';
import { defaultOf } from '../from-events.ts';

/** A CHECK constraint, of a table or of a domain. */
export type Check = { readonly name: string; readonly definition: string };

/** An enum, and its labels in their order. */
export type Enum = { readonly type: string; readonly labels: readonly string[] };

/** A domain. */
export type Domain = { readonly type: string; readonly notNull: boolean; readonly checks: readonly Check[] };

/** One column. */
export type Column = {
  readonly name: string;
  /** As `format_type` gives it, or as the message declares it; null if it is unknown. */
  readonly type: string | null;
  /** The type below a domain. */
  readonly baseType: string | null;
  readonly collation: string | null;
  readonly notNull: boolean;
  /** Expression of the default, or of a generated column. */
  readonly expression: string | null;
  readonly identity: 'a' | 'd' | null;
  readonly generated: 's' | 'v' | null;
  /** Number in the catalogue, or place in the message: a renamed column keeps it, an added one comes last. */
  readonly place: number;
  /** The value in rows that are older than the column. */
  readonly missing: string | null;
  readonly enum: Enum | null;
  readonly domain: Domain | null;
};

/** A partition, below the table or below one of its partitions. */
export type Partition = {
  readonly qualified: string;
  readonly parent: string;
  readonly bound: string;
  /** How it is partitioned itself. */
  readonly by: string | null;
};

/** A table. Parts that a message does not carry are null. */
export type Definition = {
  /** Its name as SQL takes it. */
  readonly qualified: string;
  readonly columns: readonly Column[];
  /** Columns of the primary key. */
  readonly key: readonly string[] | null;
  /** Numbers of columns that were dropped. */
  readonly dropped: readonly number[];
  readonly checks: readonly Check[] | null;
  readonly partitions: readonly Partition[] | null;
};

const checksOf = (condition: string): string => `coalesce((
  select json_agg(json_build_object('name', o.conname, 'definition', pg_get_constraintdef(o.oid)) order by o.conname)
  from pg_constraint o where o.contype = 'c' and ${condition}), '[]')`;

const query = `
  select c.oid::regclass::text as qualified,
    coalesce((
      select json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'baseType', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
                         else format_type(a.atttypid, a.atttypmod) end,
        'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
        'notNull', a.attnotnull, 'expression', pg_get_expr(d.adbin, d.adrelid),
        'identity', nullif(a.attidentity, ''), 'generated', nullif(a.attgenerated, ''), 'place', a.attnum,
        'missing', case when a.atthasmissing then (a.attmissingval::text::text[])[1] end,
        'enum', (select json_build_object('type', e.oid::regtype::text, 'labels', (
                   select json_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = e.oid))
                 from pg_type e left join pg_type b on b.oid = t.typbasetype
                 where e.typtype = 'e' and e.oid in (t.oid, t.typelem, t.typbasetype, b.typelem) limit 1),
        'domain', case when t.typtype = 'd' then json_build_object('type', t.oid::regtype::text,
                    'notNull', t.typnotnull, 'checks', ${checksOf('o.contypid = t.oid')}) end) order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
    coalesce((
      select json_agg(a.attname order by k.place)
      from pg_index i cross join unnest(i.indkey::smallint[]) with ordinality as k(attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary), '[]') as key,
    coalesce((select json_agg(a.attnum order by a.attnum) from pg_attribute a
              where a.attrelid = c.oid and a.attisdropped), '[]') as dropped,
    ${checksOf('o.conrelid = c.oid')} as checks,
    coalesce((
      with recursive tree as (
        select h.inhrelid, h.inhparent, 1 as depth from pg_inherits h where h.inhparent = c.oid
        union all
        select h.inhrelid, h.inhparent, depth + 1 from tree join pg_inherits h on h.inhparent = tree.inhrelid)
      select json_agg(json_build_object('qualified', p.oid::regclass::text, 'parent', tree.inhparent::regclass::text,
        'bound', pg_get_expr(p.relpartbound, p.oid), 'by', pg_get_partkeydef(p.oid)) order by depth, p.relname)
      from tree join pg_class p on p.oid = tree.inhrelid and p.relispartition), '[]') as partitions
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')`;

/** Reads a table's definition inside the running transaction, whose settings stay. Undefined without such a table. */
export async function readDefinition(
  client: pg.Client,
  { schema, name }: SourceTable,
): Promise<Definition | undefined> {
  await client.query(`savepoint definition; set local search_path = ''`);
  const { rows } = await client.query<Definition>(query, [schema, name]);
  await client.query('rollback to savepoint definition; release savepoint definition');
  return rows[0];
}

/** The definition of a table as far as the schema of a message carries it. */
export const definitionFrom = ({ schema, name }: SourceTable, fields: readonly Field[]): Definition => ({
  qualified: quotedTable({ schema, name }),
  columns: fields.map(columnFrom),
  key: null,
  dropped: [],
  checks: null,
  partitions: null,
});

function columnFrom(field: Field, place: number): Column {
  const declared = declaredType(field);
  const own = declared === null ? null : (serials.get(declared.name) ?? declared.name);
  const type = sourceTypeOf(field) ?? (own === null ? null : `${own}${declared?.array ? '[]' : ''}`);
  const labels = (field.items ?? field).parameters.get('allowed');
  return {
    name: field.name,
    type,
    baseType: type,
    collation: null,
    notNull: !field.optional,
    expression:
      declared === null || own === null || serials.has(declared.name) ? null : defaultOf(field, declared, own),
    identity: null,
    generated: null,
    place,
    missing: null,
    enum: labels === undefined || own === null ? null : { type: own, labels: labels.split(',') },
    domain: null,
  };
}

/** Whether two spellings name the same type. User-defined types are compared by name without schema. */
export function isSameType(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const [a, b] = [normal(parsePgType(one)), normal(parsePgType(other))];
  return a.name === b.name && a.array === b.array && a.modifiers.join() === b.modifiers.join();
}

const schemaBefore = /^(?:"(?:[^"]|"")*"|[^".]+)\./;

/** `character` means `bpchar(1)`, and `numeric(5)` means `numeric(5,0)`. */
function normal({ name, array, modifiers }: PgType): PgType {
  const plain = name.replace(schemaBefore, '').replaceAll('"', '').toLowerCase();
  const scaled = plain === 'numeric' && modifiers.length === 1 ? [...modifiers, 0] : modifiers;
  return { name: plain, array, modifiers: scaled };
}
