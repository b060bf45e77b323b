/** The content of a Debezium message: a row event, or a message without a row. */
import type { Rejection } from '../../schemas/rejection.ts';
import type { SourceTable } from '../../schemas/table-name.ts';
import type { Field } from './connect-schema.ts';

/** Marks a value that the event does not carry: a large value (TOAST) that an update did not change. */
export const unchanged: unique symbol = Symbol('unchanged');

/** A value in PostgreSQL's text form, null, or unchanged. */
export type Cell = string | boolean | null | typeof unchanged;

/** The columns of a row. Rows with the same columns share one object, so it can be the key of a cache. */
export type RowShape = {
  readonly columns: readonly string[];
  /** The schema of the columns, in their order; null when the message has none. */
  readonly fields: readonly Field[] | null;
  /** Columns in which Debezium writes null instead of its placeholder for a value that an update did not change. */
  readonly unclearNulls: readonly number[];
};

/** A row: values in the order of the shape's columns. Columns that the message does not carry are missing. */
export type Row = { readonly shape: RowShape; readonly cells: readonly Cell[] };

/** The operation of an event. `read` is a row of a snapshot. */
export type Operation = 'read' | 'create' | 'update' | 'delete' | 'truncate';

/** Place of the row in a snapshot, in Debezium's words; `false` for streamed events. */
export type Snapshot =
  | 'first'
  | 'first_in_data_collection'
  | 'true'
  | 'last'
  | 'last_in_data_collection'
  | 'incremental'
  | 'false';

/**
 * The position of the event at its source (rule 11). Major is 0 for rows of a snapshot. For streamed events it is 1, plus the LSN of the
 * previous commit if the event has it. Minor is its own LSN. The reader of the partition adds the generation.
 *
 * The event's own LSN would not suffice. Changes are delivered in the order of their commits, but the LSNs of concurrent transactions
 * interleave, even for one key: an insert gets its LSN before it waits for another transaction with the same unique value.
 */
export type SourcePosition = { readonly major: string; readonly minor: string };

/** One row-level event. */
export type RowEvent = {
  readonly kind: 'row';
  readonly operation: Operation;
  /** Null when a flattened event does not name it. */
  readonly table: SourceTable | null;
  /** Key columns from the message key; null without a key. */
  readonly key: Row | null;
  /**
   * The old row of an update or delete. With the default replica identity only its key columns are real. The others
   * are null, or the column's default.
   */
  readonly before: Row | null;
  readonly after: Row | null;
  /**
   * The previous key of this row. Debezium writes a changed key as a delete and a create. Set for creates that lack
   * values, which are then looked up in the row of that key; null otherwise.
   */
  readonly movedFrom: Row | null;
  /** Null when a flattened event has no LSN. The event is then ordered by its offset. */
  readonly position: SourcePosition | null;
  /** Commit time of the transaction in milliseconds since 1970, in decimal. */
  readonly sourceTime: string | null;
  readonly snapshot: Snapshot;
  /** The source's transaction id, in decimal. */
  readonly transaction: string | null;
  /** True if the filter excludes the row. The event then only deletes it from the target. */
  readonly leftOut?: true;
};

/** Headers of a message, decoded on demand. */
export type MessageHeaders = {
  /** The encoded headers, if available. Equal bytes mean equal headers. */
  readonly encoded?: Buffer;
  list(): readonly (readonly [name: Buffer, value: Buffer | null])[];
};

/** A message without a row, and the reason why it has none. */
export type Filtered = {
  readonly kind: 'filtered';
  readonly reason: 'tombstone' | 'heartbeat' | 'transaction marker' | 'schema change' | 'logical message';
};

/** The result of decoding a message. */
export type Decoded = RowEvent | Filtered | Rejection;
