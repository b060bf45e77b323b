/** Casts inside of expressions: the ones that change no value, and a few with an equal cast in MySQL. */
import { parseArray } from '../../../types/postgres-literals.ts';
import type { Expression, TypeName } from './expression.ts';
import { literal } from './literals.ts';
import { NotTranslated } from './tokens.ts';
import { typeOfName } from './type-name.ts';
import { type Group, groupOf, nameOfType, type Scope, type Value, value } from './value.ts';

/** The value of a cast. Throws NotTranslated for one that may change a value in another way than MySQL does. */
export function castValue(of: Value, name: TypeName, { flavor }: Scope): Value {
  const type = typeOfName(name);
  if (of.type.kind === 'null') return of;
  const [from, to] = [groupOf(of.type), groupOf(type)];
  if (of.constant !== null && isConstantOf(from, to)) return literal(of.constant, type, flavor);
  // The target keeps character(n) without its padding, so it is a text. A text becomes no padded one.
  if (type.kind === 'text' && type.limit === null && !type.padded && (from === 'text' || from === 'enum'))
    return { ...of, type };
  if (type.kind === 'text' && type.limit === null && of.type.kind === 'integer')
    return value(`concat(${of.sql})`, type);
  if (isWider(of, type)) return { ...of, type: type.kind === 'decimal' ? of.type : type };
  if (of.type.kind === 'boolean' && type.kind === 'integer') return value(of.sql, type);
  if (from === 'number' && of.type.kind === 'integer' && to === 'boolean') return value(`(${of.sql} <> 0)`, type);
  if (from === 'date' && type.kind === 'timestamp' && !type.zoned) return value(`cast(${of.sql} as datetime(6))`, type);
  throw new NotTranslated(`a cast from ${nameOfType(of.type)} to ${name.name} may have another result`);
}

/** Whether the text of a constant of the first group is also one of the second. */
const isConstantOf = (from: Group, to: Group): boolean =>
  from === 'text' || (from === 'number' && (to === 'number' || to === 'float')) || (from === to && from !== 'other');

/** Whether a type holds every value of the other, so that the cast changes nothing. */
function isWider({ type: from }: Value, type: ReturnType<typeof typeOfName>): boolean {
  if (from.kind === 'integer' && type.kind === 'integer') return from.bits <= type.bits && !from.unsigned;
  if ((from.kind === 'integer' || from.kind === 'decimal') && type.kind === 'decimal') return type.precision === null;
  if (from.kind === 'integer' && type.kind === 'float') return from.bits <= 32 && type.bits === 64;
  if (from.kind === 'float' && type.kind === 'float') return from.bits <= type.bits;
  return (
    from.kind === 'timestamp' &&
    type.kind === 'timestamp' &&
    from.zoned === type.zoned &&
    from.precision <= type.precision
  );
}

/** The elements of `ARRAY[…]`, or of a constant array. Throws NotTranslated for an array that is no constant list. */
export function elementsOf(array: Expression): readonly Expression[] {
  if (array.kind === 'array') return array.elements;
  if (array.kind !== 'cast') throw new NotTranslated('an array that is not a list of values has no equal');
  const element: TypeName = { ...array.type, isArray: false };
  const inner = array.of.kind === 'string' ? constantElements(array.of.text) : elementsOf(array.of);
  return inner.map((of) => ({ kind: 'cast', of, type: element }));
}

function constantElements(written: string): readonly Expression[] {
  const elements = parseArray(written);
  if (elements === undefined) throw new NotTranslated(`'${written}' is not an array of one dimension`);
  return elements.map((element) => {
    if (element === null) return { kind: 'null' };
    if (typeof element !== 'string') throw new NotTranslated(`'${written}' is not an array of one dimension`);
    return { kind: 'string', text: element };
  });
}
