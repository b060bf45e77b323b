/** What a Debezium message says: one row-level event, or that there is nothing to write. */
import type { Rejection } from '../../schemas/rejection.ts';
import type { SourceTable } from '../../schemas/table-name.ts';
import type { Field } from './connect-schema.ts';

/** In the place of a value that the event does not carry: a large value stored apart which an update did not touch. */
export const unchanged: unique symbol = Symbol('unchanged');

/** A value in PostgreSQL's text form, ready for COPY; or null; or unchanged. */
export type Cell = string | boolean | null | typeof unchanged;

/** Which columns a row has. One object for all rows alike, so what is worked out for it can be remembered by it. */
export type RowShape = {
  readonly columns: readonly string[];
  /** What the message's schema says of the columns, in their order; null when it has none. */
  readonly fields: readonly Field[] | null;
  /** Columns in which Debezium writes null, not its placeholder, for a value that an update did not touch. */
  readonly unclearNulls: readonly number[];
};

/** Values in the order of the shape's columns. A column that the message does not carry is not among them. */
export type Row = { readonly shape: RowShape; readonly cells: readonly Cell[] };

/** `read` is a snapshot's row. */
export type Operation = 'read' | 'create' | 'update' | 'delete' | 'truncate';

/** Where the row stood in a snapshot, in Debezium's words; `false` for streamed events. */
export type Snapshot =
  | 'first'
  | 'first_in_data_collection'
  | 'true'
  | 'last'
  | 'last_in_data_collection'
  | 'incremental'
  | 'false';

/**
 * Where the event stands at its source (rule 11). Major is 0 for rows of a snapshot; for streamed events it is 1, plus the
 * LSN of the commit before where the event tells it. Minor is its own LSN. The generation before them is counted by who reads the partition.
 *
 * Its own LSN would not do: changes come in the order of their commits, and transactions that run side by side write
 * theirs in between each other. Even of one key: a row that is inserted has its LSN before it waits for a unique value.
 */
export type SourcePosition = { readonly major: string; readonly minor: string };

/** One row-level event. */
export type RowEvent = {
  readonly kind: 'row';
  readonly operation: Operation;
  /** Null when a flattened event does not name it. */
  readonly table: SourceTable | null;
  /** Key columns as the message key has them; null without a key. */
  readonly key: Row | null;
  /**
   * The old row of an update or delete. With the default replica identity only its key columns are real; the others
   * are null, or the column's default.
   */
  readonly before: Row | null;
  readonly after: Row | null;
  /**
   * The key that this row had: Debezium writes a changed key as a delete and a create. Given for creates that do not
   * carry every value, which have to be looked for in the row of that key; null otherwise.
   */
  readonly movedFrom: Row | null;
  /** Null when a flattened event carries no LSN: then it is ordered by its offset. */
  readonly position: SourcePosition | null;
  /** Milliseconds since 1970 when the transaction was committed, in decimal. */
  readonly sourceTime: string | null;
  readonly snapshot: Snapshot;
  /** The source's transaction id, in decimal. */
  readonly transaction: string | null;
  /** A row that is left out deliberately: the event only sees to it that the target does not have it. */
  readonly leftOut?: true;
};

/** Headers of a message, read only when they are needed. */
export type MessageHeaders = {
  /** Their bytes as Kafka has them, where they are at hand: equal bytes are equal headers. */
  readonly encoded?: Buffer;
  list(): readonly (readonly [name: Buffer, value: Buffer | null])[];
};

/** A message that is nothing to write, and why. */
export type Filtered = {
  readonly kind: 'filtered';
  readonly reason: 'tombstone' | 'heartbeat' | 'transaction marker' | 'schema change' | 'logical message';
};

/** What became of a message. */
export type Decoded = RowEvent | Filtered | Rejection;
