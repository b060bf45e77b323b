/**
 * The guarded merge from `incoming` into the table: per key the newest position of the range wins, and it is written
 * only when it is newer than what is known of the key (promise 3). Equal positions are duplicates: the first stays.
 */
import type { TableShape } from '../../../../schemas/table-shape.ts';
import { mergeByGuardTable } from '../../guards/guard-merge.ts';
import { mergeByRow } from './row-merge.ts';

/**
 * A merge of the rows with ordinals in [first, last], as SQL of one or more statements, any of which may answer rows of
 * `MergeAnswer`. `replacing`: rows are taken away before they are written, so that unique values can change places; only
 * asked for where a merge says that it can.
 */
export type MergeStatement = (first: number, last: number, replacing?: boolean) => string;

/** What became of a batch, or a part of it; lists are null or absent when empty. */
export type MergeAnswer = {
  /** Number of the batch. */
  readonly batch: number;
  /** Records applied. */
  readonly applied: number;
  /** Ordinals older than what is still remembered of deleted keys: to be parked. */
  readonly stale?: readonly number[] | null;
  /** Ordinals that leave columns of a row unchanged that is not there. To be parked, and the group merged without them. */
  readonly baseless?: readonly number[] | null;
};

/** Builds the merge for a table, by the way its keys are guarded. */
export const mergeStatement = (table: TableShape): MergeStatement =>
  table.guard.kind === 'table' ? mergeByGuardTable(table) : mergeByRow(table, table.guard.columns);
