/**
 * Length, precision and scale of a type as Debezium's schemas declare them, which is what the driver of the source makes
 * of them: a timestamp has a length, a text a limit, and what is negative is large.
 */
import type { Field } from '../../../formats/debezium/connect-schema.ts';
import { declaredType, type PgType } from '../../../formats/debezium/postgres/pg-type.ts';

/** How the driver calls integers whose default is the next of a sequence. */
export const serials: ReadonlyMap<string, string> = new Map([
  ['smallserial', 'int2'],
  ['serial', 'int4'],
  ['bigserial', 'int8'],
]);

/** Length of a type without one. */
const unlimited = 2 ** 31 - 1;
/** The most that numeric can be declared with; above stands what it can have without. */
const mostDigits = 1000;
/** Digits of a second that the server keeps. */
const microseconds = 6;

/** The type, called `sql`, with the length, precision and scale that are declared. `name` is its name in pg_type. */
export function withModifier(sql: string, name: string, { modifiers: [length = 0, scale] }: PgType): string {
  switch (name) {
    case 'varchar':
    case 'bpchar':
    case 'varbit':
    case 'bit':
      if (length < 1 || length >= unlimited) return name === 'bpchar' ? name : sql;
      return `${sql}(${length})`;
    case 'numeric':
      return length < 1 || length > mostDigits || scale === undefined ? sql : `${sql}(${length},${signed(scale)})`;
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

/** The server keeps a scale in 11 bits, the highest for the sign, and the driver tells them all as one number. */
const signed = (scale: number): number => (scale > mostDigits ? scale - 2 ** 11 : scale);

/** Types whose length, precision or scale says what may be lost. */
const measured: ReadonlySet<string> = new Set([
  ...['int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'money', 'text', 'varchar', 'bpchar', 'name'],
  ...['bit', 'varbit', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval'],
]);

/** The type at the source as SQL has it, for `lossy`. Undefined where it is not told, or is one that somebody made. */
export function sourceTypeOf(field: Field): string | undefined {
  const declared = declaredType(field);
  if (declared === null) return undefined;
  const name = serials.get(declared.name) ?? declared.name;
  if (!measured.has(name)) return name === 'char' && !declared.array ? '"char"' : undefined;
  return withModifier(name, name, declared) + (declared.array ? '[]' : '');
}
