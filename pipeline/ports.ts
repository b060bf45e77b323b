/**
 * The ports of the pipeline. Each verb carries its promise; adapters implement them, the graph knows nothing else.
 */
import type { Observable } from 'rxjs';
import type { Cell } from '../schemas/table-shape.ts';
import { type Batch, type Claim, type RecordCounts, type SourceProgress, zeroCounts } from './batch.ts';
import type { EncodedRow, RawRecord } from './change.ts';
import type { Diagnosis } from './errors.ts';
import type { Misfit } from './misfit.ts';

/** Where records come from. */
export interface Source {
  /**
   * Batches in offset order per claim, within the credit window: the source holds the bytes of a batch as taken until
   * `release`. Completes after `stop` or when the source has ended; errors when it cannot go on.
   */
  batches(): Observable<Batch<RawRecord>>;
  /** This batch is done with, durable or dropped: its credit returns. Called exactly once a batch. */
  release(batch: Batch<unknown>, fate: 'durable' | 'dropped'): void;
  /** Another worker owns this partition. The source lets it go, and claims it again if it is still entitled to. */
  lose(claim: Claim): void;
  /**
   * What comes next of this partition waits for another one. The source lets it go, and soon reads it again from its
   * checkpoint: meanwhile it takes no room. One that is held waits for a table to be altered, and is read again after
   * some seconds.
   */
  postpone(claim: Claim, isHeld?: boolean): void;
  /** Takes nothing more and completes `batches()`. What was emitted may still be released. Never throws. */
  stop(): void;
  /** After the graph has ended: tells the broker what is durable, leaves, frees everything. Bounded in time. */
  close(): Promise<void>;
}

/** What became of a group of batches. */
export type Written<C> = {
  /** Durable, in the order given; what the target refused has moved from the records to the parked. */
  readonly committed: readonly Batch<C>[];
  /** Durable first parts of postponed batches, up to the record that has to wait. */
  readonly begun: readonly Batch<C>[];
  /** What became of the records of all that is durable. */
  readonly counts: RecordCounts;
  /** Not written, because their claim was lost to another worker. */
  readonly fenced: readonly Batch<C>[];
  /** Not written, or only begun: a record waits for other partitions, or for the definition of a table. */
  readonly postponed: readonly Batch<C>[];
  /** Claims of the postponed batches whose next record does not fit the definition of its table. */
  readonly held: ReadonlyMap<Claim, Misfit>;
};

/** Nothing was written. */
export const nothingWritten: Written<never> = {
  committed: [],
  begun: [],
  counts: zeroCounts,
  fenced: [],
  postponed: [],
  held: new Map(),
};

/** Encodes rows as an engine stages them. */
export interface RowEncoder {
  /** Begins a batch of so many rows. Batches share no memory: one that waits would keep rows of all others. */
  begin(rows: number): void;
  /** Encodes the cells of one row. */
  add(cells: readonly Cell[]): EncodedRow;
}

/** Where changes go. */
export interface Sink<C> {
  /**
   * Writes rows, dead letters, counters and checkpoints of all batches in one transaction, and answers when they are
   * durable. Calls for one lane never overlap; calls for different lanes may. After an error the same group may be
   * given again: what an earlier attempt made durable is recognised, not written twice.
   */
  write(lane: number, group: readonly Batch<C>[]): Promise<Written<C>>;
  /** Frees its connections. Bounded in time. */
  close(): Promise<void>;
  /** What an error of `write` means. */
  diagnose(error: unknown): Diagnosis;
  /** What it writes to, for messages: `PostgreSQL at host:port`. */
  readonly server: string;
}

/** Takes over partitions, as the position store does it. */
export interface Claims {
  /** What an error of `claim` means. */
  diagnose(error: unknown): Diagnosis;
  /** What it asks, for messages: `PostgreSQL at host:port`. */
  readonly server: string;
  /**
   * Raises the owner epoch of each partition and answers where to go on. A partition without a checkpoint gets one at
   * `start`. Throws `PipelineError` when the source does not match what the checkpoint knows; then nothing has changed.
   */
  claim(request: ClaimRequest): Promise<readonly Claimed[]>;
}

/** What is to be taken over. */
export type ClaimRequest = {
  readonly topic: string;
  readonly clusterId: string | null;
  readonly partitionCount: number;
  /** All partitions of the topic, and where one without a checkpoint begins: at the first start, and when added later. */
  readonly partitions: readonly { readonly partition: number; readonly first: bigint; readonly later: bigint }[];
  /** Those to take over. */
  readonly mine: readonly number[];
  /**
   * Asked for each of them while its checkpoint is locked: where to go on instead when the position is lost, undefined
   * when it holds. The checkpoint moves with the claim; what this throws leaves everything as it was (rule 16).
   */
  readonly reposition?: (found: StoredCheckpoint) => Promise<Reposition | undefined>;
};

/** What to do when the source no longer holds the position of a checkpoint. */
export type OnLostPosition = 'fail' | 'earliest' | 'latest';

/** What a checkpoint knows when its partition is taken over. The cluster is null before the first claim, and for files. */
export type StoredCheckpoint = {
  readonly partition: number;
  readonly nextOffset: bigint;
  readonly clusterId: string | null;
};

/** A position is lost, and this is where to go on. */
export type Reposition = {
  readonly to: bigint;
  readonly why: string;
  /** Offsets that are jumped over, each of which may have been a record; null when nobody knows. */
  readonly gone: bigint | null;
  /** The offsets began anew, so that those of before order nothing any more. */
  readonly restarted: boolean;
};

/** A claim, where it goes on, and what the last durable record looked like. */
export type Claimed = {
  readonly partition: number;
  readonly epoch: bigint;
  readonly nextOffset: bigint;
  readonly lastHash: Buffer | null;
  readonly reached: SourceProgress;
};

/** The time. Passed in so that tests can set it. */
export type Clock = { /** Milliseconds since 1970. */ now(): number };

/** Structured log lines: fields first, one sentence after. Never the content of a record. */
export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
