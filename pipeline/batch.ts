/**
 * The element of the graph: records of one partition that cover the offsets [from, to), including gaps. Stages may drop
 * records but never a batch: an empty batch still advances the checkpoint (rule 4).
 */
import type { Parked } from './change.ts';

/** The right to write one partition, gained by raising its owner epoch. */
export type Claim = {
  readonly topic: string;
  readonly partition: number;
  /** Owner epoch of the checkpoint after this claim. */
  readonly epoch: bigint;
  /** Index of the partition among those claimed together. It spreads partitions over lanes. */
  readonly index: number;
  /** True once the partition is lost or claimed again: waiting batches are dropped, and no more records are read. */
  revoked: boolean;
  /** Source progress of the partition after the last decoded record. */
  reached: SourceProgress;
};

/** Progress of a partition in the history of its source, if its events carry positions (rule 11). */
export type SourceProgress = {
  /** Raised by each snapshot that begins after streamed events or another snapshot. */
  readonly generation: number;
  /** Whether changes were streamed in this generation. */
  readonly streamed: boolean;
  /** Position at which the last snapshot began, in decimal; null before the first. Incremental snapshots do not count. */
  readonly snapshot: string | null;
  /** Commit time of the last streamed change, in milliseconds since 1970, in decimal; null if unknown. */
  readonly committed: string | null;
};

/** The source progress of a new partition. */
export const initialProgress: SourceProgress = { generation: 0, streamed: false, snapshot: null, committed: null };

/** Identifies the last record, so that a later start detects a replaced source (rules 7 and 16). */
export type Mark = {
  /** Timestamp of the last record in milliseconds since 1970, if it has one. */
  readonly timestamp: string | null;
  /** Hash of the last record, or of the part of a file that was read. */
  readonly hash: Buffer;
};

/** Consecutive records of one partition. */
export type Batch<T> = {
  readonly claim: Claim;
  /** First offset covered. */
  readonly from: bigint;
  /** Offset after the last one covered. */
  readonly to: bigint;
  /** Credit that it holds in the window. */
  readonly bytes: number;
  /** Number of records that were read: those below, the filtered and the parked. */
  readonly read: number;
  readonly records: readonly T[];
  /** Offsets of filtered records. */
  readonly filtered: readonly string[];
  readonly parked: readonly Parked[];
  /** Mark of the last record; null for a batch without records, `unknown` for the first part of a split batch. */
  readonly mark: Mark | 'unknown' | null;
  /** Source progress of the partition after this batch; null if its events carry no positions. */
  readonly reached: SourceProgress | null;
};

/** Numbers of records by outcome. */
export type RecordCounts = {
  readonly read: number;
  readonly applied: number;
  readonly superseded: number;
  readonly filtered: number;
  readonly parked: number;
};

/** Returns the sum of two record counts. */
export const addCounts = (a: RecordCounts, b: RecordCounts): RecordCounts => ({
  read: a.read + b.read,
  applied: a.applied + b.applied,
  superseded: a.superseded + b.superseded,
  filtered: a.filtered + b.filtered,
  parked: a.parked + b.parked,
});

/** The counts before the first record. */
export const zeroCounts: RecordCounts = { read: 0, applied: 0, superseded: 0, filtered: 0, parked: 0 };
