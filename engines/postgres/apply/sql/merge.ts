/**
 * The guarded merge from `incoming` into the table: per key the newest position of the range wins, and it is written
 * only when it is newer than what is known of the key (promise 3). Equal positions are duplicates: the first stays.
 */
import type { TableShape } from '../../../../schemas/table-shape.ts';
import { mergeByGuardTable } from '../../guards/guard-merge.ts';
import type { MergeStatement } from '../staged-merge.ts';
import { mergeByRow } from './row-merge.ts';

/** Builds the merge for a table, by the way its keys are guarded. */
export const mergeStatement = (table: TableShape): MergeStatement =>
  table.guard.kind === 'table' ? mergeByGuardTable(table) : mergeByRow(table, table.guard.columns);
