/**
 * Finds the rules of a source field while a record is traversed. Names with dots lead into objects and lists
 * (`contact.email`, `phones.0.number`). A field whose own name contains dots, as in flattened exports, is found as well.
 */
import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import type { UserMap } from './user-map.ts';

/** A source field, or an object that contains some. */
export type SourceField = {
  /** Indexes of the rules that take its value. */
  readonly rules: number[];
  /** The fields inside; empty for a value that is taken whole, or ignored. */
  readonly members: Map<string, SourceField>;
};

const emptyField = (): SourceField => ({ rules: [], members: new Map() });

/** The fields that a map reads or ignores. */
export class SourceFields {
  readonly #root = emptyField();

  constructor({ rules, ignored, csv }: UserMap) {
    const add = (name: string): SourceField[] =>
      // CSV columns have no members, even if their names contain dots.
      csv === null && name.includes('.') ? [this.#at([name]), this.#at(name.split('.'))] : [this.#at([name])];
    rules.forEach(({ from }, index) => {
      if (from !== null) for (const field of add(from)) field.rules.push(index);
    });
    for (const name of ignored) add(name);
  }

  #at(path: readonly string[]): SourceField {
    let field = this.#root;
    for (const name of path) {
      const next = field.members.get(name) ?? emptyField();
      field.members.set(name, next);
      field = next;
    }
    return field;
  }

  /** The top-level field of this name; undefined if the map does not know it. */
  named(name: string): SourceField | undefined {
    return this.#root.members.get(name);
  }

  /** Assigns the values of an object to their rules, and adds names without a rule to `unknown`. */
  collect(object: JsonObject, values: (Json | undefined)[], unknown: string[]): void {
    walk(object, this.#root, '', values, unknown);
  }
}

function walk(
  members: Iterable<readonly [name: string | number, value: Json]>,
  { members: fields }: SourceField,
  path: string,
  values: (Json | undefined)[],
  unknown: string[],
): void {
  for (const [key, value] of members) {
    const name = String(key);
    const field = fields.get(name);
    if (field === undefined) {
      unknown.push(path + name);
      continue;
    }
    for (const rule of field.rules) values[rule] = value;
    if (field.members.size === 0) continue;
    if (isObject(value)) walk(value, field, `${path}${name}.`, values, unknown);
    else if (Array.isArray(value)) walk(value.entries(), field, `${path}${name}.`, values, unknown);
  }
}
