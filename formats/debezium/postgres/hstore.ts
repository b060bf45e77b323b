/** hstore: `"key"=>"value", "other"=>NULL`. */
import { Rejection } from '../../../schemas/rejection.ts';
import { parseJson } from '../../json/reader.ts';
import { JsonSyntaxError } from '../../json/scan.ts';
import { isObject, type Json } from '../../json/value.ts';
import { unchanged } from '../row-event.ts';
import { type Codec, type Converted, codec } from './codec.ts';

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function pairs(value: Json, placeholder: string | null): Converted {
  if (!isObject(value)) return new Rejection('wrong_type', 'expected an hstore as an object');
  if (placeholder !== null && value.size === 1 && value.get(placeholder) === placeholder) return unchanged;
  const texts: string[] = [];
  for (const [key, one] of value) {
    if (one !== null && typeof one !== 'string') return new Rejection('wrong_type', 'expected texts in an hstore');
    if (key.includes('\0') || one?.includes('\0')) {
      return new Rejection('nul_character', 'PostgreSQL cannot store the NUL character');
    }
    if (!key.isWellFormed() || one?.isWellFormed() === false) {
      return new Rejection('lone_surrogate', 'half of a surrogate pair is not a character');
    }
    texts.push(`${quoted(key)}=>${one === null ? 'NULL' : quoted(one)}`);
  }
  return texts.join(', ');
}

/** Reads an hstore from a map, or from JSON in a string (`hstore.handling.mode`). */
export const hstores = (placeholder: string | null): Codec =>
  codec('an hstore', {
    tree: (value) => pairs(value, placeholder),
    string: (text) => {
      if (text === placeholder) return unchanged;
      try {
        return pairs(parseJson(text), placeholder);
      } catch (error) {
        if (error instanceof JsonSyntaxError)
          return new Rejection('wrong_type', `expected an hstore: ${error.message}`);
        throw error;
      }
    },
  });
