/** Maps PostgreSQL's types to logical types. */
import type pg from 'pg';
import type { LogicalType } from '../../types/logical-type.ts';
import { isOfExtension, postgresType } from '../../types/postgres-types.ts';

/** A row of pg_type. */
export type TypeRow = {
  readonly oid: number;
  readonly name: string;
  readonly schema: string;
  /** `b`ase, `c`omposite, `d`omain, `e`num, `p`seudo, `r`ange, `m`ultirange. */
  readonly typtype: string;
  /** The type of the elements of an array, else 0. */
  readonly element: number;
  /** The type below a domain, else 0. */
  readonly base: number;
  /** The modifier of the type below a domain, or -1. */
  readonly modifier: number;
  /** Whether a domain refuses null. */
  readonly notNull: boolean;
  /** CHECK constraints of a domain. */
  readonly checks: readonly string[];
  /** Labels of an enum, in their order. */
  readonly labels: readonly string[];
  /** Columns of a composite type. */
  readonly fields: readonly { readonly name: string; readonly type: number; readonly modifier: number }[];
};

/** All types of a server, by oid. */
export type TypeRows = ReadonlyMap<number, TypeRow>;

const query = `
  select t.oid::bigint::float8 as oid, t.typname as name, n.nspname as schema, t.typtype,
    case when t.typcategory = 'A' then t.typelem::bigint::float8 else 0 end as element,
    t.typbasetype::bigint::float8 as base, t.typtypmod as modifier, t.typnotnull as "notNull",
    coalesce((select json_agg(pg_get_expr(o.conbin, 0) order by o.conname) from pg_constraint o
              where o.contypid = t.oid and o.contype = 'c'), '[]') as checks,
    coalesce((select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid), '[]') as labels,
    coalesce((select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::bigint, 'modifier', a.atttypmod) order by a.attnum)
              from pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '[]') as fields
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where t.typtype <> 'c' or n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

/** Reads the types of the server. */
export async function readTypes(client: pg.Client): Promise<TypeRows> {
  const { rows } = await client.query<TypeRow>(query);
  return new Map(rows.map((row) => [row.oid, row]));
}

/** Fractional digits of a second without a modifier. */
const microseconds = 6;

/** Length of the header that PostgreSQL adds to the modifiers of text and numeric. */
const header = 4;

/**
 * The logical type of a column, with domains resolved.
 * @param modifier `atttypmod`, or -1.
 */
export function logicalType(types: TypeRows, oid: number, modifier: number): LogicalType {
  const type = types.get(oid);
  if (type === undefined) return { kind: 'other', name: `type ${oid}` };
  if (type.typtype === 'd') return logicalType(types, type.base, type.modifier);
  if (type.element !== 0) return { kind: 'array', element: logicalType(types, type.element, modifier) };
  if (type.typtype === 'e') return { kind: 'enum', labels: type.labels };
  if (type.typtype === 'c')
    return {
      kind: 'composite',
      fields: type.fields.map((field) => ({
        name: field.name,
        type: logicalType(types, field.type, field.modifier),
      })),
    };
  if (type.schema !== 'pg_catalog' && !isOfExtension(type.name)) return { kind: 'other', name: type.name };
  return withModifier(type.name, modifier) ?? postgresType(type.name);
}

function withModifier(name: string, modifier: number): LogicalType | undefined {
  const isSet = modifier >= 0;
  switch (name) {
    case 'varchar':
    case 'bpchar':
      return { kind: 'text', limit: isSet ? modifier - header : null, padded: name === 'bpchar' };
    case 'numeric':
      return numeric(modifier);
    case 'bit':
    case 'varbit':
      return { kind: 'bits', length: isSet ? modifier : null, varying: name === 'varbit' };
    case 'time':
    case 'timetz':
      return { kind: 'time', precision: isSet ? modifier : microseconds, zoned: name === 'timetz' };
    case 'timestamp':
    case 'timestamptz':
      return { kind: 'timestamp', precision: isSet ? modifier : microseconds, zoned: name === 'timestamptz' };
    default:
      return undefined;
  }
}

/** The precision is in the upper 16 bits, the scale in the lower 11, with sign. */
function numeric(modifier: number): LogicalType {
  if (modifier < header) return { kind: 'decimal', precision: null, scale: 0 };
  const packed = modifier - header;
  const scale = packed & 0x7ff;
  return { kind: 'decimal', precision: packed >> 16, scale: scale > 1000 ? scale - 2048 : scale };
}

/** CHECK constraints of the domains of a column, the outermost first. */
export function domainChecks(types: TypeRows, oid: number): readonly string[] {
  const type = types.get(oid);
  return type?.typtype === 'd' ? [...type.checks, ...domainChecks(types, type.base)] : [];
}

/** Whether a domain of a column refuses null. */
export function refusesNull(types: TypeRows, oid: number): boolean {
  const type = types.get(oid);
  return type?.typtype === 'd' && (type.notNull || refusesNull(types, type.base));
}
