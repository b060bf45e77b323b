/**
 * Validates user events: bytes or fields in, a trusted `UserEvent` or a readable rejection out.
 * All later code relies on the types.
 */
import { isUtf8 } from 'node:buffer';
import type { OrderBy } from '../../schemas/order-by.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { type Precision, parseTimestamp } from '../../schemas/timestamp.ts';
import { type Operation, operations, type UserEvent } from '../../schemas/user-event.ts';
import { kindOfField, slotOf, userFields } from '../../schemas/user-fields.ts';
import { eventColumns } from '../../schemas/users-enriched.ts';
import { exactInteger } from '../json/exact-integer.ts';
import { PlainJson } from '../json/plain-json.ts';
import { markLength } from '../json/scan.ts';
import { kindOf } from '../json/value.ts';
import type { UnknownFields } from '../unknown-fields.ts';

/** Options of the validation, and counters of what it found. */
export type ParseOptions = Precision & {
  readonly orderBy: OrderBy;
  /** For a text longer than its column: park the record, or accept it and cut it in the row (an explicit choice of the user). */
  readonly onTooLong: 'park' | 'truncate';
  readonly noticed: {
    /** Unknown fields of the events. They are ignored. */
    readonly unknownFields: UnknownFields;
    truncated: number;
    timesCut: number;
  };
};

const knownFields: ReadonlySet<string> = new Set(userFields);

/** The fields with texts and times, by their slots. */
const cellFields = userFields.flatMap((name, slot) => {
  const kind = kindOfField(name);
  return kind === 'text' || kind === 'time' ? [{ name, slot, isTime: kind === 'time' }] : [];
});

const limits: ReadonlyMap<string, number> = new Map(
  eventColumns.flatMap((column) => ('limit' in column ? [[column.name, column.limit] as const] : [])),
);
const limitOf: readonly number[] = userFields.map((name) => limits.get(name) ?? Number.POSITIVE_INFINITY);

/** Length in code points, the unit of PostgreSQL's VARCHAR(n). */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function parseText(name: string, value: unknown, suspect: boolean, options: ParseOptions): string | Rejection {
  if (typeof value !== 'string') {
    return new Rejection('wrong_type', `${name}: expected a string, got ${kindOf(value)}`, name);
  }
  if (suspect) {
    if (value.includes('\0')) {
      return new Rejection('nul_character', `${name}: PostgreSQL cannot store the NUL character`, name);
    }
    if (!value.isWellFormed()) {
      return new Rejection('lone_surrogate', `${name}: half of a surrogate pair is not a character`, name);
    }
  }
  const limit = limits.get(name);
  if (limit === undefined || value.length <= limit) return value;
  const length = codePoints(value);
  if (length <= limit) return value;
  if (options.onTooLong === 'park') {
    return new Rejection('too_long', `${name}: ${length} characters, the column holds ${limit}`, name);
  }
  // The row cuts it. Computed columns need the whole text: half a phone number is another one.
  options.noticed.truncated += 1;
  return value;
}

function parseTime(name: string, value: unknown, options: ParseOptions): string | Rejection {
  if (typeof value === 'string') return parseTimestamp(value, name, options);
  return new Rejection('wrong_type', `${name}: expected an ISO 8601 string, got ${kindOf(value)}`, name);
}

const missing = (name: string): Rejection => new Rejection('missing_field', `${name}: required, but missing`, name);

const isOperation = (value: unknown): value is Operation => operations.includes(value as Operation);

/** The text of a message value. */
export function textOf(value: Buffer): string | Rejection {
  if (!isUtf8(value)) return new Rejection('invalid_utf8', 'the value is not UTF-8');
  return value.toString('utf8', markLength(value));
}

/** The object in a text, or a rejection. If a key is repeated, the last value counts. */
function parseObject(text: string): { readonly [name: string]: unknown } | Rejection {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return new Rejection('invalid_json', describeSyntaxError(text, error));
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return new Rejection('not_an_object', `expected a JSON object, got ${kindOf(parsed)}`);
  }
  return parsed as { readonly [name: string]: unknown };
}

/**
 * The reason why the text is no JSON. V8's message is used without its excerpt of the value, because reasons must not contain
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

const plain = new PlainJson(userFields.map((name) => ({ name, number: kindOfField(name) === 'integer' })));

/** Reads one message value. Never throws; the result depends only on the arguments. */
export function parseUserEvent(value: Buffer, options: ParseOptions): UserEvent | Rejection {
  const values = plain.read(value);
  return values ? eventOf(values, options, '', false) : parseAnyJson(value, options);
}

function parseAnyJson(value: Buffer, options: ParseOptions): UserEvent | Rejection {
  const text = textOf(value);
  if (text instanceof Rejection) return text;
  const object = parseObject(text);
  return object instanceof Rejection ? object : userEventOf(object, options, text);
}

/**
 * Validates the fields of one event, from any format. Never throws.
 * @param text the JSON with the fields. Fields of other formats have their integers as texts, and checked texts.
 */
export function userEventOf(
  object: { readonly [name: string]: unknown },
  options: ParseOptions,
  text = '',
): UserEvent | Rejection {
  const event = eventOf(
    userFields.map((name) => object[name]),
    options,
    text,
    // In valid UTF-8 and valid JSON, only a \u escape can produce NUL or half a surrogate pair.
    text.includes('\\u'),
  );
  if (event instanceof Rejection) return event;
  for (const name in object) if (!knownFields.has(name)) options.noticed.unknownFields.note(name);
  return event;
}

/**
 * Validates the values of `userFields` in place. Never throws.
 * @param text the JSON with the integers that are numbers; empty when all integers are texts
 * @param suspect whether texts may contain NUL or half a surrogate pair
 */
export function eventOf(
  values: unknown[],
  options: ParseOptions,
  text: string,
  suspect: boolean,
): UserEvent | Rejection {
  const given = values[slotOf.id];
  if (given === undefined || given === null) return missing('id');
  const id = exactInteger(text, 'id', given);
  if (id instanceof Rejection) return id;

  const operation = values[slotOf.cdc_operation];
  if (operation === undefined || operation === null) return missing('cdc_operation');
  if (!isOperation(operation)) {
    const said = typeof operation === 'string' ? `'${operation.slice(0, 40)}'` : kindOf(operation);
    return new Rejection(
      'unknown_operation',
      `cdc_operation: ${said} is not INSERT, UPDATE or DELETE`,
      'cdc_operation',
    );
  }

  let sequence: string | null | Rejection = null;
  const rawSequence = values[slotOf.cdc_sequence];
  if (rawSequence !== undefined && rawSequence !== null) {
    sequence = exactInteger(text, 'cdc_sequence', rawSequence);
    if (sequence instanceof Rejection) return sequence;
  } else if (options.orderBy === 'sequence') return missing('cdc_sequence');

  for (const { name, slot, isTime } of cellFields) {
    const value = values[slot] ?? null;
    if (value === null) continue;
    if (!isTime && !suspect && typeof value === 'string' && value.length <= (limitOf[slot] ?? 0)) continue;
    const cell = isTime ? parseTime(name, value, options) : parseText(name, value, suspect, options);
    if (cell instanceof Rejection) return cell;
    values[slot] = cell;
  }
  const cells = values as readonly (string | null | undefined)[];
  const time = cells[slotOf.cdc_timestamp] ?? null;
  if (options.orderBy === 'timestamp') {
    if (time === null) return missing('cdc_timestamp');
    if (time.endsWith('infinity')) {
      return new Rejection('invalid_timestamp', 'cdc_timestamp: infinity cannot order events', 'cdc_timestamp');
    }
  }
  // One literal, so that V8 gives all events the same hidden class.
  return {
    id,
    first_name: cells[slotOf.first_name] ?? null,
    last_name: cells[slotOf.last_name] ?? null,
    email: cells[slotOf.email] ?? null,
    phone: cells[slotOf.phone] ?? null,
    address: cells[slotOf.address] ?? null,
    city: cells[slotOf.city] ?? null,
    state: cells[slotOf.state] ?? null,
    country: cells[slotOf.country] ?? null,
    postal_code: cells[slotOf.postal_code] ?? null,
    created_at: cells[slotOf.created_at] ?? null,
    updated_at: cells[slotOf.updated_at] ?? null,
    source_system: cells[slotOf.source_system] ?? null,
    cdc_operation: operation,
    cdc_timestamp: time,
    cdc_sequence: sequence,
    cdc_source: cells[slotOf.cdc_source] ?? null,
  };
}
