/** What JSON holds. Numbers stay the literals that were written (rule 18). */

/** A number as it is written. */
export class JsonNumber {
  readonly literal: string;
  constructor(literal: string) {
    this.literal = literal;
  }
}

/** An object; a Map, because `__proto__` is a possible column name. Of a repeated key the last counts. */
export type JsonObject = ReadonlyMap<string, Json>;
/** An array or object. */
export type JsonTree = readonly Json[] | JsonObject;
/** Any value, numbers as they are written. */
export type Json = string | boolean | null | JsonNumber | JsonTree;

/** True for objects. */
export const isObject = (value: Json | undefined): value is JsonObject => value instanceof Map;

/** The JSON kind of a value, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
