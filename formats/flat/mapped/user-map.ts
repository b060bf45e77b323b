/**
 * The map from records of a user's own format to user events: the source of each field, and how its value is read. Plain data, so that it
 * can be sent to another process.
 */

import type { OrderBy } from '../../../schemas/order-by.ts';
import type { Operation } from '../../../schemas/user-event.ts';
import type { UserField } from '../../../schemas/user-fields.ts';
import type { EpochUnit } from '../epoch-time.ts';

/** The source of one field of the event. */
export type FieldRule = {
  readonly target: UserField;
  /** Name of the source field, members of objects by dots: `contact.email`. Null for a constant and for always NULL. */
  readonly from: string | null;
  /** The value if the source field is missing or null; the value of a constant. */
  readonly fallback: string | null;
  /** How the value is read: as in the event, numbers and booleans as texts, or as a time since 1970. */
  readonly as: 'plain' | 'text' | EpochUnit;
  /** The source's own words for the operations. */
  readonly operations: ReadonlyMap<string, Operation> | null;
  /** Whether the map names the field. Otherwise it is taken from the source field of the same name. */
  readonly isMapped: boolean;
};

/** The format of CSV records. */
export type CsvLayout = {
  /** One ASCII character. */
  readonly delimiter: string;
  /** Names of the columns; null when the first record contains them. */
  readonly columns: readonly string[] | null;
  /** Unquoted cells that stand for NULL. */
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
  /** The order of the events of one user; null when the map does not define it. */
  readonly orderBy: OrderBy | null;
};
