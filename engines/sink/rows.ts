/**
 * Interfaces for writing the records of a group as rows. One known table and any number of replicated tables implement them.
 * The sink adds the transaction, dead letters and checkpoints.
 */
import type { Batch, Claim, SourceProgress } from '../../pipeline/batch.ts';
import type { FromRecord, Position, RawRecord } from '../../pipeline/change.ts';
import type { Misfit } from '../../pipeline/misfit.ts';
import type { Rejection } from '../../schemas/rejection.ts';

/** Records of a group that must not be written, and the reasons. */
export type Excluded = ReadonlyMap<RawRecord, Rejection>;

/** The result of a merge for the records of one batch, or of a part of it. */
export type MergeAnswer = {
  /** Index of the batch in its group. */
  readonly batch: number;
  /** Number of applied records, without deliberately omitted ones. */
  readonly applied: number;
  /** Ordinals to park: older than the guard rows that still exist. Null or absent without any. */
  readonly stale?: readonly number[] | null;
  /** Ordinals of partial updates whose row does not exist. The group must be merged again without them. */
  readonly baseless?: readonly number[] | null;
};

/**
 * The cause of an error: the record; a table definition that differs from the source's; or a table that was altered after it
 * was read, so that the group must be written again.
 */
export type Cause = 'record' | 'altered' | Misfit;

/** A group in the staging tables of its transaction. Ordinals number all its records from 0. */
export interface Staged {
  readonly count: number;
  /** Whether a merge can delete rows before it writes them. */
  readonly canReplace: boolean;
  /** Whether the group must be written again without a refused record, for any reason. */
  readonly isOrdered: boolean;
  /**
   * Merges the records from `first` to `last` into their tables, all or none. The next statement rolls a failed merge back.
   *
   * @param replacing deletes rows before it writes them, so that unique values can be swapped; only with `canReplace`.
   */
  merge(first: number, last: number, replacing: boolean): Promise<readonly MergeAnswer[]>;
  /**
   * Stores a colliding row as a deferred row, if a later event of it is certain to follow. Returns the same as `merge`, or
   * undefined if it cannot defer the row and has changed nothing.
   */
  deferRow(ordinal: number, error: unknown): Promise<readonly MergeAnswer[] | undefined>;
  /** Whether a partial update may find no row without a fault. */
  mayMissRow(ordinal: number): Promise<boolean>;
  /** The cause of an error of the record with this ordinal, or of a group of records if null. */
  causeOf(error: unknown, ordinal: number | null): Promise<Cause>;
  /** Called after the last merge: rolls a failed one back. */
  end(): Promise<void>;
}

/** An implementation of writing rows. Calls for one session never overlap. */
export interface Rows<S, C extends FromRecord> {
  /** Prepares a new session, for example creates its staging tables. */
  open(session: S): Promise<void>;
  /** Within the transaction: copies the records of a group, without the excluded ones, to staging tables. */
  stage(session: S, group: readonly Batch<C>[], excluded: Excluded): Promise<Staged>;
  /** Dependencies between records, and on the definitions of tables; null if records are independent. */
  readonly dependencies: Dependencies<S, C> | null;
}

/** Claims whose next record does not fit the definition of its table. */
export type Unfit<C> = ReadonlyMap<Claim, { readonly record: C; readonly misfit: Misfit }>;

/** Dependencies between records, and on the definitions of tables. */
export interface Dependencies<S, C extends FromRecord> {
  /** Before the transaction: reads or creates the tables, and returns the records that do not fit them. */
  prepare(session: S, group: readonly Batch<C>[]): Promise<Unfit<C>>;
  /** Within the transaction: the excluded records, and all records that depend on them. */
  withDependents(session: S, group: readonly Batch<C>[], excluded: Excluded): Promise<Excluded>;
  /** Whether a refused record must be retried after the other partitions of its topic have caught up with it. */
  mustWait(session: S, claim: Claim, record: C, rejection: Rejection): Promise<boolean>;
  /** Whether the row of a record is deliberately not written, so that the record counts as filtered. */
  isLeftOut(record: C): boolean;
  /** The position of a record at its source. */
  positionOf(record: C): Position;
  /** The progress at the source of a record's partition after this record. */
  progressAt(record: C): SourceProgress;
}
