/**
 * The guarded merge from `incoming` into the table: per key the newest position of the range wins, and it is written
 * only when it is newer than what is known of the key (promise 3). Equal positions are duplicates: the first stays.
 */
import type { TableShape } from '../../../schemas/table-shape.ts';
import { mergeByGuardTable } from './guard-merge.ts';
import { mergeByRow } from './row-merge.ts';

/**
 * A merge of the rows with ordinals in [first, last], as SQL of one or more statements. The last answers rows of
 * `{ batch, applied, stale }`: batch number, records applied, and the ordinals older than what is still remembered of
 * deleted keys, which are to be parked (null or absent when there are none).
 */
export type MergeStatement = (first: number, last: number) => string;

/** Builds the merge for a table, by the way its keys are guarded. */
export const mergeStatement = (table: TableShape): MergeStatement =>
  table.guard.kind === 'table' ? mergeByGuardTable(table) : mergeByRow(table, table.guard.columns);
