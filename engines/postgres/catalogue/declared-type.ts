/**
 * Length, precision and scale of a type as Debezium's schemas declare them. They come from the JDBC driver: a timestamp
 * has a length, text has a limit, and a negative scale is a large number.
 */
import type { Field } from '../../../formats/debezium/connect-schema.ts';
import { declaredType, type PgType } from '../../../formats/debezium/postgres/pg-type.ts';

/** The JDBC driver's names for integers whose default is `nextval` of a sequence. */
export const serials: ReadonlyMap<string, string> = new Map([
  ['smallserial', 'int2'],
  ['serial', 'int4'],
  ['bigserial', 'int8'],
]);

/** The length that the driver reports for a type without one: 2^31 - 1. */
const unlimited = 2 ** 31 - 1;
/** The largest precision that PostgreSQL allows in a numeric declaration. The driver reports more for plain `numeric`. */
const maxDigits = 1000;
/** Fractional digits of a second that the server keeps. */
const microseconds = 6;

/** The type `sql` with its declared length, precision and scale. `name` is its name in pg_type. */
export function withModifier(sql: string, name: string, { modifiers: [length = 0, scale] }: PgType): string {
  switch (name) {
    case 'varchar':
    case 'bpchar':
    case 'varbit':
    case 'bit':
      if (length < 1 || length >= unlimited) return name === 'bpchar' ? name : sql;
      return `${sql}(${length})`;
    case 'numeric':
      return length < 1 || length > maxDigits || scale === undefined ? sql : `${sql}(${length},${signed(scale)})`;
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
    case 'interval':
      return scale === undefined || scale >= microseconds ? sql : sql.replace(/^\w+/, `$&(${scale})`);
    default:
      return sql;
  }
}

/** The server stores a scale in 11 bits with sign, and the driver reads them as an unsigned number. */
const signed = (scale: number): number => (scale > maxDigits ? scale - 2 ** 11 : scale);

/** Types for which `lossy` compares length, precision or scale. */
const measured: ReadonlySet<string> = new Set([
  ...['int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'money', 'text', 'varchar', 'bpchar', 'name'],
  ...['bit', 'varbit', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval'],
]);

/** The SQL type at the source, for `lossy`. Undefined if it is unknown or user-defined. */
export function sourceTypeOf(field: Field): string | undefined {
  const declared = declaredType(field);
  if (declared === null) return undefined;
  const name = serials.get(declared.name) ?? declared.name;
  if (!measured.has(name)) return name === 'char' && !declared.array ? '"char"' : undefined;
  return withModifier(name, name, declared) + (declared.array ? '[]' : '');
}
