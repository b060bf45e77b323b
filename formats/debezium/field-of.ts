/** Derives the Connect schema of a column from its PostgreSQL type, for messages without a schema. */
import { type Field, plainField } from './connect-schema.ts';
import { isOpaque, type PgType } from './postgres/pg-type.ts';
import type { ValueSettings } from './settings.ts';

type Form = { readonly type: string; readonly semantic?: string; readonly parameters?: ReadonlyMap<string, string> };

const debezium = (type: string, name: string): Form => ({ type, semantic: `io.debezium.${name}` });
const connect = (type: string, name: string): Form => ({ type, semantic: `org.apache.kafka.connect.data.${name}` });

const fixed: ReadonlyMap<string, Form> = new Map([
  ['int2', { type: 'int16' }],
  ['int4', { type: 'int32' }],
  ['int8', { type: 'int64' }],
  ['oid', { type: 'int64' }],
  ['float4', { type: 'float' }],
  ['float8', { type: 'double' }],
  ['bool', { type: 'boolean' }],
  ['timestamptz', debezium('string', 'time.ZonedTimestamp')],
  ['timetz', debezium('string', 'time.ZonedTime')],
  ['json', debezium('string', 'data.Json')],
  ['jsonb', debezium('string', 'data.Json')],
  ['uuid', debezium('string', 'data.Uuid')],
  ['point', debezium('struct', 'data.geometry.Point')],
  ['geometry', debezium('struct', 'data.geometry.Geometry')],
  ['geography', debezium('struct', 'data.geometry.Geography')],
  ['vector', debezium('array', 'data.DoubleVector')],
  ['halfvec', debezium('array', 'data.FloatVector')],
]);

function dateForm({ times }: ValueSettings): Form {
  if (times === 'connect') return connect('int32', 'Date');
  return times === 'isostring' ? debezium('string', 'time.IsoDate') : debezium('int32', 'time.Date');
}

function timestampForm(precision: number, { times }: ValueSettings): Form {
  if (times === 'connect') return connect('int64', 'Timestamp');
  if (times === 'isostring') return debezium('string', 'time.IsoTimestamp');
  if (times === 'nanoseconds') return debezium('int64', 'time.NanoTimestamp');
  if (times === 'microseconds' || precision > 3) return debezium('int64', 'time.MicroTimestamp');
  return debezium('int64', 'time.Timestamp');
}

function timeForm(precision: number, { times }: ValueSettings): Form {
  if (times === 'connect') return connect('int32', 'Time');
  if (times === 'isostring') return debezium('string', 'time.IsoTime');
  if (times === 'nanoseconds') return debezium('int64', 'time.NanoTime');
  if (times !== 'adaptive' || precision > 3) return debezium('int64', 'time.MicroTime');
  return debezium('int32', 'time.Time');
}

function numericForm({ modifiers }: PgType, { decimals }: ValueSettings): Form {
  if (decimals === 'double') return { type: 'double' };
  if (decimals === 'string') return { type: 'string' };
  const [precision, scale = 0] = modifiers;
  if (precision === undefined) return debezium('struct', 'data.VariableScaleDecimal');
  return decimalForm(scale);
}

/** Debezium encodes a negative scale differently, so such a column is marked as `unknown` and its values are rejected. */
const decimalForm = (scale: number): Form => ({
  ...connect('bytes', 'Decimal'),
  parameters: new Map([['scale', scale < 0 ? 'unknown' : String(scale)]]),
});

/** The default of Debezium's option `money.fraction.digits`. */
const moneyDigits = 2;

function formOf(type: PgType, settings: ValueSettings): Form {
  const [first] = type.modifiers;
  switch (type.name) {
    case 'date':
      return dateForm(settings);
    case 'timestamp':
      return timestampForm(first ?? 6, settings);
    case 'time':
      return timeForm(first ?? 6, settings);
    case 'numeric':
      return numericForm(type, settings);
    case 'money':
      if (settings.decimals === 'precise') return decimalForm(moneyDigits);
      return { type: settings.decimals === 'double' ? 'double' : 'string' };
    case 'bit':
      if ((first ?? 1) === 1) return { type: 'boolean' };
      return { ...debezium('bytes', 'data.Bits'), parameters: new Map([['length', String(first)]]) };
    case 'varbit':
      return { ...debezium('bytes', 'data.Bits'), parameters: new Map([['length', String(first ?? 2 ** 31 - 1)]]) };
    default:
      if (settings.binary === 'bytes' && (type.name === 'bytea' || isOpaque(type))) return { type: 'bytes' };
      return fixed.get(type.name) ?? { type: 'string' };
  }
}

/** Returns the schema that Debezium would send for a column of this type. */
export function fieldOf(name: string, type: PgType, settings: ValueSettings): Field {
  const form = formOf(type, settings);
  if (!type.array) return plainField(name, form.type, form);
  return plainField(name, 'array', { items: plainField('', form.type, form) });
}
