/**
 * The data between the stages: records as the source read them, and the row-level changes that they contain.
 */

import type { RowEvent } from '../formats/debezium/row-event.ts';
import type { Rejection } from '../schemas/rejection.ts';
import type { SourceTable } from '../schemas/table-name.ts';
import type { SourceProgress } from './batch.ts';

/** One record as read from its source. It is kept until it is durable, because a dead letter contains the whole record. */
export type RawRecord = {
  /** Offset in its partition, in decimal. */
  readonly offset: string;
  /** Timestamp of the record in milliseconds since 1970, in decimal. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders | undefined;
};

/** Returns the bytes of a record's key as text, for comparisons; empty without a key. */
export const keyText = ({ key }: RawRecord): string => key?.toString('latin1') ?? '';

/** One message header, as bytes. */
export type Header = readonly [name: Buffer, value: Buffer | null];

/** Message headers, parsed on demand: a record may have hundreds of thousands. */
export interface RecordHeaders {
  /** Memory that they take. */
  readonly bytes: number;
  /** Their encoding in Kafka, if available. Equal bytes mean equal headers. */
  readonly encoded?: Buffer;
  /** Returns all headers in order, with repeated names. Never throws. */
  list(): readonly Header[];
}

/** A value that keeps the record from which it was created. */
export type FromRecord = { readonly origin: RawRecord };

/**
 * Position of an event at its source, totally ordered per key: by generation, then major, then minor (rule 9).
 * The 64-bit parts are decimal strings, because only the database compares them.
 */
export type Position = { readonly generation: number; readonly major: string; readonly minor: string };

/** A row encoded for the staging table: a range of bytes in a block that the rows of a batch share. */
export type EncodedRow = { readonly block: Buffer; readonly start: number; readonly end: number };

/** One change of a table with a fixed definition, ready to be written. */
export type Change = FromRecord & {
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE';
  /** Its position, followed by the cells in the order of the table's columns. */
  readonly row: EncodedRow;
};

/** One captured change of any table, ready to be replicated. */
export type Replicated = FromRecord & {
  readonly event: RowEvent & { readonly table: SourceTable };
  readonly position: Position;
  /** Source progress of its partition after this change. */
  readonly reached: SourceProgress;
};

/** A parked record, with the stage that rejected it. */
export type Parked = { readonly record: RawRecord; readonly stage: Stage; readonly rejection: Rejection };

/** The stages that can reject a record. */
export type Stage = 'decode' | 'enrich' | 'write';
