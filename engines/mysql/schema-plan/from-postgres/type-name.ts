/** Names of types in casts of PostgreSQL. */
import type { LogicalType } from '../../../types/logical-type.ts';
import type { TypeName } from './expression.ts';
import type { Tokens } from './token-reader.ts';

/** Parses a name with its numbers: `character varying(20)`, `timestamp(3) without time zone`, `public.mood[]`. */
export function typeName(tokens: Tokens): TypeName {
  let name = tokens.next().text;
  while (tokens.takeSign('.')) name += `.${tokens.next().text}`;
  if (tokens.takeWord('precision')) name += ' precision';
  if (tokens.takeWord('varying')) name += ' varying';
  const numbers = numbersOf(tokens);
  const zone = ['with', 'without'].find((word) => tokens.takeWord(word));
  if (zone !== undefined) {
    tokens.expectWord('time');
    tokens.expectWord('zone');
    name += ` ${zone} time zone`;
  }
  let isArray = false;
  while (tokens.takeSign('[')) {
    tokens.expectSign(']');
    isArray = true;
  }
  return { name, numbers, isArray };
}

function numbersOf(tokens: Tokens): readonly number[] {
  if (!tokens.takeSign('(')) return [];
  const numbers: number[] = [];
  do {
    const sign = tokens.takeOperator((text) => text === '-') === undefined ? 1 : -1;
    numbers.push(sign * Number(tokens.next().text));
  } while (tokens.takeSign(','));
  tokens.expectSign(')');
  return numbers;
}

/** Digits of a fraction of a second without a number. */
const microseconds = 6;

/** The logical type of a name. Types of users are `other`. */
export function typeOfName({ name, numbers, isArray }: TypeName): LogicalType {
  const [first = null, second = 0]: readonly (number | null)[] = numbers;
  if (isArray) return { kind: 'array', element: typeOfName({ name, numbers: [], isArray: false }) };
  switch (name) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'smallint':
      return { kind: 'integer', bits: 16, unsigned: false };
    case 'integer':
      return { kind: 'integer', bits: 32, unsigned: false };
    case 'bigint':
      return { kind: 'integer', bits: 64, unsigned: false };
    case 'numeric':
      return { kind: 'decimal', precision: first, scale: second ?? 0 };
    case 'real':
      return { kind: 'float', bits: 32 };
    case 'double precision':
      return { kind: 'float', bits: 64 };
    case 'text':
      return { kind: 'text', limit: null, padded: false };
    case 'character varying':
      return { kind: 'text', limit: first, padded: false };
    case 'bpchar':
      return { kind: 'text', limit: first, padded: true };
    case 'character':
      return { kind: 'text', limit: first ?? 1, padded: true };
    case 'date':
      return { kind: 'date' };
    case 'time without time zone':
      return { kind: 'time', precision: first ?? microseconds, zoned: false };
    case 'timestamp without time zone':
    case 'timestamp with time zone':
      return { kind: 'timestamp', precision: first ?? microseconds, zoned: name === 'timestamp with time zone' };
    case 'uuid':
      return { kind: 'uuid' };
    default:
      return { kind: 'other', name };
  }
}
