/**
 * Interfaces for writing the records of a group as rows. There are two implementations: for one known table, and for any number
 * of replicated tables. The sink adds the transaction, dead letters and checkpoints.
 */
import type { Batch, Claim, SourceProgress } from '../../pipeline/batch.ts';
import type { FromRecord, Position, RawRecord } from '../../pipeline/change.ts';
import type { Misfit } from '../../pipeline/misfit.ts';
import type { Rejection } from '../../schemas/rejection.ts';

/** Records of a group that must not be written, each with its rejection. */
export type Excluded = ReadonlyMap<RawRecord, Rejection>;

/** The result of a merge for the records of one batch or of a part of it. */
export type MergeResult = {
  /** Index of the batch in its group. */
  readonly batch: number;
  /** Number of applied records, without those that `isLeftOut` omits. */
  readonly applied: number;
  /** Ordinals to park: older than guard rows that have expired, with no stored position. Null or absent if there are none. */
  readonly stale?: readonly number[] | null;
  /** Ordinals of partial updates whose row does not exist. The group must be written again without them. */
  readonly baseless?: readonly number[] | null;
};

/**
 * The cause of an error: the record; a table definition that differs from the source's (`Misfit`); or a table that was altered
 * after its definition was read, so that the group must be written again.
 */
export type Cause = 'record' | 'altered' | Misfit;

/** A group in the staging tables of its transaction. Its records are numbered from 0 by ordinals. */
export interface Staged {
  /** The number of records. */
  readonly count: number;
  /** Whether a merge can delete rows before it writes them. */
  readonly canReplace: boolean;
  /** Whether later records depend on earlier ones, so that the group must be written again without any refused record. */
  readonly isOrdered: boolean;
  /**
   * Merges the records from `first` to `last` into their tables, all or none. After a failure the next call rolls it back.
   *
   * @param replacing deletes rows before it writes them, so that unique values can be swapped; only with `canReplace`.
   */
  merge(first: number, last: number, replacing: boolean): Promise<readonly MergeResult[]>;
  /**
   * Stores a colliding row as a deferred row, if a later event of it is certain to follow. Returns the same as `merge`, or
   * undefined if it did not defer the row and changed nothing.
   */
  deferRow(ordinal: number, error: unknown): Promise<readonly MergeResult[] | undefined>;
  /** Whether this partial update may find no row although nothing was lost. */
  mayMissRow(ordinal: number): Promise<boolean>;
  /** The cause of an error of the record with this ordinal, or of a group of records if null. */
  causeOf(error: unknown, ordinal: number | null): Promise<Cause>;
  /** Called after the last merge. Rolls it back if it failed. */
  end(): Promise<void>;
}

/** Writes the records of a group as rows. Calls for one session never overlap. */
export interface Rows<S, C extends FromRecord> {
  /** Prepares a new session, for example creates its staging tables. */
  open(session: S): Promise<void>;
  /** Within the transaction: copies the records of a group to staging tables, except for the excluded ones. */
  stage(session: S, group: readonly Batch<C>[], excluded: Excluded): Promise<Staged>;
  /** Dependencies between records, and on the definitions of tables; null if records are independent. */
  readonly dependencies: Dependencies<S, C> | null;
}

/** Claims whose next record does not fit the definition of its table, with this record. */
export type Unfit<C> = ReadonlyMap<Claim, { readonly record: C; readonly misfit: Misfit }>;

/** Dependencies between records, and on the definitions of tables. */
export interface Dependencies<S, C extends FromRecord> {
  /** Before the transaction: reads or creates the tables, and returns the first record of each claim that does not fit them. */
  prepare(session: S, group: readonly Batch<C>[]): Promise<Unfit<C>>;
  /** Within the transaction: returns the excluded records and all records that depend on them. */
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
