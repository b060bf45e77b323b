/** Arrays in PostgreSQL's text form: `{1,NULL,"a b"}`. */
import { Rejection } from '../../../schemas/rejection.ts';
import { isObject, type Json } from '../../json/value.ts';
import { unchanged } from '../row-event.ts';
import { type Codec, codec, convert } from './codec.ts';

/** Elements that need quotes: with delimiters, braces, quotes, backslashes or white space, and those that would be read as NULL. */
const special = /[{},;"\\\s]|^null$|^$/i;

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The text that Java prints for an array inside an array that Debezium did not convert. */
const javaArray = /^\[(?:L[\w.$]+;|[A-Z])@[0-9a-f]+$/;

/**
 * Arrays with elements of `element`. `delimiter` is a comma for all types but box.
 * @param hidesDimensions whether Debezium writes an array of several dimensions as one of NULLs.
 */
export function arrays(element: Codec, delimiter: ',' | ';' = ',', hidesDimensions = false): Codec {
  const text = (value: Json): string | Rejection => {
    if (Array.isArray(value)) return array(value);
    const cell = convert(element, value);
    if (cell instanceof Rejection) return cell;
    if (cell === null) return 'NULL';
    if (cell === unchanged) return new Rejection('not_carried', 'an array with some of its elements unavailable');
    if (typeof cell === 'boolean') return cell ? 't' : 'f';
    if (javaArray.test(cell)) return new Rejection('not_carried', 'Debezium does not carry arrays of arrays');
    return special.test(cell) ? quoted(cell) : cell;
  };
  const array = (values: readonly Json[]): string | Rejection => {
    if (hidesDimensions && values.length > 0 && values.every((one) => one === null)) {
      return new Rejection(
        'not_carried',
        'an array of NULLs alone, or one of several dimensions? Debezium writes both alike. Set it at the target by hand',
      );
    }
    let literal = '{';
    for (let i = 0; i < values.length; i += 1) {
      const one = text(values[i] ?? null);
      if (one instanceof Rejection) return one;
      literal += i === 0 ? one : delimiter + one;
    }
    return `${literal}}`;
  };
  return codec('an array', {
    tree: (value) =>
      isObject(value)
        ? new Rejection('wrong_type', 'expected an array, got an object')
        : array(value as readonly Json[]),
  });
}

/** pgvector's `vector` and `halfvec`: `[1,2.5]`. */
export const vectors = codec('a vector', {
  tree: (value) => {
    const literal = arrays(codec('a number', { number: (number) => number })).tree(value);
    return typeof literal === 'string' ? `[${literal.slice(1, -1)}]` : literal;
  },
});
