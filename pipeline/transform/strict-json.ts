/**
 * Reads JSON files strictly. A duplicate or unknown member is an error, and every error names its path.
 * `JSON.parse` would silently keep the last of two rules for one column.
 */
import { type Json, JsonNumber, JsonReader, JsonSyntaxError } from '../../formats/json/reader.ts';
import { didYouMean } from '../did-you-mean.ts';
import { PipelineError } from '../errors.ts';

/** A value with its path: `tables[0].columns.email`. */
export type Node = { readonly path: string; readonly value: Json };

/** An error at one path of the file. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly path: string;

  constructor(path: string, why: string) {
    super(why);
    this.path = path;
  }
}

/** Makes an error at one path of the file. */
export const refuse = (path: string, why: string): ConfigFault => new ConfigFault(path, why);

/** A kind of file: its error code, its name in messages, and where its members are documented. */
export type ConfigKind = { readonly code: string; readonly what: string; readonly advice: string };

/** Reads a file of this kind. Throws a `PipelineError`, exit code 2, with the path of the error. */
export function readConfig<T>(text: string, { code, what, advice }: ConfigKind, parse: (root: Node) => T): T {
  try {
    return parse(readStrictly(text));
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    const place = error.path === '' ? what : error.path;
    throw new PipelineError(code, `${place}: ${error.message}`, { advice, kind: 'usage' });
  }
}

/** Deepest nesting accepted. */
const maxDepth = 64;

/** Reads the whole text. Throws a `ConfigFault`. */
function readStrictly(text: string): Node {
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

/** The value as shown in messages. */
export function describe(value: Json): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (value instanceof JsonNumber) return value.literal;
  if (value === null || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** All members of an object by name. */
export function membersOf({ path, value }: Node, what: string): ReadonlyMap<string, Node> {
  if (!(value instanceof Map)) throw refuse(path, `expected ${what}, got ${describe(value)}`);
  return new Map([...value].map(([name, one]) => [name, { path: member(path, name), value: one }]));
}

/** The members of an object; any other name is an error. */
export function knownMembers(node: Node, what: string, names: readonly string[]): ReadonlyMap<string, Node> {
  const members = membersOf(node, what);
  for (const [name, { path }] of members) {
    if (!names.includes(name)) {
      const near = didYouMean(name, names);
      throw refuse(path, `there is no such member here${near}${near === '' ? ';' : ''} known are ${names.join(', ')}`);
    }
  }
  return members;
}

/** The elements of a list. */
export function elementsOf({ path, value }: Node, what: string): readonly Node[] {
  if (!Array.isArray(value)) throw refuse(path, `expected ${what}, got ${describe(value)}`);
  return value.map((one: Json, i) => ({ path: `${path}[${i}]`, value: one }));
}

/** A text that is not empty. */
export function textOf({ path, value }: Node, what: string): string {
  if (typeof value !== 'string') throw refuse(path, `expected ${what}, got ${describe(value)}`);
  if (value === '') throw refuse(path, `expected ${what}, got an empty text`);
  return value;
}

/** Expects `true`, the only valid value of a flag. */
export function expectTrue({ path, value }: Node): true {
  if (value !== true) throw refuse(path, `expected true, got ${describe(value)}`);
  return true;
}
