/**
 * The flat user event, carried by one Kafka message: the whole row, for every operation (rule 2).
 * Field names are those of the JSON, so that an event, this type and the table can be read side by side.
 * 64-bit integers are decimal strings: a JavaScript number would round them.
 */

export const operations = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** The operation on the row at the source. */
export type Operation = (typeof operations)[number];

/** A validated event. A field that was missing is null. */
export type UserEvent = {
  /** int64 in decimal. */
  readonly id: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly postal_code: string | null;
  /** UTC, as PostgreSQL reads a TIMESTAMP: `2024-01-15 10:30:00.123456`. */
  readonly created_at: string | null;
  /** UTC, as PostgreSQL reads a TIMESTAMP. */
  readonly updated_at: string | null;
  readonly source_system: string | null;
  readonly cdc_operation: Operation;
  /** UTC, as PostgreSQL reads a TIMESTAMP. */
  readonly cdc_timestamp: string | null;
  /** int64 in decimal. */
  readonly cdc_sequence: string | null;
  readonly cdc_source: string | null;
};
