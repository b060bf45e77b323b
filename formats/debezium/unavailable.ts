/**
 * The placeholder in every form that Debezium gives it. A large value is stored apart (TOAST); an update that does not
 * touch it does not carry it, and Debezium puts a placeholder there, in a form that fits the column's type.
 */
import { createHash } from 'node:crypto';
import { type Json, JsonNumber } from '../json/value.ts';
import type { Field } from './connect-schema.ts';
import { type Codec, codec } from './postgres/codec.ts';
import { isOpaque, type PgType } from './postgres/pg-type.ts';
import { unchanged } from './row-event.ts';
import type { ValueSettings } from './settings.ts';

/** The UUID that Java makes of a name (version 3, without a name space). */
export function nameUuid(name: string): string {
  const hash = createHash('md5').update(name).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x30;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The same column, its placeholder told from its values. `forms` are the strings that stand for it. */
export const orUnchanged = (values: Codec, forms: ReadonlySet<string>): Codec => ({
  ...values,
  string: (text) => (forms.has(text) ? unchanged : values.string(text)),
});

/** As {@link orUnchanged} for one form, which is what most columns have. */
export const orUnchangedText = (values: Codec, form: string): Codec => ({
  ...values,
  string: (text) => (text === form ? unchanged : values.string(text)),
});

/** The forms of the placeholder in a column of bytes. */
export const binaryForms = (placeholder: string): ReadonlySet<string> =>
  new Set([
    placeholder,
    Buffer.from(placeholder).toString('base64'),
    Buffer.from(placeholder).toString('base64url'),
    Buffer.from(placeholder).toString('hex'),
  ]);

/** An array is the placeholder when it has it as its one text, UUID or bytes; or when it has its bytes as its numbers. */
export function orUnchangedArray(values: Codec, placeholder: string): Codec {
  const texts = new Set([...binaryForms(placeholder), nameUuid(placeholder)]);
  const codes = [...Buffer.from(placeholder)].map(String);
  const isPlaceholder = (value: readonly Json[]): boolean => {
    const [first] = value;
    if (typeof first === 'string') return value.length === 1 && texts.has(first);
    return (
      first instanceof JsonNumber &&
      value.length === codes.length &&
      value.every((one, i) => one instanceof JsonNumber && one.literal === codes[i])
    );
  };
  return codec('an array', {
    string: (text) => (text === placeholder ? unchanged : values.string(text)),
    tree: (value) => (Array.isArray(value) && isPlaceholder(value) ? unchanged : values.tree(value)),
  });
}

/** Bytes above which PostgreSQL may store a value apart: the size of the pointer it leaves in the row. */
const storedApart = 24;

/** Element types whose arrays have a placeholder. */
const carried: ReadonlySet<string> = new Set([
  'text',
  'varchar',
  'bpchar',
  'json',
  'jsonb',
  'int4',
  'int8',
  'date',
  'uuid',
]);

/**
 * True for columns in which Debezium writes null, not the placeholder, for a value that an update did not touch. So
 * their nulls in updates mean nothing, unless the old row is there to tell (REPLICA IDENTITY FULL).
 */
export function placeholderIsNull(field: Field, type: PgType | null, binary: ValueSettings['binary']): boolean {
  if (field.semantic === 'io.debezium.data.Bits') return Number(field.parameters.get('length') ?? 0) > storedApart * 8;
  const lostAsString = binary !== 'hex';
  if (field.type !== 'array') {
    return lostAsString && field.type === 'string' && type !== null && (type.name === 'bytea' || isOpaque(type));
  }
  const element = field.items?.type;
  if (element === 'bytes' && field.items?.semantic === null) return false;
  if (type?.array) return !carried.has(type.name);
  // Without the column's type: what an array of this form most often is.
  const semantic = field.items?.semantic ?? null;
  if (element === 'string') return semantic !== null && !/\.(?:Json|Uuid)$/.test(semantic);
  return !(element === 'int32' || element === 'int64') || (semantic !== null && !semantic.endsWith('.Date'));
}
