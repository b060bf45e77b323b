/**
 * The progress of pipelines as it is stored in their target, for reading: by `status`, by `--until-caught-up` and by the end of a
 * replication.
 */
import type { RecordCounts } from '../pipeline/batch.ts';

/** The stored progress of one partition. */
export type Checkpoint = {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: bigint;
  /** Kafka cluster of the offset; null for files. */
  readonly clusterId: string | null;
  readonly counts: RecordCounts;
  /** Moving share of superseded records, over about the last 1,000. */
  readonly supersededShare: number;
  /** Source time of the last durable record. */
  readonly lastTimestamp: Date | null;
  readonly committedAt: Date | null;
  /** Commit time of the last durable event at its source; null if events do not carry it. */
  readonly sourceCommittedAt: Date | null;
  /** Seconds since `committedAt`, by the database's clock. */
  readonly commitAge: number | null;
};

/** A held partition, and the reason. */
export type HeldTable = {
  readonly topic: string;
  readonly partition: number;
  readonly table: string;
  readonly since: Date;
  /** When its next record was last tried. */
  readonly triedAt: Date;
  readonly reason: string;
  /** Statements to run at the target, and notes. */
  readonly statements: string;
};

/** Dead letters of one reason. */
export type DeadLetterReason = {
  readonly code: string;
  readonly field: string | null;
  /** Distinct records, by the bytes of key and value. */
  readonly records: number;
  /** Rows of `sluice.dead_letter`, which has the same record once for each offset. */
  readonly letters: number;
  readonly example: string;
};

/** Dead letters of one pipeline. */
export type DeadLetterSummary = {
  readonly records: number;
  readonly letters: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
  /** The most frequent first, at most twenty. */
  readonly reasons: readonly DeadLetterReason[];
};

/** How many rows of a table are deferred. */
export type DeferredRows = { readonly table: string; readonly rows: number; readonly since: Date };

/** A table that may have rows which its source does not have. */
export type Unreconciled = {
  readonly table: string;
  /** Rows that the repeated snapshot does not contain; null while they are not counted. */
  readonly rows: number | null;
  /** Without a key, older rows cannot be told from later ones, so only another snapshot with rows of the table replaces them. */
  readonly hasKey: boolean;
};

/** The stored progress, read over one connection. */
export interface Bookkeeping {
  /** The present time by the clock of the server, which also dates dead letters. */
  now(): Promise<Date>;
  /** The checkpoints of a pipeline, by topic and partition; empty without Sluice's tables. */
  checkpoints(pipeline: string): Promise<readonly Checkpoint[]>;
  /** The tables that are held now, by name. */
  heldTables(pipeline: string): Promise<readonly HeldTable[]>;
  deadLetters(pipeline: string): Promise<DeadLetterSummary>;
  close(): Promise<void>;
}
