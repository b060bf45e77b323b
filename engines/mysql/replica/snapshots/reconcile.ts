/**
 * Finds and deletes the rows that a repeated snapshot does not contain (rule 11): the snapshot contains the rows that exist, but
 * there is no event for rows that were deleted while nothing was captured. Their guard rows still have a former generation.
 *
 * A row without a guard row was loaded, and no event of it has arrived since. A snapshot would have brought it.
 */
import { parseTableName } from '../../../../schemas/table-name.ts';
import type { AfterResnapshot, FormerRows, SnapshotStore } from '../../../sink/replica/snapshots.ts';
import { inTransaction } from '../../connection/open-session.ts';
import type { Session } from '../../connection/session.ts';
import { deleteDeferredBelow } from '../deferred-rows/deferred-rows.ts';
import { lockAlone } from '../tables/locks.ts';
import { guardTable } from '../tables/own-tables.ts';
import { readTable } from '../tables/read-table.ts';
import { sameKey, type TargetTable } from '../tables/target-table.ts';
import { noteReconciled, readProgress, readSnapshotStates } from './snapshot-states.ts';

/** A table as its rows are found and deleted. */
type Reconciled = Pick<TargetTable, 'name' | 'key' | 'qualified'>;

/** The condition that a guard row `g` is of a row that the snapshot does not contain. */
function isFormer({ generation, since }: FormerRows): string {
  // The minor part of a position is twice its LSN, plus 1 for a create. The major part is above the LSN of the commit before:
  // it tells a change after the snapshot in a transaction that began before it.
  const later =
    since === null ? '' : ` and not (g.sluice_minor >= ${BigInt(since) * 2n} or g.sluice_major > ${BigInt(since)})`;
  return `not g.sluice_deleted and g.sluice_generation < ${generation}${later}`;
}

/** Counts these rows, and deletes them where that is wanted. Their keys stay guarded. */
async function reconcileRows(
  session: Session,
  table: Reconciled,
  former: FormerRows,
  what: AfterResnapshot,
): Promise<number> {
  const guard = guardTable(session, table);
  const rows = `from ${table.qualified} t left join ${guard} g on ${sameKey(table.key, 'g', 't')}
    where g.sluice_major is null or (${isFormer(former)})`;
  if (what === 'keep') return await countOf(session, rows);
  return await inTransaction(session, async () => {
    // A writer with an event of one of the keys waits here, and compares it with the updated guard row afterwards.
    await lockAlone(session, table);
    const deleted = await session.run(`delete t ${rows}`);
    await deleteDeferredBelow(session, table, `(${former.generation}, 0, 0)`);
    // It is not known from which partition the rows came. Their events are below the highest offset that was read.
    await session.run(
      `update ${guard} g set g.sluice_deleted = 1, g.sluice_deleted_at = utc_timestamp(6), g.sluice_topic = ?,
         g.sluice_partition = null, g.sluice_record_key = null,
         g.sluice_offset = (select max(c.next_offset) - 1 from ${session.own('checkpoint')} c where c.topic = ?)
       where ${isFormer(former)}`,
      [former.topic, former.topic],
    );
    return deleted.rows;
  });
}

/** Deletes all rows of a table without a key and returns how many; only counts them where they are kept. */
async function reconcileAllRows(session: Session, { qualified }: Reconciled, what: AfterResnapshot): Promise<number> {
  if (what === 'keep') return await countOf(session, `from ${qualified}`);
  return (await session.run(`delete from ${qualified}`)).rows;
}

async function countOf(session: Session, rows: string): Promise<number> {
  const [[count] = []] = await session.cells(`select count(*) ${rows}`);
  return Number(count);
}

/** A table of the target by its name in `sluice.target`; undefined if it is gone. */
async function findTarget(
  session: Session,
  name: string,
  databaseOf: (schema: string) => string,
): Promise<TargetTable | undefined> {
  const at = parseTableName(name);
  const found = at && (await readTable(session, databaseOf(at.schema), at.name));
  return found && { ...found, name, at, number: 0, orderBy: 'lsn' };
}

/** Reads and settles rows from before repeated snapshots. `databaseOf` returns the database of the tables of a source schema. */
export const snapshotStore = (databaseOf: (schema: string) => string): SnapshotStore<Session, TargetTable> => ({
  readStates: readSnapshotStates,
  readProgress,
  findTarget: (session, name) => findTarget(session, name, databaseOf),
  reconcileRows,
  reconcileAllRows,
  noteReconciled,
});
