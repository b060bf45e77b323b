/**
 * The progress of pipelines as it is stored in their target, for reading: by `status`, by `--until-caught-up` and by the end of a
 * replication.
 */
import type { RecordCounts } from '../pipeline/batch.ts';
import type { PipelineAdmin } from './pipeline-admin.ts';

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
  readonly offsets: number;
  readonly example: string;
};

/** Dead letters of one pipeline. */
export type DeadLetterSummary = {
  readonly records: number;
  readonly offsets: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
  /** The most frequent first, at most twenty. */
  readonly reasons: readonly DeadLetterReason[];
};

/** The summary of a pipeline without dead letters. */
export const noDeadLetters: DeadLetterSummary = { records: 0, offsets: 0, more: false, reasons: [] };

/** The share of dead letters among the last records of a partition. */
export type ParkedShare = {
  readonly topic: string;
  readonly partition: number;
  /** Dead letters among the last records. */
  readonly recent: number;
  /** Number of last records that were checked. */
  readonly of: number;
  /** Whether more than half of all records it ever read are dead letters. */
  readonly most: boolean;
  /** Time of the partition's last commit, in milliseconds since 1970; null before the first. */
  readonly committedAt: number | null;
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

/** How many foreign keys and triggers of a pipeline are disabled. */
export type DisabledConstraints = { readonly foreignKeys: number; readonly triggers: number };

/** How a replica is known to differ from its source apart from its dead letters. */
export type ReplicaGaps = {
  readonly deferred: readonly DeferredRows[];
  readonly unreconciled: readonly Unreconciled[];
  readonly disabled: DisabledConstraints;
};

/** The gaps of a replica that is known to have none. */
export const noGaps: ReplicaGaps = {
  deferred: [],
  unreconciled: [],
  disabled: { foreignKeys: 0, triggers: 0 },
};

/** A pipeline that has checkpoints or dead letters. */
export type PipelineSummary = {
  readonly pipeline: string;
  /** Topics, `file:PATH` and `stdin:RUN`. */
  readonly topics: readonly string[];
  readonly counts: RecordCounts;
  readonly deadLetters: number;
  readonly committedAt: Date | null;
};

/** The stored progress, read over one connection. Without Sluice's tables there are no pipelines, and so nothing of them. */
export interface Bookkeeping {
  /** The present time by the clock of the server, which also dates dead letters. */
  now(): Promise<Date>;
  /** For commands that only read: throws if Sluice's tables are older or newer than this Sluice. Accepts that there are none. */
  requireCurrentSchema(): Promise<void>;
  /** All pipelines by name. */
  pipelines(): Promise<readonly PipelineSummary[]>;
  /** The checkpoints of a pipeline, by topic and partition. */
  checkpoints(pipeline: string): Promise<readonly Checkpoint[]>;
  /** The tables that are held now, by name. */
  heldTables(pipeline: string): Promise<readonly HeldTable[]>;
  deadLetters(pipeline: string): Promise<DeadLetterSummary>;
  /** The parked share of each partition. */
  parkedShares(pipeline: string): Promise<readonly ParkedShare[]>;
  gaps(pipeline: string): Promise<ReplicaGaps>;
  /** Changes what is stored of a pipeline. */
  readonly admin: PipelineAdmin;
  close(): Promise<void>;
}
