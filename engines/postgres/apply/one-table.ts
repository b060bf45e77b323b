/** Rows of one table with a known shape, for the enrichment. Every event carries the whole row. */
import type pg from 'pg';
import type { Change } from '../../../pipeline/change.ts';
import type { TableShape } from '../../../schemas/table-shape.ts';
import type { Rows } from '../../sink/rows.ts';
import { copyInto } from '../load/copy.ts';
import { copyIncoming, copyText, createIncoming } from './sql/incoming.ts';
import { mergeStatement } from './sql/merge.ts';
import { type MergeStatement, stagedMerge } from './staged-merge.ts';

/**
 * Writes to one table, through the staging table `incoming`.
 *
 * @param merge keeps promise 3: an old position never overwrites a new one. Fault tests pass an unguarded merge.
 */
export const oneTable = (
  table: TableShape,
  merge: MergeStatement = mergeStatement(table),
): Rows<pg.Client, Change> => ({
  dependencies: null,
  async open(client) {
    await client.query(createIncoming(table));
  },
  async stage(client, group) {
    const count = group.reduce((sum, batch) => sum + batch.records.length, 0);
    if (count > 0) await copyInto(client, copyIncoming, copyText(group, table));
    return stagedMerge(client, { count, merge });
  },
});
