/**
 * The guarded merge from `incoming` into the table. The newest position of each key in the range wins. It is written only
 * if it is newer than the stored position of the key (promise 3). Of equal positions, which are duplicates, the first wins.
 */
import type { TableShape } from '../../../../schemas/table-shape.ts';
import { mergeByGuardTable } from '../../guards/guard-merge.ts';
import type { MergeStatement } from '../staged-merge.ts';
import { mergeByRow } from './row-merge.ts';

/** Builds the merge for a table, by the kind of its guard. */
export const mergeStatement = (table: TableShape): MergeStatement =>
  table.guard.kind === 'table' ? mergeByGuardTable(table) : mergeByRow(table, table.guard.columns);
