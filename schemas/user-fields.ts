/** The fields of a user event: their names, order and kinds. */
import type { UserEvent } from './user-event.ts';

/** Every field, in the order of `UserEvent`. */
export const userFields = [
  'id',
  'first_name',
  'last_name',
  'email',
  'phone',
  'address',
  'city',
  'state',
  'country',
  'postal_code',
  'created_at',
  'updated_at',
  'source_system',
  'cdc_operation',
  'cdc_timestamp',
  'cdc_sequence',
  'cdc_source',
] as const satisfies readonly (keyof UserEvent)[];

/** A field of a user event. */
export type UserField = (typeof userFields)[number];

/** The kind of value of a field. */
export type FieldKind = 'integer' | 'time' | 'operation' | 'text';

/** The kind of a field: 64-bit integers, times in UTC, the operation, or texts. */
export function kindOfField(name: UserField): FieldKind {
  if (name === 'cdc_operation') return 'operation';
  if (name === 'id' || name === 'cdc_sequence') return 'integer';
  return name === 'created_at' || name === 'updated_at' || name === 'cdc_timestamp' ? 'time' : 'text';
}

/** The index of each field in `userFields`. */
export const slotOf = Object.fromEntries(userFields.map((name, slot) => [name, slot])) as {
  readonly [name in UserField]: number;
};
