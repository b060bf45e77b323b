/**
 * The element that flows through the graph: records of one partition, covering the offsets [from, to) with their gaps.
 * Stages may drop records, never a batch: an empty one still moves the checkpoint (rule 4).
 */
import type { Parked } from './change.ts';

/** The right to write one partition, won by raising its owner epoch. */
export type Claim = {
  readonly topic: string;
  readonly partition: number;
  /** The epoch this claim raised the checkpoint to. */
  readonly epoch: bigint;
  /** Number of the partition among those claimed together: spreads partitions over lanes. */
  readonly index: number;
  /** True once the partition was lost or is being claimed anew: what waits is dropped, nothing new is taken. */
  revoked: boolean;
  /** How far the partition has come at its source, as of the last record decoded. */
  reached: SourceProgress;
};

/** How far a partition has come in the history of its source, where events tell it (rule 11). */
export type SourceProgress = {
  /** Raised by each snapshot that begins after streamed events or another snapshot. */
  readonly generation: number;
  /** Whether events were streamed since. */
  readonly streamed: boolean;
  /** Where the source stood when the last snapshot began, in decimal; null before the first. Incremental ones do not count. */
  readonly snapshot: string | null;
  /** Milliseconds since 1970 when the last streamed event was committed at its source, in decimal; null when none told. */
  readonly committed: string | null;
};

/** Where every partition begins. */
export const initialProgress: SourceProgress = { generation: 0, streamed: false, snapshot: null, committed: null };

/** What lets a later start notice that the source was replaced (rules 7 and 16). */
export type Mark = {
  /** Milliseconds since 1970 of the last record, if it has a time. */
  readonly timestamp: string | null;
  /** Hash of the last record, or of the part of a file already read. */
  readonly hash: Buffer;
};

/** A run of records on their way. */
export type Batch<T> = {
  readonly claim: Claim;
  /** First offset covered. */
  readonly from: bigint;
  /** Offset after the last one covered. */
  readonly to: bigint;
  /** Credit it holds in the window, in bytes. */
  readonly bytes: number;
  /** Records the source gave: those below, the filtered and the parked. */
  readonly read: number;
  readonly records: readonly T[];
  /** Offsets of records deliberately not written. */
  readonly filtered: readonly string[];
  readonly parked: readonly Parked[];
  /** The last record's mark; null when the batch holds no record, `unknown` in the first part of a batch that was cut. */
  readonly mark: Mark | 'unknown' | null;
  /** How far the partition has come at its source with this batch; null where its events do not tell. */
  readonly reached: SourceProgress | null;
};

/** What became of the records of one batch or of many. */
export type RecordCounts = {
  readonly read: number;
  readonly applied: number;
  readonly superseded: number;
  readonly filtered: number;
  readonly parked: number;
};

/** The sum of two accounts. */
export const addCounts = (a: RecordCounts, b: RecordCounts): RecordCounts => ({
  read: a.read + b.read,
  applied: a.applied + b.applied,
  superseded: a.superseded + b.superseded,
  filtered: a.filtered + b.filtered,
  parked: a.parked + b.parked,
});

/** Nothing read yet. */
export const zeroCounts: RecordCounts = { read: 0, applied: 0, superseded: 0, filtered: 0, parked: 0 };
