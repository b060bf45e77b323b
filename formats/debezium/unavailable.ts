/**
 * Recognises Debezium's placeholder in all its forms. An update does not carry a large value that it did not change, because PostgreSQL
 * stores it out of line (TOAST). Debezium writes a placeholder instead, in a form that fits the type of the column.
 */
import { createHash } from 'node:crypto';
import { type Json, JsonNumber } from '../json/value.ts';
import type { Field } from './connect-schema.ts';
import { type Codec, codec } from './postgres/codec.ts';
import { isOpaque, type PgType } from './postgres/pg-type.ts';
import { unchanged } from './row-event.ts';
import type { ValueSettings } from './settings.ts';

/** The UUID that Java's `nameUUIDFromBytes` derives from a name (version 3, without a name space). */
export function nameUuid(name: string): string {
  const hash = createHash('md5').update(name).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x30;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Returns the codec, which now reads any of these `forms` of the placeholder as unchanged. */
export const orUnchanged = (values: Codec, forms: ReadonlySet<string>): Codec => ({
  ...values,
  string: (text) => (forms.has(text) ? unchanged : values.string(text)),
});

/** Like {@link orUnchanged}, for the many columns in which the placeholder has a single form. */
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

/** Like {@link orUnchanged} for an array: its only element is the placeholder as text, UUID or bytes, or its numbers are the bytes. */
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

/** Above this size PostgreSQL may store a value out of line: the size of the pointer that remains in the row. */
const toastPointerBytes = 24;

/** Element types of the arrays for which Debezium has a placeholder. */
const elementsWithPlaceholder: ReadonlySet<string> = new Set([
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
 * Whether Debezium writes null in this column, instead of the placeholder, for a value that an update did not change. Then nulls in
 * updates are ambiguous, unless the event has the old row (REPLICA IDENTITY FULL).
 */
export function placeholderIsNull(field: Field, type: PgType | null, binary: ValueSettings['binary']): boolean {
  if (field.semantic === 'io.debezium.data.Bits')
    return Number(field.parameters.get('length') ?? 0) > toastPointerBytes * 8;
  const lostAsString = binary !== 'hex';
  if (field.type !== 'array') {
    return lostAsString && field.type === 'string' && type !== null && (type.name === 'bytea' || isOpaque(type));
  }
  const element = field.items?.type;
  if (element === 'bytes' && field.items?.semantic === null) return false;
  if (type?.array) return !elementsWithPlaceholder.has(type.name);
  // The type of the column is unknown: assume the most frequent type with this schema.
  const semantic = field.items?.semantic ?? null;
  if (element === 'string') return semantic !== null && !/\.(?:Json|Uuid)$/.test(semantic);
  return !(element === 'int32' || element === 'int64') || (semantic !== null && !semantic.endsWith('.Date'));
}
