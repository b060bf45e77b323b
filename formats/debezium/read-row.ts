/** Reads rows from JSON text directly into cells, in the order of the schema's columns. */
import { Rejection } from '../../schemas/rejection.ts';
import type { JsonReader } from '../json/reader.ts';
import { JsonSyntaxError } from '../json/scan.ts';
import { type Field, plainField } from './connect-schema.ts';
import { fieldOf } from './field-of.ts';
import { type Codec, type Converted, codec } from './postgres/codec.ts';
import { codecOf } from './postgres/codec-of.ts';
import { declaredType, type PgType } from './postgres/pg-type.ts';
import { isoTimes, isoTimestamps } from './postgres/times.ts';
import { type Cell, type Row, type RowShape, unchanged } from './row-event.ts';
import type { ValueSettings } from './settings.ts';
import { placeholderIsNull } from './unavailable.ts';

/** Types of columns from the source's catalogue, domains resolved, if known. `declared`: the type in the schema. */
export type ColumnTypes = (column: string, declared: PgType | null) => PgType | undefined;

/** The reading plan for rows of one shape. */
export type RowPlan = {
  readonly shape: RowShape;
  /** `"name":` for each column, in the converter's format. */
  readonly tokens: readonly string[];
  readonly codecs: readonly Codec[];
};

/** Takes a value as it is, for columns without a schema and without a known type. */
const anything = codec('a value with its type', {
  string: (text) => text,
  number: (literal) => literal,
  boolean: (value) => value,
});

/** The plan for columns that a schema describes. */
export function planOf(fields: readonly Field[], types: ColumnTypes, settings: ValueSettings): RowPlan {
  const known = fields.map((field) => {
    const declared = declaredType(field);
    return { field, declared, type: types(field.name, declared) ?? null };
  });
  return plan(
    fields.map(({ name }) => name),
    fields,
    known.map(({ field, type }) => codecOf(field, type, settings)),
    known.map(({ field, declared, type }) => placeholderIsNull(field, type ?? declared, settings.binary)),
  );
}

/** The plan for columns without a schema, with their types if known. */
function planByTypes(names: readonly string[], types: ColumnTypes, settings: ValueSettings): RowPlan {
  const fields = names.map((name) => {
    const type = types(name, null);
    return type ? { type, field: fieldOf(name, type, settings) } : null;
  });
  return plan(
    names,
    null,
    fields.map((known) => {
      if (known) return orText(codecOf(known.field, known.type, settings), known.type, settings);
      const { placeholder } = settings;
      return placeholder === null
        ? anything
        : { ...anything, string: (text: string): Converted => (text === placeholder ? unchanged : text) };
    }),
    fields.map((known) => known !== null && placeholderIsNull(known.field, known.type, settings.binary)),
  );
}

/** Times in text form, which are recognised in every `time.precision.mode`. */
const timesAsText: ReadonlyMap<string, Codec> = new Map([
  ['date', isoTimestamps],
  ['timestamp', isoTimestamps],
  ['time', isoTimes],
]);

function orText(by: Codec, { name, array }: PgType, { placeholder }: ValueSettings): Codec {
  const texts = array ? undefined : timesAsText.get(name);
  if (!texts) return by;
  return { ...by, string: (text) => (text === placeholder ? unchanged : texts.string(text)) };
}

const plan = (
  columns: readonly string[],
  fields: readonly Field[] | null,
  codecs: readonly Codec[],
  nullIsUnclear: readonly boolean[],
): RowPlan => ({
  shape: { columns, fields, unclearNulls: nullIsUnclear.flatMap((unclear, i) => (unclear ? [i] : [])) },
  tokens: columns.map((name) => `${JSON.stringify(name)}:`),
  codecs,
});

/** Adds the column to a rejection. */
const named = (column: string, { code, message }: Rejection): Rejection =>
  new Rejection(code, `${column}: ${message}`, column);

/** In valid UTF-8 and valid JSON, only a \u escape can produce NUL or half a surrogate pair (rule 18). */
function checkText(column: string, text: string): Rejection | null {
  if (text.includes('\0'))
    return new Rejection('nul_character', `${column}: PostgreSQL cannot store the NUL character`, column);
  if (text.isWellFormed()) return null;
  return new Rejection('lone_surrogate', `${column}: half of a surrogate pair is not a character`, column);
}

/** Reads the cell at the reader. */
function readCell(json: JsonReader, by: Codec, column: string): Cell | Rejection {
  let cell: Converted;
  switch (json.kind()) {
    case 'string':
      cell = by.string(json.readString());
      break;
    case 'number':
      cell = by.number(json.readNumber());
      break;
    case 'null':
      return json.readNull();
    case 'boolean':
      cell = by.boolean(json.readBoolean());
      break;
    case 'tree':
      cell = by.tree(json.readTree());
  }
  if (cell instanceof Rejection) return named(column, cell);
  if (json.suspect) {
    json.suspect = false;
    if (typeof cell === 'string') return checkText(column, cell) ?? cell;
  }
  return cell;
}

/**
 * Reads the row at the reader if its columns are those of the plan, in that order and in the converter's format. Otherwise returns null,
 * with the reader at an undefined position.
 */
function readPlannedRow(json: JsonReader, { shape, tokens, codecs }: RowPlan): Row | Rejection | null {
  const count = tokens.length;
  const cells: Cell[] = new Array(count);
  let rejection: Rejection | null = null;
  let more = json.openObject();
  for (let i = 0; i < count; i += 1) {
    const token = tokens[i];
    const by = codecs[i];
    if (!more || token === undefined || by === undefined || !json.take(token)) return null;
    const cell = readCell(json, by, shape.columns[i] ?? '');
    if (cell instanceof Rejection) rejection ??= cell;
    else cells[i] = cell;
    more = json.nextMember();
  }
  if (more) return null;
  return rejection ?? { shape, cells };
}

/** Reads the names of the object's members. Throws a JsonSyntaxError if a name occurs twice. */
export function memberNames(json: JsonReader): string[] {
  const names: string[] = [];
  if (json.openObject()) {
    do {
      names.push(json.readName());
      json.skipValue();
    } while (json.nextMember());
  }
  if (new Set(names).size < names.length) throw new JsonSyntaxError('a column is given twice');
  return names;
}

/** Reads rows with any columns. */
export type RowReader = (json: JsonReader) => Row | Rejection;

/**
 * A reader that caches the plan of the last row. Columns that a row lacks are missing from its shape, too.
 * @param fields the columns that the schema describes; null without a schema.
 */
export function rowReader(fields: readonly Field[] | null, types: ColumnTypes, settings: ValueSettings): RowReader {
  let plan: RowPlan | null = null;
  const planFor = (names: readonly string[]): RowPlan => {
    if (fields === null) return planByTypes(names, types, settings);
    const byName = new Map(fields.map((field) => [field.name, field]));
    return planOf(
      names.map((name) => byName.get(name) ?? plainField(name, 'undescribed')),
      types,
      settings,
    );
  };
  return (json) => {
    const start = json.at;
    if (plan === null && fields !== null) plan = planOf(fields, types, settings);
    if (plan !== null) {
      const row = readPlannedRow(json, plan);
      if (row !== null) return row;
      json.back(start);
    }
    const names = memberNames(json);
    const end = json.at;
    plan = planFor(names);
    const spaced = readSpacedRow(json, start, plan);
    json.at = end;
    return spaced;
  };
}

/** Like {@link readPlannedRow}, for objects with white space or escapes around their names. */
function readSpacedRow(json: JsonReader, start: number, { shape, codecs }: RowPlan): Row | Rejection {
  json.back(start);
  const cells: Cell[] = [];
  let more = json.openObject();
  for (const by of codecs) {
    if (!more) break;
    const cell = readCell(json, by, json.readName());
    if (cell instanceof Rejection) return cell;
    cells.push(cell);
    more = json.nextMember();
  }
  return { shape, cells };
}
