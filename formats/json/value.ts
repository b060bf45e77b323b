/** JSON values. Numbers stay literals (rule 18). */

/** A number as its literal. */
export class JsonNumber {
  readonly literal: string;
  constructor(literal: string) {
    this.literal = literal;
  }
}

/** An object. It is a Map, because `__proto__` is a possible column name. The last of repeated keys counts. */
export type JsonObject = ReadonlyMap<string, Json>;
/** An array or object. */
export type JsonTree = readonly Json[] | JsonObject;
/** Any value; numbers are literals. */
export type Json = string | boolean | null | JsonNumber | JsonTree;

/** True for objects. */
export const isObject = (value: Json | undefined): value is JsonObject => value instanceof Map;

/** Returns the JSON kind of a value, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
