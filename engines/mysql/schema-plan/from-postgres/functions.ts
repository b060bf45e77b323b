/** Functions with an equal meaning in MySQL. All others are not carried. */
import type { LogicalType } from '../../../types/logical-type.ts';
import { NotTranslated } from './tokens.ts';
import { bigint, ofGroup, type Scope, sharedType, text, type Value, value } from './value.ts';

type Translate = (args: readonly Value[], scope: Scope) => Value;

const integer: LogicalType = { kind: 'integer', bits: 32, unsigned: false };

/** A text whose trailing spaces count. */
function plainText(found: Value | undefined): Value {
  const of = ofGroup(present(found), 'text');
  if (of.type.kind === 'text' && of.type.padded) throw new NotTranslated('the padding of character(n) counts here');
  return of;
}

function present(found: Value | undefined): Value {
  if (found === undefined) throw new NotTranslated('an argument is missing');
  return found;
}

/** A constant whole number of at least `least`. */
function constantFrom(found: Value | undefined, least: number): string {
  const { constant } = present(found);
  if (constant === null || !/^-?\d+$/.test(constant) || Number(constant) < least)
    throw new NotTranslated(`only a constant number of at least ${least} has an equal meaning here`);
  return constant;
}

/** A function of texts under another name. */
const ofTexts =
  (name: string, type: LogicalType, count: number): Translate =>
  (args) => {
    if (args.length !== count) throw new NotTranslated(`${name} with ${args.length} arguments is not supported`);
    return value(`${name}(${args.map((arg) => plainText(arg).sql).join(', ')})`, type);
  };

const letters =
  (name: 'lower' | 'upper'): Translate =>
  (args, { note }) => {
    note(`${name}() follows the server's own tables for letters outside of ASCII`);
    return value(`${name}(${plainText(args[0]).sql})`, text);
  };

const cut =
  (name: 'left' | 'right'): Translate =>
  ([of, count]) =>
    value(`${name}(${plainText(of).sql}, ${constantFrom(count, 0)})`, text);

const substring: Translate = ([of, from, count]) => {
  const length = count === undefined ? '' : `, ${constantFrom(count, 0)}`;
  return value(`substring(${plainText(of).sql}, ${constantFrom(from, 1)}${length})`, text);
};

/** The length of character(n) is counted without its padding, on both sides. */
const length: Translate = ([of]) => value(`char_length(${ofGroup(present(of), 'text').sql})`, integer);

const coalesce: Translate = (args) => value(`coalesce(${args.map(({ sql }) => sql).join(', ')})`, sharedType(args));

const ofNumber =
  (name: string): Translate =>
  ([of, ...more]) => {
    const found = ofGroup(present(of), 'number', ...(name === 'abs' ? (['float'] as const) : []));
    if (more.length > 0) throw new NotTranslated(`${name} with several arguments is not supported`);
    return value(`${name}(${found.sql})`, found.type);
  };

/** Parts of a date, which have the same numbers on both sides. */
const parts = new Set(['year', 'month', 'day', 'hour', 'minute']);

const extract: Translate = ([part, of]) => {
  const name = present(part).constant?.toLowerCase() ?? '';
  if (!parts.has(name)) throw new NotTranslated(`extract(${name}) has no equal`);
  const found = ofGroup(present(of), 'timestamp', ...(['hour', 'minute'].includes(name) ? [] : (['date'] as const)));
  return value(`extract(${name} from ${found.sql})`, bigint);
};

/** By their names in PostgreSQL. */
const functions: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['lower', letters('lower')],
  ['upper', letters('upper')],
  ['length', length],
  ['char_length', length],
  ['character_length', length],
  ['btrim', ofTexts('trim', text, 1)],
  ['ltrim', ofTexts('ltrim', text, 1)],
  ['rtrim', ofTexts('rtrim', text, 1)],
  ['reverse', ofTexts('reverse', text, 1)],
  ['left', cut('left')],
  ['right', cut('right')],
  ['substring', substring],
  ['substr', substring],
  ['coalesce', coalesce],
  ['abs', ofNumber('abs')],
  ['extract', extract],
]);

/** The value of a call. Throws NotTranslated for a function that is not in the list. */
export function callValue(name: string, args: readonly Value[], scope: Scope): Value {
  const translate = functions.get(name);
  if (translate === undefined) throw new NotTranslated(`the function ${name} has no known equal`);
  return translate(args, scope);
}
