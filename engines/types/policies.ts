/** What is done with values that a target cannot hold exactly. Set for a whole migration or for one column. */
import type { LogicalType } from './logical-type.ts';

/** Choices for values without an equal in the target. The default parks the record, so that nothing is altered unasked. */
export type Policies = {
  /** NaN of decimals and floats. */
  readonly onNaN: 'park' | 'null';
  /** Infinite numbers, dates and timestamps. `limit`: the last or first date or timestamp that the target can hold. */
  readonly onInfinity: 'park' | 'null' | 'limit';
  /** As ISO 8601 text, or as a number of microseconds if it has no months. */
  readonly interval: 'text' | 'microseconds';
  /** MariaDB's own type (text in MySQL), text, or 16 bytes. */
  readonly uuid: 'native' | 'text' | 'binary';
};

/** Alters nothing. */
export const defaultPolicies: Policies = { onNaN: 'park', onInfinity: 'park', interval: 'text', uuid: 'native' };

/** Policies for all columns, and for single ones by `schema.table.column`. */
export type PolicyConfig = {
  readonly all: Partial<Policies>;
  readonly columns: Readonly<Record<string, Partial<Policies>>>;
};

/** The policies of one column. */
export const policiesOf = ({ all, columns }: PolicyConfig, column: string): Policies => ({
  ...defaultPolicies,
  ...all,
  ...columns[column],
});

/** The policies that have a meaning for a type. */
export function policiesFor({ kind }: LogicalType): readonly (keyof Policies)[] {
  switch (kind) {
    case 'decimal':
    case 'float':
      return ['onNaN', 'onInfinity'];
    case 'date':
    case 'timestamp':
      return ['onInfinity'];
    case 'interval':
      return ['interval'];
    case 'uuid':
      return ['uuid'];
    default:
      return [];
  }
}
