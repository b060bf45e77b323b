/**
 * What flows between the stages: the record as the source gave it, and the row-level change it stands for.
 */

import type { RowEvent } from '../formats/debezium/row-event.ts';
import type { Rejection } from '../schemas/rejection.ts';
import type { SourceTable } from '../schemas/table-name.ts';
import type { SourceProgress } from './batch.ts';

/** One record as its source gave it. Kept until it is durable, because a dead letter carries it whole. */
export type RawRecord = {
  /** Offset in its partition, in decimal. */
  readonly offset: string;
  /** Milliseconds since 1970, in decimal, as the source stamped it. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders | undefined;
};

/** The bytes of a record's key as a text to compare it by; empty without a key. */
export const keyText = ({ key }: RawRecord): string => key?.toString('latin1') ?? '';

/** One message header, byte by byte. */
export type Header = readonly [name: Buffer, value: Buffer | null];

/** Message headers, not read before someone asks: a record may carry hundreds of thousands. */
export interface RecordHeaders {
  /** What they hold in memory. */
  readonly bytes: number;
  /** Their bytes as Kafka has them, where they are at hand: equal bytes are equal headers. */
  readonly encoded?: Buffer;
  /** All of them in their order, repeated names included. Never throws. */
  list(): readonly Header[];
}

/** Anything that remembers the record it came from. */
export type FromRecord = { readonly origin: RawRecord };

/**
 * Where an event stands at its source, totally ordered per key: generation, then major, then minor (rule 9).
 * 64-bit parts are decimal strings; only the database compares them.
 */
export type Position = { readonly generation: number; readonly major: string; readonly minor: string };

/** A row as its engine stages it: bytes within a block that rows of its batch share. */
export type EncodedRow = { readonly block: Buffer; readonly start: number; readonly end: number };

/** One row-level event of a table that the pipeline knows, ready to be written. */
export type Change = FromRecord & {
  readonly operation: 'insert' | 'update' | 'delete';
  /** Its position, and the row after it in the order of the table's columns. */
  readonly row: EncodedRow;
};

/** One captured change of any table, ready to be replicated. */
export type Replicated = FromRecord & {
  readonly event: RowEvent & { readonly table: SourceTable };
  readonly position: Position;
  /** How far its partition has come with it. */
  readonly reached: SourceProgress;
};

/** A record set aside, with the stage that refused it. */
export type Parked = { readonly record: RawRecord; readonly stage: Stage; readonly rejection: Rejection };

/** The stages that can refuse a record. */
export type Stage = 'decode' | 'enrich' | 'write';
