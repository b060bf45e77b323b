/** The schema that Kafka Connect's JSON converter puts beside a payload, with a description of each field. */
import { isObject, type Json, JsonNumber } from '../json/value.ts';

/** One field of a struct, element of an array, or value of a map. */
export type Field = {
  readonly name: string;
  /** Kafka Connect's type: `int32`, `string`, `array`, … */
  readonly type: string;
  /** The semantic type, e.g. `io.debezium.time.Date`; null if the value has only its Kafka Connect type. */
  readonly semantic: string | null;
  readonly parameters: ReadonlyMap<string, string>;
  readonly optional: boolean;
  /** The column's default as a value of this field; undefined when it has none. */
  readonly default: Json | undefined;
  /** Fields of a struct. */
  readonly fields: readonly Field[];
  /** The elements of an array. */
  readonly items: Field | null;
};

const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

function parametersOf(value: Json | undefined): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  if (!isObject(value)) return parameters;
  for (const [name, parameter] of value) {
    if (typeof parameter === 'string') parameters.set(name, parameter);
    else if (parameter instanceof JsonNumber) parameters.set(name, parameter.literal);
  }
  return parameters;
}

/** Reads a schema; null if it is none. */
export function readSchema(schema: Json | undefined): Field | null {
  if (!isObject(schema)) return null;
  const type = text(schema.get('type'));
  if (type === null) return null;
  const fields = schema.get('fields');
  return {
    name: text(schema.get('field')) ?? '',
    type,
    semantic: text(schema.get('name')),
    parameters: parametersOf(schema.get('parameters')),
    optional: schema.get('optional') === true,
    default: schema.get('default'),
    fields: Array.isArray(fields) ? fields.flatMap((field) => readSchema(field) ?? []) : [],
    items: readSchema(schema.get('items')),
  };
}

/** A field with default properties, for columns that no schema describes. */
export const plainField = (name: string, type: string, more: Partial<Field> = {}): Field => ({
  name,
  type,
  semantic: null,
  parameters: new Map(),
  optional: true,
  default: undefined,
  fields: [],
  items: null,
  ...more,
});
