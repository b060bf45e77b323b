/** What becomes of a column of any product in MySQL and MariaDB: its type there, and the form of its values. */
import type { Rejection } from '../../../schemas/rejection.ts';
import type { Policies } from '../policies.ts';

/** A value in the target's text form, null if a policy makes it null, or why the target cannot hold it. */
export type Encoded = string | null | Rejection;

/** MariaDB and MySQL differ in some types. */
export type Flavor = 'mariadb' | 'mysql';

/** Where a column goes. */
export type CastTarget = {
  readonly flavor: Flavor;
  readonly policies: Policies;
  /** Most characters or bytes that the column needs as part of a key or index; null if it is in none. */
  readonly keyLimit: number | null;
  /** Most digits before and after the point in the data of a decimal without precision; null if they were not counted. */
  readonly digits: { readonly whole: number; readonly fraction: number } | null;
};

/** How a column is carried. */
export type Cast = {
  /** Its type in DDL, with character set or CHECK where it needs them. */
  readonly sqlType: string;
  /**
   * `exact`: every value of the source has an equal one. `policy`: some values are converted as a policy says, the others are
   * equal. `partial`: some values do not fit and are parked.
   */
  readonly fidelity: 'exact' | 'policy' | 'partial';
  /** What does not fit, or how it is converted; null if everything is exact. */
  readonly note: string | null;
  /** Converts a value from PostgreSQL's text form. Never throws. */
  readonly encode: (text: string) => Encoded;
  /** The SQL expression that turns the encoded text in `source` into the column's value. */
  readonly expression: (source: string) => string;
  /** The SQL expression that reads the value of a column as text; the column itself by default. */
  readonly readBack?: (column: string) => string;
  /** One text for equal values, from the encoded text and from the text that was read back; the text itself by default. */
  readonly canonical?: (text: string) => string;
};

/** Without zeros at the end of a fraction. */
export const withoutZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** The text is the value. */
export const asIs = (source: string): string => source;
