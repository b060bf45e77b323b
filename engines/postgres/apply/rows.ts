/**
 * How the records of a group become rows: what differs between one known table and any number of replicated ones. The
 * transaction around it, the letters and the checkpoints are the sink's.
 */
import type pg from 'pg';
import type { Batch, Claim } from '../../../pipeline/batch.ts';
import type { FromRecord, RawRecord } from '../../../pipeline/change.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import type { Rejection } from '../../../schemas/rejection.ts';
import type { MergeAnswer, MergeStatement } from './sql/merge.ts';

/** Records of a group that are not to be written, by the record. */
export type Excluded = ReadonlyMap<RawRecord, Rejection>;

/** What the database says of a row that it refused, as far as it names a constraint or a unique index. */
export type Refused = { readonly schema?: string; readonly constraint?: string };

/** What the stage tables hold, and how it gets into the tables. Ordinals count the records of the group from 0. */
export type Staged = {
  readonly count: number;
  /** Answers as applied only records that are not left out. */
  readonly merge: MergeStatement;
  /** Whether the merge can take rows away before it writes them. */
  readonly canReplace?: boolean;
  /**
   * Within a savepoint: puts a record that collided with another row aside instead of writing it, where a later event of
   * its row is certain to follow. Answers as the merge does, or nothing where it does not apply.
   */
  readonly holdBack?: (ordinal: number, refused: Refused) => Promise<readonly MergeAnswer[] | undefined>;
  /** Whether it is no fault that a record finds no row to leave columns of unchanged. */
  readonly mayMissRow?: (ordinal: number) => Promise<boolean>;
  /** Whether all has to be done again without a refused record, whatever it is. */
  readonly redo?: boolean;
  /** Within the transaction: whether a definition is at fault that an error came of, or the row of this ordinal. */
  readonly blame?: (error: unknown, ordinal: number | null) => Promise<Blame>;
};

/**
 * What an error comes of: the record itself; a definition that differs from that of the source; or that a table was
 * altered since it was last looked at, so that everything is to be tried again.
 */
export type Blame = 'record' | 'altered' | Misfit;

/** Claims whose next record does not fit the definition of its table, with that record. */
export type Unfit<C> = ReadonlyMap<Claim, { readonly record: C; readonly misfit: Misfit }>;

/** One way of writing rows. Calls for one session never overlap. */
export interface Rows<C extends FromRecord> {
  /** Makes what a new session needs. */
  open(client: pg.Client): Promise<void>;
  /**
   * Makes sure of the tables, before the transaction begins, and answers what cannot be written to them. Absent where
   * nothing is to be made sure of.
   */
  prepare?(client: pg.Client, group: readonly Batch<C>[]): Promise<Unfit<C>>;
  /**
   * Within the transaction: records that cannot be applied because others were not, those given among them. Absent where
   * every record stands for itself.
   */
  withDependents?(client: pg.Client, group: readonly Batch<C>[], excluded: Excluded): Promise<Excluded>;
  /**
   * Whether a refused record is to be tried again when the other partitions of its topic have come as far. Absent where
   * partitions do not depend on each other.
   */
  waits?(client: pg.Client, claim: Claim, record: C, rejection: Rejection): Promise<boolean>;
  /** Whether a record's row is deliberately not written, so that it counts as filtered. Absent where every row is. */
  isLeftOut?(record: C): boolean;
  /** Within the transaction: sends the records of a group to the stage tables, all but the excluded ones. */
  stage(client: pg.Client, group: readonly Batch<C>[], excluded: Excluded): Promise<Staged>;
}
