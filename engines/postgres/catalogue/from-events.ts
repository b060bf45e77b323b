/**
 * Builds a table definition from its events, for a target that lacks the table when the source's catalogue is unreachable.
 *
 * Events carry column names, types with length, precision and scale, NOT NULL, the key, and some defaults. A table built
 * from them differs from its source in:
 * - identities, sequences and generated columns: all become plain columns. Only the snapshot carries generated columns, so
 *   they keep the snapshot's values;
 * - foreign keys, UNIQUE and CHECK constraints, indexes and collations, which are missing;
 * - partitions and inheritance, which become one table;
 * - defaults that are not constants, or are zero, empty, false or 1970-01-01. Debezium writes these values for every
 *   expression that it cannot evaluate, and a wrong default is worse than none;
 * - defaults of arrays, money, ranges and integers above 2^53, which are missing;
 * - the fields of an interval (`interval day to second`), an explicit precision of 6, and a precision of numeric arrays
 *   that equals the one Debezium reports for plain `numeric`.
 */

import pg from 'pg';
import type { Field } from '../../../formats/debezium/connect-schema.ts';
import { convert } from '../../../formats/debezium/postgres/codec.ts';
import { codecOf } from '../../../formats/debezium/postgres/codec-of.ts';
import { declaredType, type PgType } from '../../../formats/debezium/postgres/pg-type.ts';
import type { Row, RowEvent } from '../../../formats/debezium/row-event.ts';
import { defaultSettings } from '../../../formats/debezium/settings.ts';
import { type Json, JsonNumber } from '../../../formats/json/value.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import { quoted, quotedTable } from '../identifiers.ts';
import { serials, withModifier } from './declared-type.ts';
import type { CatalogueColumn, CatalogueTable } from './table.ts';
import { findType, type KnownTypes } from './type-names.ts';

/**
 * The definition of the event's table. Throws a `PipelineError` if the event lacks information, or names a type that the
 * target lacks.
 * @param types the types of the target.
 */
export function tableFromEvent(event: RowEvent, types: KnownTypes): CatalogueTable {
  const { table } = event;
  if (table === null) throw unclear('the table of an event', 'the event does not name it');
  const named = tableName(table);
  const row = event.after ?? event.before;
  if (row === null) throw unclear(named, `a ${event.operation} does not name the columns`);
  const { fields } = row.shape;
  if (fields === null) throw unclear(named, 'the messages carry no schema');
  const columns = fields.map((field) => columnOf(table, field, types));
  const key = keyOf(named, event.key, columns);
  return {
    schema: table.schema,
    name: table.name,
    qualified: quotedTable(table),
    relkind: 'r',
    columns,
    key,
    deferrableKey: false,
    constraints:
      key.length === 0
        ? []
        : [{ name: null, kind: 'p', definition: `PRIMARY KEY (${key.map(quoted).join(', ')})`, index: null }],
    foreignKeys: [],
    indexes: [],
    rules: [],
    triggers: [],
    partitionKey: null,
    partitionOf: null,
    inherits: [],
    hasChildren: false,
  };
}

/** Columns of the message key: the primary key, unless the connector's `message.key.columns` names others. */
function keyOf(table: string, key: Row | null, columns: readonly CatalogueColumn[]): readonly string[] {
  const names = key?.shape.columns ?? [];
  for (const name of names) {
    const column = columns.find((one) => one.name === name);
    if (!column) throw unclear(table, `the message key has ${name}, which is no column`);
    if (!column.notNull) throw unclear(table, `${name} is part of the message key, but may be null`);
  }
  return names;
}

function columnOf(table: SourceTable, field: Field, types: KnownTypes): CatalogueColumn {
  const named = tableName(table);
  const declared = declaredType(field);
  if (declared === null) throw unclear(named, `the messages do not tell the type of ${field.name} at the source`);
  const own = serials.get(declared.name) ?? declared.name;
  const found = findType(types, own, table.schema);
  if (found === null) throw unknownType(named, field.name, own);
  const modified = found.schema === 'pg_catalog' ? withModifier(found.sql, found.name, declared) : found.sql;
  const type = declared.array ? `${modified}[]` : modified;
  return {
    name: field.name,
    type,
    baseType: type,
    collation: null,
    nondeterministicCollation: null,
    notNull: !field.optional,
    expression: serials.has(declared.name) ? null : defaultOf(field, declared, found.name),
    identity: null,
    sequence: null,
    generated: null,
  };
}

/** The default, unless Debezium may have written it in the place of an expression. */
export function defaultOf(field: Field, declared: PgType, name: string): string | null {
  const value = field.default;
  if (value === undefined || value === null || declared.array || isInexact(value, field)) return null;
  const cell = convert(codecOf(field, null, { ...defaultSettings, placeholder: null }), value);
  if (typeof cell === 'boolean') return cell ? 'true' : null;
  if (typeof cell !== 'string' || isMadeUp(cell, name, field)) return null;
  // The literal does not depend on `standard_conforming_strings`. pg puts a blank before an E.
  return pg.escapeLiteral(cell).trimStart();
}

/** Schemas carry integers as doubles, which are exact only up to 2^53. */
const isInexact = (value: Json, { type }: Field): boolean =>
  value instanceof JsonNumber && type === 'int64' && !Number.isSafeInteger(Number(value.literal));

/** Values that Debezium writes in the place of an expression. For session functions it writes their names. */
const madeUp: ReadonlySet<string> = new Set([
  '',
  '{}',
  '00000000-0000-0000-0000-000000000000',
  'CURRENT_USER',
  'CURRENT_ROLE',
  'SESSION_USER',
  'USER',
  'CURRENT_CATALOG',
  'CURRENT_SCHEMA',
]);
const texts: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'citext', 'name', 'char']);
const ordinaryTime = /^(?:\d{4}-\d\d-\d\d|\d\d:)/;

function isMadeUp(cell: string, name: string, { semantic }: Field): boolean {
  if (madeUp.has(cell)) return true;
  if (texts.has(name)) return false;
  if (/^-?[0.]+(?:e[-+]?\d+)?$/i.test(cell) || /^1970-01-01(?:[T ]00:00:00(?:\.0*)?Z?)?$/.test(cell)) return true;
  if (/^00:00:00(?:\.0*)?Z?$/.test(cell) || /^P(?:-?0[YMDTHS.0]*)+$/.test(cell)) return true;
  // Debezium writes infinity as a day in a far year.
  return /\.time\.(?!Interval)/.test(semantic ?? '') && !ordinaryTime.test(cell);
}

/** Advice where events lack information. */
const askSource = 'Set --source-db, so that the table can be created as the source defines it, or create it yourself.';

const unclear = (table: string, why: string): PipelineError =>
  new PipelineError('table_unclear', `${table} is missing in the target and cannot be created: ${why}`, {
    advice: `${askSource} npx sluice connector create makes connectors whose messages suffice (column.propagate.source.type=.*, key and value converters with schemas).`,
  });

const unknownType = (table: string, column: string, type: string): PipelineError =>
  new PipelineError(
    'type_unknown',
    `${table} is missing in the target and cannot be created: its column ${column} is of type ${type}, which the target does not have, or has more than once`,
    {
      advice: `Create the type first (CREATE TYPE, CREATE DOMAIN or CREATE EXTENSION). ${askSource.replace('the table', 'table and type')}`,
    },
  );
