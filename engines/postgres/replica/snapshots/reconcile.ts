/**
 * Reconciles a table with a repeated snapshot (rule 11). The snapshot contains the rows that exist, but there is no
 * event for rows that were deleted while nothing was captured: these are the rows that still have a former generation.
 */
import pg from 'pg';
import { parseTableName } from '../../../../schemas/table-name.ts';
import type { AfterResnapshot, FormerRows, SnapshotStore } from '../../../sink/replica/snapshots.ts';
import { readRelations } from '../../catalogue/read.ts';
import { inTransaction } from '../../connection/connection.ts';
import { sameKey } from '../../guards/guard-merge.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { deleteDeferredBelow } from '../deferred-rows/deferred-rows.ts';
import { type TargetTable, targetTable } from '../tables/target-table.ts';
import { noteReconciled, readProgress, readSnapshotStates } from './snapshot-states.ts';

/** Counts these rows, and deletes them where that is wanted. Their keys stay guarded. */
async function reconcileRows(
  client: pg.Client,
  table: Pick<TargetTable, 'name' | 'key' | 'only'>,
  { topic, generation, since }: FormerRows,
  what: AfterResnapshot,
): Promise<number> {
  const guard = guardTable(table.name);
  // The minor part of a position is twice its LSN, plus 1 for a create. The major part is above the LSN of the commit before:
  // it tells a change after the snapshot in a transaction that began before it.
  const later =
    since === null ? '' : ` and not (g.sluice_minor >= ${since}::bigint * 2 or g.sluice_major > ${since}::bigint)`;
  const isFormer = `not g.sluice_deleted and g.sluice_generation < ${generation}${later}`;
  if (what === 'keep') {
    const found = await client.query<{ n: number }>(
      `select count(*)::integer as n from ${guard} g join ${table.only} t on ${sameKey(table.key, 't', 'g')} where ${isFormer}`,
    );
    return found.rows[0]?.n ?? 0;
  }
  return await inTransaction(client, async () => {
    // Locks the keys: a writer with an event of one waits here, and compares it with the updated guard row afterwards.
    await client.query(`select from ${guard} g where ${isFormer} for update`);
    const deleted = await client.query(
      `delete from ${table.only} t using ${guard} g where ${sameKey(table.key, 't', 'g')} and ${isFormer}`,
    );
    await client.query(deleteDeferredBelow(table, `(${generation}, 0::bigint, 0::bigint)`));
    await client.query(
      `update ${guard} g set sluice_deleted = true, sluice_deleted_at = clock_timestamp(), sluice_topic = ${pg.escapeLiteral(topic)}
       where ${isFormer}`,
    );
    return deleted.rowCount ?? 0;
  });
}

/** Deletes all rows of a table without a key and returns how many; only counts them where they are kept. */
async function reconcileAllRows(client: pg.Client, { only }: TargetTable, what: AfterResnapshot): Promise<number> {
  if (what === 'delete') return (await client.query(`delete from ${only}`)).rowCount ?? 0;
  const { rows } = await client.query<{ n: number }>(`select count(*)::integer as n from ${only}`);
  return rows[0]?.n ?? 0;
}

/** A table of the target by its name in `sluice.target`; undefined if it is gone. */
async function findTarget(client: pg.Client, name: string): Promise<TargetTable | undefined> {
  const table = parseTableName(name);
  const found = table && (await readRelations(client, [table.schema])).find((one) => one.name === table.name);
  return found && targetTable(found, 0, 'lsn', () => undefined);
}

/** Reads and settles rows from before repeated snapshots in PostgreSQL. */
export const snapshotStore: SnapshotStore<pg.Client, TargetTable> = {
  readStates: readSnapshotStates,
  readProgress,
  findTarget,
  reconcileRows,
  reconcileAllRows,
  noteReconciled,
};
