/**
 * Reads records of a user's own format as user events. Values keep every digit: JSON is read without floats, and CSV cells are texts. The
 * validation is that of every user event. A rejection names the source field and the field of the event.
 */

import { Rejection } from '../../../schemas/rejection.ts';
import { operations, type UserEvent } from '../../../schemas/user-event.ts';
import { kindOfField } from '../../../schemas/user-fields.ts';
import { csvCells } from '../../csv-record.ts';
import { parseJson } from '../../json/reader.ts';
import { JsonSyntaxError } from '../../json/scan.ts';
import { isObject, type Json, JsonNumber } from '../../json/value.ts';
import { parseEpoch } from '../epoch-time.ts';
import { eventOf, type ParseOptions, textOf } from '../parse-user-event.ts';
import { SourceFields } from './source-fields.ts';
import type { CsvLayout, FieldRule, UserMap } from './user-map.ts';

/**
 * Reads one record. Never throws.
 * @param columns names of the columns of a CSV record; those of the map when it has them
 */
export type MappedReader = (value: Buffer, columns?: readonly string[]) => UserEvent | Rejection;

/** The reader of a map. */
export function mappedReader(map: UserMap, options: ParseOptions): MappedReader {
  const { rules, csv } = map;
  const read = csv === null ? jsonReader(new SourceFields(map)) : csvReader(new SourceFields(map), csv);
  return (value, columns) => {
    const text = textOf(value);
    if (text instanceof Rejection) return csv === null ? text : notUtf8;
    const found: (Json | undefined)[] = [];
    const unknown: string[] = [];
    const refused = read(text, found, unknown, columns);
    if (refused !== undefined) return refused;
    const values: unknown[] = [];
    for (const [slot, rule] of rules.entries()) {
      const cell = cellOf(rule, found[slot], options);
      if (cell instanceof Rejection) return withSource(cell, rule);
      values.push(cell);
    }
    // Only these can produce characters that PostgreSQL cannot store.
    const event = eventOf(values, options, '', text.includes('\\u') || text.includes('\0'));
    if (event instanceof Rejection) {
      const rule = rules.find(({ target }) => target === event.field);
      return rule === undefined ? event : withSource(event, rule);
    }
    for (const name of unknown) options.noticed.unknownFields.note(name);
    return event;
  };
}

/** Assigns the values of a record to their rules. */
type Collect = (
  text: string,
  found: (Json | undefined)[],
  unknown: string[],
  columns: readonly string[] | undefined,
) => Rejection | undefined;

const jsonReader =
  (fields: SourceFields): Collect =>
  (text, found, unknown) => {
    let value: Json;
    try {
      value = parseJson(text);
    } catch (error) {
      if (error instanceof JsonSyntaxError) return new Rejection('invalid_json', `not JSON: ${error.message}`);
      throw error;
    }
    if (!isObject(value)) return new Rejection('not_an_object', `expected a JSON object, got ${kindOfJson(value)}`);
    fields.collect(value, found, unknown);
    return undefined;
  };

const csvReader =
  (fields: SourceFields, { delimiter, columns: fixed, nulls }: CsvLayout): Collect =>
  (text, found, unknown, given) => {
    const columns = fixed ?? given;
    if (columns === undefined) return new Rejection('malformed_csv', 'a CSV record whose columns have no names');
    const cells = csvCells(text, delimiter);
    if (cells instanceof Rejection) return cells;
    if (cells.length !== columns.length) {
      return new Rejection('wrong_column_count', `${cells.length} values for ${columns.length} columns`);
    }
    for (const [at, name] of columns.entries()) {
      const cell = cells[at] ?? '';
      const field = fields.named(name);
      if (field === undefined) unknown.push(name);
      for (const rule of field?.rules ?? []) found[rule] = nulls.includes(cell) ? null : cell;
    }
    return undefined;
  };

/** The value of one field in the form that `eventOf` takes. */
function cellOf(rule: FieldRule, given: Json | undefined, options: ParseOptions): unknown {
  const { target, fallback, as, operations: words } = rule;
  // An empty column without a rule of its own can only mean NULL.
  if (given === undefined || (given === null && rule.isMapped)) return fallback;
  if (given === null) return null;
  const kind = kindOfField(target);
  if (kind === 'operation') return operationOf(given, words);
  if (as === 'text' && (given instanceof JsonNumber || typeof given === 'boolean')) return writtenAs(given);
  if (as !== 'plain' && as !== 'text') {
    if (given instanceof JsonNumber || typeof given === 'string') {
      return parseEpoch(writtenAs(given), as, target, options);
    }
    return new Rejection('wrong_type', `${target}: expected a number since 1970, got ${kindOfJson(given)}`, target);
  }
  if (given instanceof JsonNumber) {
    if (kind === 'integer') return given.literal;
    const how = kind === 'time' ? '"as": "epoch_s", "epoch_ms", "epoch_us" or "epoch_ns"' : '"as": "text"';
    return new Rejection('wrong_type', `${target}: expected a text, got a number; ${how} in the map reads it`, target);
  }
  return given;
}

/** Translates an operation from the map's words, or from the words of the event in upper or lower case. */
function operationOf(given: Json, words: FieldRule['operations']): unknown {
  const word = writtenAs(given);
  const own = words?.get(word) ?? operations.find((name) => name === word.toUpperCase());
  if (own !== undefined) return own;
  const known = words === null ? '' : `; the map has ${[...words.keys()].join(', ')}`;
  return new Rejection(
    'unknown_operation',
    `cdc_operation: '${word.slice(0, 40)}' is not INSERT, UPDATE or DELETE${known}`,
    'cdc_operation',
  );
}

/** The original text of a scalar; the kind of an array or an object. */
const writtenAs = (value: Json): string => {
  if (value instanceof JsonNumber) return value.literal;
  return typeof value === 'object' ? kindOfJson(value) : String(value);
};

function kindOfJson(value: Json): string {
  if (value === null) return 'null';
  if (value instanceof JsonNumber) return 'a number';
  if (Array.isArray(value)) return 'an array';
  return isObject(value) ? 'an object' : `a ${typeof value}`;
}

/** The rejection with the source field in front: `user_id → id: …`. */
function withSource({ code, message, field }: Rejection, { from, target }: FieldRule): Rejection {
  return new Rejection(code, from === null || from === target ? message : `${from} → ${message}`, field);
}

const notUtf8 = new Rejection(
  'invalid_utf8',
  'the record is not UTF-8; files of older programs are often Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE',
);
