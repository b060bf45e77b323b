/**
 * Reads JSON files strictly. A duplicate member is an error, and every error names its path.
 * `JSON.parse` would silently keep the last of two rules for one column.
 */
import { JsonReader } from './reader.ts';
import { JsonSyntaxError } from './scan.ts';
import { type Json, JsonNumber } from './value.ts';

/** A value with its path: `tables[0].columns.email`. */
export type Node = { readonly path: string; readonly value: Json };

/** An error at one place of the file. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly path: string;

  constructor(path: string, why: string) {
    super(why);
    this.path = path;
  }
}

/** Returns an error at one place of the file. */
export const refuse = (path: string, why: string): JsonFault => new JsonFault(path, why);

/** Deepest nesting. */
const maxDepth = 64;

/** Parses the whole text. Throws a `JsonFault`. */
export function readStrictly(text: string): Node {
  const json = new JsonReader().reset(text.startsWith('\ufeff') ? text.slice(1) : text);
  try {
    const value = read(json, '', 0);
    json.end();
    return { path: '', value };
  } catch (error) {
    throw error instanceof JsonSyntaxError ? refuse('', `not JSON: ${error.message}`) : error;
  }
}

function read(json: JsonReader, path: string, depth: number): Json {
  if (depth > maxDepth) throw refuse(path, `nested more than ${maxDepth} deep`);
  if (json.kind() !== 'tree') return json.readValue();
  if (json.text[json.at] === '[') {
    const elements: Json[] = [];
    if (json.openArray()) {
      do elements.push(read(json, `${path}[${elements.length}]`, depth + 1));
      while (json.nextElement());
    }
    return elements;
  }
  const members = new Map<string, Json>();
  if (json.openObject()) {
    do {
      const name = json.readName();
      const at = member(path, name);
      if (members.has(name)) throw refuse(at, 'is given twice');
      members.set(name, read(json, at, depth + 1));
    } while (json.nextMember());
  }
  return members;
}

const member = (path: string, name: string): string => {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
};

/** Returns the value as shown in messages. */
export function describe(value: Json): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (value instanceof JsonNumber) return value.literal;
  if (value === null || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** Returns all members of an object by name. Throws a `JsonFault` for another value. */
export function membersOf({ path, value }: Node, what: string): ReadonlyMap<string, Node> {
  if (!(value instanceof Map)) throw refuse(path, `expected ${what}, got ${describe(value)}`);
  return new Map([...value].map(([name, one]) => [name, { path: member(path, name), value: one }]));
}

/** Returns the elements of a list. Throws a `JsonFault` for another value. */
export function elementsOf({ path, value }: Node, what: string): readonly Node[] {
  if (!Array.isArray(value)) throw refuse(path, `expected ${what}, got ${describe(value)}`);
  return value.map((one: Json, i) => ({ path: `${path}[${i}]`, value: one }));
}

/** Returns a non-empty string. Throws a `JsonFault` for another value. */
export function textOf({ path, value }: Node, what: string): string {
  if (typeof value !== 'string') throw refuse(path, `expected ${what}, got ${describe(value)}`);
  if (value === '') throw refuse(path, `expected ${what}, got an empty text`);
  return value;
}

/** Returns `true`, the only valid value of a flag. Throws a `JsonFault` for another value. */
export function expectTrue({ path, value }: Node): true {
  if (value !== true) throw refuse(path, `expected true, got ${describe(value)}`);
  return true;
}
