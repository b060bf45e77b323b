/** The ports of the pipeline. Adapters and engines implement them, and the graph depends on nothing else. */
import type { Observable } from 'rxjs';
import type { Cell } from '../schemas/table-shape.ts';
import { type Batch, type Claim, type RecordCounts, type SourceProgress, zeroCounts } from './batch.ts';
import type { EncodedRow, RawRecord } from './change.ts';
import type { Diagnosis } from './errors.ts';
import type { Misfit } from './misfit.ts';

/** Where records come from. */
export interface Source {
  /**
   * Emits batches in offset order per claim, within the credit window: a batch holds its credit until `release`. Completes
   * after `stop` or at the end of the source. Errors if the source cannot continue.
   */
  batches(): Observable<Batch<RawRecord>>;
  /** Returns the credit of a batch that is durable or dropped. Called exactly once per batch. */
  release(batch: Batch<unknown>, fate: 'durable' | 'dropped'): void;
  /** Called if another worker took over this partition. The source revokes the claim. If it still owns the partition, it claims it again. */
  onFenced(claim: Claim): void;
  /**
   * Called if the next record of this partition must wait for another partition, or, with `isHeld`, for a change of its table.
   * The source drops the batches of the partition, which frees their credit, and reads it again from its checkpoint after a
   * delay. The delay is longer with `isHeld`.
   */
  postpone(claim: Claim, isHeld?: boolean): void;
  /** Ends reading and completes `batches()`. Emitted batches may still be released. Never throws. */
  stop(): void;
  /** Called after the graph has ended. Commits the durable offsets, leaves the group and frees all resources. Bounded in time. */
  close(): Promise<void>;
}

/** The outcome of a group of batches. */
export type Written<C> = {
  /** Durable batches, in the given order. Records that the target refused have moved to `parked`. */
  readonly committed: readonly Batch<C>[];
  /** First parts of postponed batches, up to the record that must wait. They are durable. */
  readonly begun: readonly Batch<C>[];
  /** Record counts of all durable batches. */
  readonly counts: RecordCounts;
  /** Batches that were not written because another worker took over their partition. */
  readonly fenced: readonly Batch<C>[];
  /** Batches that were not or only partly written, because a record waits for another partition or for a change of its table. */
  readonly postponed: readonly Batch<C>[];
  /** Claims of the postponed batches whose next record does not fit the definition of its table. */
  readonly held: ReadonlyMap<Claim, Misfit>;
};

/** The outcome of a group of which nothing was written. */
export const nothingWritten: Written<never> = {
  committed: [],
  begun: [],
  counts: zeroCounts,
  fenced: [],
  postponed: [],
  held: new Map(),
};

/** Encodes rows for the staging table of an engine. */
export interface RowEncoder {
  /** Starts a batch with this number of rows. Batches share no memory, because a waiting batch would keep the rows of the others. */
  begin(rows: number): void;
  /** Encodes the cells of one row. */
  add(cells: readonly Cell[]): EncodedRow;
}

/** The target of changes. */
export interface Sink<C> {
  /**
   * Writes rows, dead letters, counters and checkpoints of all batches in one transaction. Resolves once they are durable.
   * Calls for one lane never overlap; calls for different lanes may. After an error the caller may pass the same group again:
   * the sink detects batches that are already durable, and does not write them twice.
   */
  write(lane: number, group: readonly Batch<C>[]): Promise<Written<C>>;
  /** Closes the connections. Bounded in time. */
  close(): Promise<void>;
  /** Diagnoses an error of `write`. */
  diagnose(error: unknown): Diagnosis;
  /** Name of the server in messages, such as `PostgreSQL at host:port`. */
  readonly server: string;
}

/** Claims partitions in the database of the checkpoints. */
export interface Claims {
  /** Diagnoses an error of `claim`. */
  diagnose(error: unknown): Diagnosis;
  /** Name of the database server in messages, such as `PostgreSQL at host:port`. */
  readonly server: string;
  /**
   * Raises the owner epoch of each partition and returns where to continue. A partition without a checkpoint gets one.
   * Throws a `PipelineError` if the source does not match the checkpoint; then nothing has changed.
   */
  claim(request: ClaimRequest): Promise<readonly Claimed[]>;
}

/** The partitions to claim. */
export type ClaimRequest = {
  readonly topic: string;
  readonly clusterId: string | null;
  readonly partitionCount: number;
  /** All partitions of the topic, with the offset of a new checkpoint: `first` at the first start, `later` for an added partition. */
  readonly partitions: readonly { readonly partition: number; readonly first: bigint; readonly later: bigint }[];
  /** The partitions to claim. */
  readonly mine: readonly number[];
  /**
   * Called for each partition while its checkpoint is locked. If the position is lost, returns where to continue, and the claim
   * moves the checkpoint there; otherwise returns undefined. If it throws, nothing has changed (rule 16).
   */
  readonly reposition?: (found: StoredCheckpoint) => Promise<Reposition | undefined>;
};

/** What to do if the source no longer has the records at a checkpoint. */
export type OnLostPosition = 'fail' | 'earliest' | 'latest';

/** The checkpoint of a partition before a claim. `clusterId` is null before the first claim, and for files. */
export type StoredCheckpoint = {
  readonly partition: number;
  readonly nextOffset: bigint;
  readonly clusterId: string | null;
};

/** Where to continue after a lost position, and why. */
export type Reposition = {
  readonly to: bigint;
  readonly why: string;
  /** Number of skipped offsets, each of which may have been a record; null if unknown. */
  readonly gone: bigint | null;
  /** Whether the offsets restarted, so that old and new offsets cannot be compared. */
  readonly restarted: boolean;
};

/** The result of a claim: where to continue, and the hash of the last durable record. */
export type Claimed = {
  readonly partition: number;
  readonly epoch: bigint;
  readonly nextOffset: bigint;
  readonly lastHash: Buffer | null;
  readonly reached: SourceProgress;
};

/** The clock, a parameter so that tests can set the time. */
export type Clock = { /** Milliseconds since 1970. */ now(): number };

/** The structured log. Each line has fields and one sentence, and never the content of records. */
export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
