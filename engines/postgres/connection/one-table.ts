/** Rows of one table whose shape is known: the enrichment's way. Every event carries the whole row. */
import type pg from 'pg';
import type { Change } from '../../../pipeline/change.ts';
import type { TableShape } from '../../../schemas/table-shape.ts';
import type { Rows } from '../apply/rows.ts';
import { copyIncoming, copyText, createIncoming } from '../apply/sql/incoming.ts';
import { mergeStatement } from '../apply/sql/merge.ts';
import { copyInto } from '../load/copy.ts';

/** Writes to one table, through the stage table `incoming`. */
export function oneTable(table: TableShape): Rows<Change> {
  const merge = mergeStatement(table);
  return {
    async open(client: pg.Client): Promise<void> {
      await client.query(createIncoming(table));
    },
    async stage(client, group) {
      const count = group.reduce((sum, batch) => sum + batch.records.length, 0);
      if (count > 0) await copyInto(client, copyIncoming, copyText(group, table));
      return { count, merge };
    },
  };
}
