/** Normalises PostgreSQL's types to one name each, for names from the catalogue and from Debezium's schema. */
import type { Field } from '../connect-schema.ts';

/** A column's type. */
export type PgType = {
  /**
   * The name in pg_type; for arrays that of the element: `int4`, `timestamptz`, `bpchar`. A user-defined type keeps its schema, because
   * it may have the name of a built-in one. Types of extensions have no schema here.
   */
  readonly name: string;
  readonly array: boolean;
  /** `(10,2)` of `numeric(10,2)`. */
  readonly modifiers: readonly number[];
};

/** SQL names that differ from those in pg_type. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['smallint', 'int2'],
  ['integer', 'int4'],
  ['int', 'int4'],
  ['bigint', 'int8'],
  ['real', 'float4'],
  ['double precision', 'float8'],
  ['decimal', 'numeric'],
  ['boolean', 'bool'],
  ['character varying', 'varchar'],
  ['character', 'bpchar'],
  ['bit varying', 'varbit'],
  ['timestamp without time zone', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
  ['time without time zone', 'time'],
  ['time with time zone', 'timetz'],
]);

/** Supported types of extensions, in any schema. */
const ofExtensions: ReadonlySet<string> = new Set(['hstore', 'geometry', 'geography', 'vector', 'halfvec']);

const withSchema = /^(?:"(?:[^"]|"")+"|[^".]+)\.(.+)$/;
const unquoted = (name: string): string => name.replace(/^"(.*)"$/, '$1');

/** The name without its schema, if it is a type of an extension or of the system. */
function known(sql: string): string {
  const [, qualified] = withSchema.exec(sql) ?? [];
  if (qualified === undefined) return unquoted(sql);
  // PostGIS has words in its modifiers.
  const own = unquoted(qualified.replace(/\(.*\)$/, ''));
  return ofExtensions.has(own) || sql.startsWith('pg_catalog.') ? own : sql;
}

/** Parses a type as `format_type` prints it: `timestamp(3) without time zone`, `numeric(10,2)`, `public.mood[]`. */
export function parsePgType(text: string): PgType {
  let rest = text.trim();
  const array = rest.endsWith('[]');
  while (rest.endsWith('[]')) rest = rest.slice(0, -2);
  const modifiers: number[] = [];
  rest = rest.replace(/\s*\(([-\d, ]+)\)/, (_, list: string) => {
    modifiers.push(...list.split(',').map(Number));
    return '';
  });
  const sql = rest.trim();
  // The catalogue writes the type "char" in quotes; unquoted it is character(1).
  return { name: aliases.get(sql.toLowerCase()) ?? known(sql), array, modifiers };
}

/**
 * The type that a schema with `column.propagate.source.type` declares; null without one. A domain has its own name. Names are in
 * capitals in the schema and in lower case here. Types outside of the connector's search_path have the form `"schema"."name"`.
 */
export function declaredType(field: Field): PgType | null {
  const declared = field.parameters.get('__debezium.source.column.type');
  if (declared === undefined) return null;
  const element = /^((?:"(?:[^"]|"")+"\.")?)_(.+)$/.exec(declared);
  const array = element !== null;
  const name = known((array ? `${element[1]}${element[2]}` : declared).toLowerCase());
  const length = field.parameters.get('__debezium.source.column.length');
  const scale = field.parameters.get('__debezium.source.column.scale');
  const modifiers = [length, scale].flatMap((value) => (value === undefined ? [] : [Number(value)]));
  return { name, array, modifiers };
}

const opaque: ReadonlySet<string> = new Set([
  'record',
  'line',
  'lseg',
  'box',
  'path',
  'polygon',
  'circle',
  'tsquery',
  'pg_lsn',
  'pg_snapshot',
  'txid_snapshot',
  'jsonpath',
  'xid',
  'xid8',
  'cid',
  'tid',
]);

/** Whether Debezium has no form for the type. It then sends the text as bytes, if it is configured to send it at all. */
export const isOpaque = ({ name }: PgType): boolean => opaque.has(name) || name.endsWith('multirange');
