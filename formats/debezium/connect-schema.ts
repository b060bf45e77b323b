/** The schema that Kafka Connect's JSON converter puts beside a payload: what it says of each field. */
import { isObject, type Json, JsonNumber } from '../json/value.ts';

/** One field of a struct, element of an array, or value of a map. */
export type Field = {
  readonly name: string;
  /** Kafka Connect's type: `int32`, `string`, `array`, … */
  readonly type: string;
  /** What the value means, e.g. `io.debezium.time.Date`; null when it means what its type says. */
  readonly semantic: string | null;
  readonly parameters: ReadonlyMap<string, string>;
  readonly optional: boolean;
  /** The column's default as a value of this field; undefined when it has none. */
  readonly default: Json | undefined;
  /** Fields of a struct. */
  readonly fields: readonly Field[];
  /** What an array consists of. */
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

/** Reads a schema; null when it is none. */
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

/** A field without anything special, for what is known by other means than a schema. */
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
