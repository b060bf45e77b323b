/**
 * How the records of a group become rows: this differs between one known table and any number of replicated ones. The
 * transaction around them, dead letters and checkpoints belong to the sink.
 */
import type { Batch, Claim, SourceProgress } from '../../pipeline/batch.ts';
import type { FromRecord, Position, RawRecord } from '../../pipeline/change.ts';
import type { Misfit } from '../../pipeline/misfit.ts';
import type { Rejection } from '../../schemas/rejection.ts';

/** Records of a group that must not be written, and why. */
export type Excluded = ReadonlyMap<RawRecord, Rejection>;

/** What a merge did with the records of one batch, or of a part of it. */
export type MergeAnswer = {
  /** Index of the batch in its group. */
  readonly batch: number;
  /** Records applied, without those that are left out deliberately. */
  readonly applied: number;
  /** Ordinals older than the deletions that are still remembered: to be parked. Null or absent when there are none. */
  readonly stale?: readonly number[] | null;
  /** Ordinals that leave columns of a row unchanged that does not exist. The group must be merged again without them. */
  readonly baseless?: readonly number[] | null;
};

/**
 * What caused an error: the record; the definition of its table, which differs from that of the source; or a table that
 * was altered after it was last read, so that the group must be written again.
 */
export type Cause = 'record' | 'altered' | Misfit;

/** A group in the staging tables of its transaction. Ordinals number all its records from 0. */
export interface Staged {
  readonly count: number;
  /** Whether a merge can delete rows before it writes them. */
  readonly canReplace: boolean;
  /** Whether the group must be written again without a refused record, whatever the reason. */
  readonly isOrdered: boolean;
  /**
   * Merges the records from `first` to `last` into their tables. All of them or none: what an error leaves behind is gone
   * before the next statement.
   *
   * @param replacing deletes rows before they are written, so that unique values can change places; only where `canReplace`.
   */
  merge(first: number, last: number, replacing: boolean): Promise<readonly MergeAnswer[]>;
  /**
   * Keeps a row that collided with another one as a deferred row, where a later event of it is certain to follow. Answers
   * like `merge`, or undefined where it does not apply and nothing was done.
   */
  deferRow(ordinal: number, error: unknown): Promise<readonly MergeAnswer[] | undefined>;
  /** Whether it is expected that a record finds no row to leave columns of unchanged. */
  mayMissRow(ordinal: number): Promise<boolean>;
  /** What caused an error: of the record with this ordinal, or, where it is null, of a group of them. */
  causeOf(error: unknown, ordinal: number | null): Promise<Cause>;
  /** Called after the last merge: clears what a failed one left behind. */
  end(): Promise<void>;
}

/** One way to write rows. Calls for one session never overlap. */
export interface Rows<S, C extends FromRecord> {
  /** Makes what a new session needs. */
  open(session: S): Promise<void>;
  /** Within the transaction: sends the records of a group to staging tables, without the excluded ones. */
  stage(session: S, group: readonly Batch<C>[], excluded: Excluded): Promise<Staged>;
  /** How records depend on each other and on the definitions of tables; null where each can be written by itself. */
  readonly dependencies: Dependencies<S, C> | null;
}

/** Claims whose next record does not fit the definition of its table, with that record. */
export type Unfit<C> = ReadonlyMap<Claim, { readonly record: C; readonly misfit: Misfit }>;

/** How records depend on each other and on the definitions of tables. */
export interface Dependencies<S, C extends FromRecord> {
  /** Before the transaction: reads or makes the tables, and answers which records cannot be written to them. */
  prepare(session: S, group: readonly Batch<C>[]): Promise<Unfit<C>>;
  /** Within the transaction: the excluded records, and those that cannot be applied without them. */
  withDependents(session: S, group: readonly Batch<C>[], excluded: Excluded): Promise<Excluded>;
  /** Whether a refused record must be tried again when the other partitions of its topic have caught up with it. */
  mustWait(session: S, claim: Claim, record: C, rejection: Rejection): Promise<boolean>;
  /** Whether the row of a record is deliberately not written, so that the record counts as filtered. */
  isLeftOut(record: C): boolean;
  /** The position of a record at its source. */
  positionOf(record: C): Position;
  /** How far the partition of a record has come at its source with it. */
  progressAt(record: C): SourceProgress;
}
