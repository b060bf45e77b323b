/**
 * Why one record cannot be applied. A rejection is a value, never thrown across records: the record that carries it is
 * parked as a dead letter and its neighbours land.
 */

/** Machine-readable reasons, in the order a record meets them. Shown by `status` and kept in `sluice.dead_letter`. */
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

/** A record's refusal, with a sentence for a person. */
export class Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  /** The field at fault, when there is one. */
  readonly field: string | undefined;

  constructor(code: RejectionCode, message: string, field?: string) {
    this.code = code;
    this.message = message;
    this.field = field;
  }
}
