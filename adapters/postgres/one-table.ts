/** Rows of one table whose shape is known: the enrichment's way. Every event carries the whole row. */
import type pg from 'pg';
import type { Change } from '../../pipeline/change.ts';
import type { TableShape } from '../../schemas/table-shape.ts';
import { copyInto } from './copy.ts';
import type { Rows } from './rows.ts';
import { copyIncoming, copyText, createIncoming } from './sql/incoming.ts';
import { mergeStatement } from './sql/merge.ts';

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
