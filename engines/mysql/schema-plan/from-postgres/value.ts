/** Translated expressions with their types, by which the translator decides whether a meaning is equal. */
import type { LogicalType } from '../../../types/logical-type.ts';
import type { Flavor } from '../../../types/to-mysql/cast.ts';
import { NotTranslated } from './tokens.ts';

/** A translated expression. */
export type Value = {
  readonly sql: string;
  /** Its type at the source. A bare NULL has none. */
  readonly type: LogicalType | { readonly kind: 'null' };
  /** The text of a constant, in PostgreSQL's form; null for anything else. */
  readonly constant: string | null;
};

/** A column that an expression may name. */
export type ScopeColumn = {
  /** The name at the source. */
  readonly name: string;
  /** The name in the target, quoted. */
  readonly sql: string;
  readonly type: LogicalType;
  /** Whether its collation takes different texts for equal. */
  readonly folding: boolean;
  /** Whether its value in the target is the text or number of the source, and not bytes. */
  readonly isPlain: boolean;
  /** Why no expression of the table may name it; null if they may. */
  readonly refusal: string | null;
};

/** What an expression may name, and what is noted about it. */
export type Scope = {
  readonly flavor: Flavor;
  /** A column by its name at the source. Throws NotTranslated for any other name. */
  readonly column: (name: string) => ScopeColumn;
  /** Collects differences of meaning that do not matter to most data. */
  readonly note: (difference: string) => void;
};

export const value = (sql: string, type: Value['type']): Value => ({ sql, type, constant: null });

export const boolean: LogicalType = { kind: 'boolean' };
export const text: LogicalType = { kind: 'text', limit: null, padded: false };
export const bigint: LogicalType = { kind: 'integer', bits: 64, unsigned: false };

/** What can be compared, combined or returned in place of each other. */
export type Group =
  | 'boolean'
  | 'number'
  | 'float'
  | 'text'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'enum'
  | 'null'
  | 'other';

/** The group of a type. */
export function groupOf(type: Value['type']): Group {
  switch (type.kind) {
    case 'integer':
    case 'decimal':
      return 'number';
    case 'timestamp':
      return type.zoned ? 'timestamptz' : 'timestamp';
    case 'time':
      return type.zoned ? 'other' : 'time';
    case 'boolean':
    case 'float':
    case 'text':
    case 'date':
    case 'uuid':
    case 'enum':
    case 'null':
      return type.kind;
    default:
      return 'other';
  }
}

/** The name of a type in messages. */
export const nameOfType = (type: Value['type']): string => (type.kind === 'other' ? type.name : type.kind);

/** Returns the value if it is of the group. Throws NotTranslated otherwise. */
export function ofGroup(found: Value, ...groups: readonly Group[]): Value {
  if (!groups.includes(groupOf(found.type))) throw new NotTranslated(`${nameOfType(found.type)} is not supported here`);
  return found;
}

/** One type for several numbers, and for everything else the type that they share. Throws NotTranslated where they differ. */
export function sharedType(values: readonly Value[]): Value['type'] {
  const types = values.map(({ type }) => type).filter(({ kind }) => kind !== 'null');
  const [first] = types;
  if (first === undefined || groupOf(first) === 'other')
    throw new NotTranslated('values of this type are not supported here');
  for (const type of types)
    if (groupOf(type) !== groupOf(first)) throw new NotTranslated(`${nameOfType(type)} beside ${nameOfType(first)}`);
  const isMixed = groupOf(first) === 'number' && types.some(({ kind }) => kind === 'decimal');
  return isMixed && types.length > 1 ? { kind: 'decimal', precision: null, scale: 0 } : first;
}
