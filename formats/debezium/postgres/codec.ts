/** A codec converts the values of one column into cells, with one function for each JSON type. */

import { Rejection } from '../../../schemas/rejection.ts';
import { type Json, JsonNumber, type JsonTree, kindOf } from '../../json/value.ts';
import type { Cell } from '../row-event.ts';

/** A cell or a rejection. The row reader adds the column to the rejection's message. */
export type Converted = Cell | Rejection;

/** The conversions of one column. Null needs none: it is null in every column. */
export type Codec = {
  readonly string: (text: string) => Converted;
  /** Gets the number with its original digits. */
  readonly number: (literal: string) => Converted;
  readonly boolean: (value: boolean) => Converted;
  readonly tree: (value: JsonTree) => Converted;
};

/** Returns a codec for the given JSON types. It rejects all others, and its message says that `what` was expected. */
export function codec(what: string, forms: Partial<Codec>): Codec {
  const reject = (given: string) => (): Rejection => new Rejection('wrong_type', `expected ${what}, got ${given}`);
  return {
    string: forms.string ?? reject('a string'),
    number: forms.number ?? reject('a number'),
    boolean: forms.boolean ?? reject('a boolean'),
    tree:
      forms.tree ??
      ((value) => new Rejection('wrong_type', `expected ${what}, got ${kindOf(Array.isArray(value) ? [] : {})}`)),
  };
}

/** Converts a parsed value. */
export function convert(by: Codec, value: Json): Converted {
  if (value === null) return null;
  if (typeof value === 'string') return by.string(value);
  if (value instanceof JsonNumber) return by.number(value.literal);
  return typeof value === 'boolean' ? by.boolean(value) : by.tree(value);
}

/** A value shortened for a message: at most 40 characters. */
export const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
