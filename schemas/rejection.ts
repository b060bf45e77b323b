/**
 * The reason why one record cannot be applied. A rejection is a value and is never thrown: its record is
 * parked as a dead letter, and the other records of the batch are applied.
 */

/** Codes of the reasons, in the order of the checks. `status` shows them, and `sluice.dead_letter` stores them. */
export type RejectionCode =
  | 'invalid_utf8'
  | 'invalid_json'
  | 'not_an_object'
  | 'malformed_csv'
  | 'wrong_column_count'
  | 'unknown_format'
  | 'missing_field'
  | 'wrong_type'
  | 'not_an_integer'
  | 'integer_out_of_range'
  | 'unknown_operation'
  | 'invalid_timestamp'
  | 'timestamp_precision'
  | 'nul_character'
  | 'lone_surrogate'
  | 'too_long'
  | 'not_carried'
  | 'no_position'
  | 'missing_key'
  | 'unknown_column'
  | 'base_row_missing'
  | 'waits_for'
  | 'decode_failed'
  | 'enrichment_failed'
  | 'refused_by_database'
  | 'older_than_horizon';

/** Why a record was rejected: a code, and a sentence for a person. */
export class Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  /** The invalid field, if there is one. */
  readonly field: string | undefined;

  constructor(code: RejectionCode, message: string, field?: string) {
    this.code = code;
    this.message = message;
    this.field = field;
  }
}
