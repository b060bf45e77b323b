/**
 * The one place where a user event is validated: bytes or fields in, a trusted `UserEvent` or a readable reason out.
 * Everything behind it relies on the types.
 */
import { isUtf8 } from 'node:buffer';
import { exactInteger, kindOf } from './exact-integer.ts';
import type { OrderBy } from './order-by.ts';
import { Rejection } from './rejection.ts';
import { parseTimestamp } from './timestamp.ts';
import { type Operation, operations, type UserEvent } from './user-event.ts';
import { eventColumns } from './users-enriched.ts';

/** How to treat an event, and what was noticed on the way. */
export type ParseOptions = {
  readonly orderBy: OrderBy;
  /** What to do with a text beyond its column: park the record, or cut the text (an explicit choice of the user). */
  readonly onTooLong: 'park' | 'truncate';
  /** Counts fields the event carries beyond the known ones. They are ignored. */
  readonly noticed: { unknownFields: number; truncated: number };
};

const textFields = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'address',
  'city',
  'state',
  'country',
  'postal_code',
  'source_system',
  'cdc_source',
] as const;
const timeFields = ['created_at', 'updated_at', 'cdc_timestamp'] as const;
const knownFields: ReadonlySet<string> = new Set([...textFields, ...timeFields, 'id', 'cdc_operation', 'cdc_sequence']);

const limits: ReadonlyMap<string, number> = new Map(
  eventColumns.flatMap((column) => ('limit' in column ? [[column.name, column.limit] as const] : [])),
);

/** Length in code points, which is what PostgreSQL's VARCHAR(n) counts. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function parseText(name: string, value: unknown, suspect: boolean, options: ParseOptions): string | null | Rejection {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') {
    return new Rejection('wrong_type', `${name}: expected a string, got ${kindOf(value)}`, name);
  }
  if (suspect) {
    if (value.includes('\0')) {
      return new Rejection('nul_character', `${name}: PostgreSQL cannot store the NUL character`, name);
    }
    if (!value.isWellFormed()) {
      return new Rejection('lone_surrogate', `${name}: half of a surrogate pair is no character`, name);
    }
  }
  const limit = limits.get(name);
  if (limit === undefined || value.length <= limit) return value;
  const length = codePoints(value);
  if (length <= limit) return value;
  if (options.onTooLong === 'park') {
    return new Rejection('too_long', `${name}: ${length} characters, the column holds ${limit}`, name);
  }
  options.noticed.truncated += 1;
  return Array.from(value.slice(0, 2 * limit))
    .slice(0, limit)
    .join('');
}

function parseTime(name: string, value: unknown): string | null | Rejection {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return parseTimestamp(value, name);
  return new Rejection('wrong_type', `${name}: expected an ISO 8601 string, got ${kindOf(value)}`, name);
}

const missing = (name: string): Rejection => new Rejection('missing_field', `${name}: required, but missing`, name);

const isOperation = (value: unknown): value is Operation => operations.includes(value as Operation);

/** The byte order mark some producers put first; RFC 8259 lets a reader skip it. */
const hasMark = (value: Buffer): boolean => value[0] === 0xef && value[1] === 0xbb && value[2] === 0xbf;

/** The object in a message value, or why there is none. Of a repeated key the last counts. */
function parseObject(value: Buffer): { text: string; fields: { [name: string]: unknown } } | Rejection {
  if (!isUtf8(value)) return new Rejection('invalid_utf8', 'the value is not UTF-8');
  const text = value.toString('utf8', hasMark(value) ? 3 : 0);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return new Rejection('invalid_json', describeSyntaxError(text, error));
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return new Rejection('not_an_object', `expected a JSON object, got ${kindOf(parsed)}`);
  }
  return { text, fields: parsed as { [name: string]: unknown } };
}

/**
 * Why the text is no JSON. Of V8's message only what stands outside the excerpt of the value is used: reasons carry no
 * personal data.
 */
function describeSyntaxError(text: string, error: unknown): string {
  if (text === '') return 'the value is empty';
  if (text.trim() === '') return 'the value is nothing but white space';
  const message = error instanceof Error ? error.message : String(error);
  if (message === 'Unexpected end of JSON input') return 'not JSON: it ends too early';
  const fault = /^([^"]+ at position \d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  if (fault !== undefined) return `not JSON: ${fault.charAt(0).toLowerCase()}${fault.slice(1)}`;
  const token = /^Unexpected token '([!-~])', /.exec(message)?.[1];
  return token === undefined ? 'not JSON' : `not JSON: unexpected ${token}`;
}

/** Reads one message value. Never throws; the result depends on nothing but its arguments. */
export function parseUserEvent(value: Buffer, options: ParseOptions): UserEvent | Rejection {
  const object = parseObject(value);
  if (object instanceof Rejection) return object;
  return userEventOf(object.fields, options, object.text);
}

/**
 * Validates the fields of one event, wherever they were read from. Never throws.
 * @param text the JSON they stood in. Fields from elsewhere have their integers as texts, and texts that were checked.
 */
export function userEventOf(
  fields: { readonly [name: string]: unknown },
  options: ParseOptions,
  text = '',
): UserEvent | Rejection {
  // Only a \u escape can carry NUL or half a surrogate pair into a text that is valid UTF-8 and valid JSON.
  const suspect = text.includes('\\u');

  if (fields.id === undefined || fields.id === null) return missing('id');
  const id = exactInteger(text, 'id', fields.id);
  if (id instanceof Rejection) return id;

  const operation = fields.cdc_operation;
  if (operation === undefined || operation === null) return missing('cdc_operation');
  if (!isOperation(operation)) {
    const given = typeof operation === 'string' ? `'${operation.slice(0, 40)}'` : kindOf(operation);
    return new Rejection(
      'unknown_operation',
      `cdc_operation: ${given} is not INSERT, UPDATE or DELETE`,
      'cdc_operation',
    );
  }

  let sequence: string | null | Rejection = null;
  if (fields.cdc_sequence !== undefined && fields.cdc_sequence !== null) {
    sequence = exactInteger(text, 'cdc_sequence', fields.cdc_sequence);
    if (sequence instanceof Rejection) return sequence;
  } else if (options.orderBy === 'sequence') return missing('cdc_sequence');

  const event: { [name: string]: string | null } = {
    id,
    first_name: null,
    last_name: null,
    email: null,
    phone: null,
    address: null,
    city: null,
    state: null,
    country: null,
    postal_code: null,
    created_at: null,
    updated_at: null,
    source_system: null,
    cdc_operation: operation,
    cdc_timestamp: null,
    cdc_sequence: sequence,
    cdc_source: null,
  };
  for (const name of textFields) {
    const cell = parseText(name, fields[name], suspect, options);
    if (cell instanceof Rejection) return cell;
    event[name] = cell;
  }
  for (const name of timeFields) {
    const cell = parseTime(name, fields[name]);
    if (cell instanceof Rejection) return cell;
    event[name] = cell;
  }
  if (options.orderBy === 'timestamp') {
    if (event.cdc_timestamp === null) return missing('cdc_timestamp');
    if (event.cdc_timestamp?.endsWith('infinity')) {
      return new Rejection('invalid_timestamp', 'cdc_timestamp: infinity orders nothing', 'cdc_timestamp');
    }
  }
  for (const name in fields) if (!knownFields.has(name)) options.noticed.unknownFields += 1;
  return event as UserEvent;
}
