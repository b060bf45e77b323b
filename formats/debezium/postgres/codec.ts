/** How values of one column become cells: a function for each form that JSON can give a value. */

import { Rejection } from '../../../schemas/rejection.ts';
import { type Json, JsonNumber, type JsonTree, kindOf } from '../../json/value.ts';
import type { Cell } from '../row-event.ts';

/** A cell, or why there is none. The rejection's message does not name the column: the reader of the row does. */
export type Converted = Cell | Rejection;

/** One column's conversions. Null is null for every column. */
export type Codec = {
  readonly string: (text: string) => Converted;
  /** The number as it is written. */
  readonly number: (literal: string) => Converted;
  readonly boolean: (value: boolean) => Converted;
  readonly tree: (value: JsonTree) => Converted;
};

/** A codec for the forms given; every other form is refused as not being `what`. */
export function codec(what: string, forms: Partial<Codec>): Codec {
  const refuse = (given: string) => (): Rejection => new Rejection('wrong_type', `expected ${what}, got ${given}`);
  return {
    string: forms.string ?? refuse('a string'),
    number: forms.number ?? refuse('a number'),
    boolean: forms.boolean ?? refuse('a boolean'),
    tree:
      forms.tree ??
      ((value) => new Rejection('wrong_type', `expected ${what}, got ${kindOf(Array.isArray(value) ? [] : {})}`)),
  };
}

/** The cell of a value that was read as a whole. */
export function convert(by: Codec, value: Json): Converted {
  if (value === null) return null;
  if (typeof value === 'string') return by.string(value);
  if (value instanceof JsonNumber) return by.number(value.literal);
  return typeof value === 'boolean' ? by.boolean(value) : by.tree(value);
}

/** True when the conversion was refused. */
export const isRejection = (converted: Converted): converted is Rejection => converted instanceof Rejection;

/** A value as it may stand in a message for a person: never longer than 40 characters. */
export const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
