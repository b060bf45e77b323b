/** PostgreSQL's types by name, as its catalogue and Debezium's messages give them. */
import type { LogicalType } from './logical-type.ts';

/** By the names in pg_type. */
const plain: ReadonlyMap<string, LogicalType> = new Map<string, LogicalType>([
  ['bool', { kind: 'boolean' }],
  ['int2', { kind: 'integer', bits: 16, unsigned: false }],
  ['int4', { kind: 'integer', bits: 32, unsigned: false }],
  ['int8', { kind: 'integer', bits: 64, unsigned: false }],
  ['oid', { kind: 'integer', bits: 32, unsigned: true }],
  ['float4', { kind: 'float', bits: 32 }],
  ['float8', { kind: 'float', bits: 64 }],
  ['text', { kind: 'text', limit: null, padded: false }],
  // NAMEDATALEN - 1 bytes, which are as many characters at most.
  ['name', { kind: 'text', limit: 63, padded: false }],
  ['char', { kind: 'text', limit: 1, padded: false }],
  ['citext', { kind: 'text', limit: null, padded: false }],
  ['bytea', { kind: 'bytes', limit: null }],
  ['date', { kind: 'date' }],
  ['interval', { kind: 'interval' }],
  ['uuid', { kind: 'uuid' }],
  ['json', { kind: 'json', binary: false }],
  ['jsonb', { kind: 'json', binary: true }],
  ['hstore', { kind: 'map' }],
  ['money', { kind: 'money' }],
  ['varchar', { kind: 'text', limit: null, padded: false }],
  ['bpchar', { kind: 'text', limit: null, padded: true }],
  ['numeric', { kind: 'decimal', precision: null, scale: 0 }],
  ['bit', { kind: 'bits', length: null, varying: false }],
  ['varbit', { kind: 'bits', length: null, varying: true }],
  ['time', { kind: 'time', precision: 6, zoned: false }],
  ['timetz', { kind: 'time', precision: 6, zoned: true }],
  ['timestamp', { kind: 'timestamp', precision: 6, zoned: false }],
  ['timestamptz', { kind: 'timestamp', precision: 6, zoned: true }],
]);

/** Types of extensions that have a fixed meaning in any schema. */
const ofExtensions: ReadonlySet<string> = new Set(['citext', 'hstore']);

/** Whether a type of this name has its meaning in any schema. */
export const isOfExtension = (name: string): boolean => ofExtensions.has(name);

/** The type of this name, without length, precision and scale. */
export const postgresType = (name: string): LogicalType => plain.get(name) ?? { kind: 'other', name };
