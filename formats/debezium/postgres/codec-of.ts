/** Selects the codec of a column from the message's schema and from its type, if known. */

import type { Field } from '../connect-schema.ts';
import type { ValueSettings } from '../settings.ts';
import { binaryForms, orUnchanged, orUnchangedArray, orUnchangedText } from '../unavailable.ts';
import { hidesDimensions, javaDates, javaTimestamps, javaZonedTimestamps } from './array-elements.ts';
import { arrays, vectors } from './arrays.ts';
import { binaries, bits, geometries, jsonOrHstores, points, textsAsBytes, varyingBits } from './bytes.ts';
import { type Codec, codec } from './codec.ts';
import { hstores } from './hstore.ts';
import { decimals, floats, integers, scaledDecimals, variableScaleDecimals } from './numbers.ts';
import { declaredType, isOpaque, type PgType } from './pg-type.ts';
import {
  days,
  isoTimes,
  isoTimestamps,
  microDurations,
  type TimeUnit,
  timesOfDay,
  timestamps,
  zonedTimes,
  zonedTimestamps,
} from './times.ts';

const texts = codec('a string', { string: (text) => text });
const booleans = codec('a boolean', { boolean: (value) => value });

/** Codecs by semantic type. A type that is missing here has only its Kafka Connect type. */
const semantics: ReadonlyMap<string, Codec> = new Map([
  ['io.debezium.time.Date', days],
  ['org.apache.kafka.connect.data.Date', days],
  ['io.debezium.time.Timestamp', timestamps('ms')],
  ['org.apache.kafka.connect.data.Timestamp', timestamps('ms')],
  ['io.debezium.time.MicroTimestamp', timestamps('us')],
  ['io.debezium.time.NanoTimestamp', timestamps('ns')],
  ['io.debezium.time.Time', timesOfDay('ms')],
  ['org.apache.kafka.connect.data.Time', timesOfDay('ms')],
  ['io.debezium.time.MicroTime', timesOfDay('us')],
  ['io.debezium.time.NanoTime', timesOfDay('ns')],
  ['io.debezium.time.ZonedTimestamp', zonedTimestamps],
  ['io.debezium.time.ZonedTime', zonedTimes],
  ['io.debezium.time.IsoDate', isoTimestamps],
  ['io.debezium.time.IsoTimestamp', isoTimestamps],
  ['io.debezium.time.IsoTime', isoTimes],
  ['io.debezium.time.MicroDuration', microDurations],
  ['io.debezium.data.VariableScaleDecimal', variableScaleDecimals],
  ['io.debezium.data.geometry.Point', points],
  ['io.debezium.data.geometry.Geometry', geometries],
  ['io.debezium.data.geometry.Geography', geometries],
  ['io.debezium.data.DoubleVector', vectors],
  ['io.debezium.data.FloatVector', vectors],
  // The semantic type decides, because a user-defined enum may have the name of a built-in type.
  ['io.debezium.data.Enum', texts],
]);

/** Timestamps that Java's calendar changes inside an array. */
const javaUnits: ReadonlyMap<string, TimeUnit> = new Map([
  ['io.debezium.time.Timestamp', 'ms'],
  ['org.apache.kafka.connect.data.Timestamp', 'ms'],
  ['io.debezium.time.MicroTimestamp', 'us'],
  ['io.debezium.time.NanoTimestamp', 'ns'],
]);

function throughJava(values: Codec, semantic: string): Codec {
  if (semantic.endsWith('.Date')) return javaDates(values);
  if (semantic.endsWith('.ZonedTimestamp')) return javaZonedTimestamps(values);
  const unit = javaUnits.get(semantic);
  return unit === undefined ? values : javaTimestamps(values, unit);
}

/**
 * The codec of a column.
 * @param known the column's type from the source's catalogue, domains resolved; else the one declared in the schema.
 */
export function codecOf(field: Field, known: PgType | null, settings: ValueSettings): Codec {
  const type = known ?? declaredType(field);
  const { placeholder } = settings;
  if (placeholder === null) return valuesOf(field, type, known !== null, settings);
  const values = valuesOf(field, type, known !== null, settings);
  if (field.type === 'array') return orUnchangedArray(values, placeholder);
  // An hstore codec recognises its own placeholder. Bytes have it as bytes.
  if (isBinary(field, type)) return orUnchanged(values, binaryForms(placeholder));
  return orUnchangedText(values, placeholder);
}

const isBinary = (field: Field, type: PgType | null): boolean =>
  (field.type === 'bytes' && field.semantic === null) ||
  (field.type === 'string' && type !== null && (type.name === 'bytea' || isOpaque(type)));

function valuesOf(field: Field, type: PgType | null, resolved: boolean, settings: ValueSettings): Codec {
  if (field.semantic !== null) {
    const known = semantics.get(field.semantic);
    if (known) return known;
    if (field.semantic === 'org.apache.kafka.connect.data.Decimal') {
      return scaledDecimals(Number(field.parameters.get('scale') ?? Number.NaN));
    }
    if (field.semantic === 'io.debezium.data.Bits') return bitsOf(field, type, resolved);
    if (field.semantic === 'io.debezium.data.Json' && !resolved && !isJson(type)) return jsonOrHstores;
  }
  switch (field.type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return integers;
    case 'float':
    case 'float32':
    case 'double':
    case 'float64':
      return floats;
    case 'boolean':
      if (type?.name === 'varbit') return varyingBits(1, false);
      return type?.name === 'bit' ? bits(1) : booleans;
    case 'string':
      return stringsOf(type, settings);
    case 'bytes':
      // A converter always writes these in base64.
      if (type === null || type.name === 'bytea') return binaries('bytes');
      return textsAsBytes('bytes', !resolved && !isOpaque(type));
    case 'array':
      return arraysOf(field, type, resolved, settings);
    case 'map':
      return hstores(settings.placeholder);
    default:
      return codec(`a type of PostgreSQL (${field.semantic ?? field.type} is none)`, {});
  }
}

/** Whether it is JSON. If the type is not known at all, the message's schema decides. */
const isJson = (type: PgType | null): boolean => type === null || ['json', 'jsonb', 'hstore'].includes(type.name);

function stringsOf(type: PgType | null, settings: ValueSettings): Codec {
  if (type !== null && isOpaque(type)) return textsAsBytes(settings.binary, false);
  switch (type?.name) {
    case 'bytea':
      return binaries(settings.binary);
    case 'numeric':
      return decimals;
    case 'hstore':
      return hstores(settings.placeholder);
    default:
      return texts;
  }
}

/** One schema describes bit(n) and bit varying(n); only the column's type distinguishes them. */
function bitsOf(field: Field, type: PgType | null, resolved: boolean): Codec {
  const length = Number(field.parameters.get('length') ?? Number.NaN);
  if (type?.name === 'bit' && length <= maxBits) return bits(length);
  return varyingBits(length, !resolved && type?.name !== 'varbit');
}

/** PostgreSQL's longest bit(n). */
const maxBits = 83_886_080;

function arraysOf(field: Field, type: PgType | null, resolved: boolean, settings: ValueSettings): Codec {
  if (field.semantic !== null && semantics.has(field.semantic)) return valuesOf(field, type, resolved, settings);
  if (field.items === null) return codec('an array with its element type', {});
  const { items } = field;
  const element = type?.array ? { ...type, array: false } : null;
  const values = valuesOf(items, element, resolved, { ...settings, placeholder: null });
  return arrays(
    throughJava(values, items.semantic ?? ''),
    type?.name === 'box' ? ';' : ',',
    hidesDimensions(items, element),
  );
}
