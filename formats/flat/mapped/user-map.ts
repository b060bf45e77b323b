/**
 * How records of somebody's own form become user events: which source field fills which field of the event, and how its
 * value is read. Plain data, so that it can be sent to another process.
 */

import type { OrderBy } from '../../../schemas/order-by.ts';
import type { Operation } from '../../../schemas/user-event.ts';
import type { UserField } from '../../../schemas/user-fields.ts';
import type { EpochUnit } from '../epoch-time.ts';

/** Where one field of the event comes from. */
export type FieldRule = {
  readonly target: UserField;
  /** Name of the source field, members of objects by dots: `contact.email`. Null for a constant and for always NULL. */
  readonly from: string | null;
  /** What holds where the source field is missing or null; of a constant its value. */
  readonly fallback: string | null;
  /** How the value is read: as the event has it, numbers and booleans as texts, or as a time since 1970. */
  readonly as: 'plain' | 'text' | EpochUnit;
  /** Own words for the operations, as they are written in the source. */
  readonly operations: ReadonlyMap<string, Operation> | null;
  /** True when the map names the field; false when it is taken from the source field of the same name. */
  readonly isMapped: boolean;
};

/** How the records of a CSV source are written. */
export type CsvLayout = {
  /** One ASCII character. */
  readonly delimiter: string;
  /** Names of the columns; null when the first record has them. */
  readonly columns: readonly string[] | null;
  /** Cells that stand for NULL, as they are without quotes. */
  readonly nulls: readonly string[];
};

/** A whole map. */
export type UserMap = {
  /** Null for JSON. */
  readonly csv: CsvLayout | null;
  /** One rule for each field of the event, in their order. */
  readonly rules: readonly FieldRule[];
  /** Source fields that are left out on purpose: they are not counted as unknown. */
  readonly ignored: readonly string[];
  /** What orders the events of one user; null when the map does not say. */
  readonly orderBy: OrderBy | null;
};
