/** PostgreSQL's types by one name each, whether the catalogue or Debezium's schema names them. */
import type { Field } from '../connect-schema.ts';

/** A column's type. */
export type PgType = {
  /**
   * As in pg_type, of the element for arrays: `int4`, `timestamptz`, `bpchar`. A type that somebody made keeps its schema,
   * because it may be called like a built-in one; those of extensions do not.
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

/** Types of extensions that are known here, in whatever schema they are. */
const ofExtensions: ReadonlySet<string> = new Set(['hstore', 'geometry', 'geography', 'vector', 'halfvec']);

const withSchema = /^(?:"(?:[^"]|"")+"|[^".]+)\.(.+)$/;
const unquoted = (name: string): string => name.replace(/^"(.*)"$/, '$1');

/** The name without its schema, if it is one of an extension or of the system. */
function known(sql: string): string {
  const [, qualified] = withSchema.exec(sql) ?? [];
  if (qualified === undefined) return unquoted(sql);
  // PostGIS has words in its modifiers.
  const own = unquoted(qualified.replace(/\(.*\)$/, ''));
  return ofExtensions.has(own) || sql.startsWith('pg_catalog.') ? own : sql;
}

/** Reads a type as `format_type` writes it: `timestamp(3) without time zone`, `numeric(10,2)`, `public.mood[]`. */
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
 * The type that a schema with `column.propagate.source.type` declares; null without. A domain has its own name. Names come in
 * capitals and are in small letters here; of types that the connector's search_path does not find as `"schema"."name"`.
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

/** True for types that Debezium has no form for: it sends their text as bytes, when it was told to send them at all. */
export const isOpaque = ({ name }: PgType): boolean => opaque.has(name) || name.endsWith('multirange');
