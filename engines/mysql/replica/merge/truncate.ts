/**
 * TRUNCATE of a table with a key. It has no key itself and is in one partition, while events before and after it are in others. So it
 * deletes the rows older than itself and leaves a floor, below which events change nothing (rule 23).
 */
import type { Truncate } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { deleteDeferredBelow } from '../deferred-rows/deferred-rows.ts';
import { guardTable } from '../tables/own-tables.ts';
import { sameKey, type TargetTable } from '../tables/target-table.ts';
import { positionOf } from './guard-rows.ts';

/** Deletes all rows older than the TRUNCATE. Runs before the newer rows of the range are merged. */
export async function truncateBelow(
  session: Session,
  table: TargetTable,
  { batch, position: { generation, major, minor } }: Truncate,
): Promise<MergeResult> {
  const guard = guardTable(session, table);
  const floor = `(${generation}, ${major}, ${minor})`;
  const moved = await session.run(
    `update ${session.own('target')} set floor_generation = ${generation}, floor_major = ${major}, floor_minor = ${minor}
     where table_name = ? and (floor_major is null or (floor_generation, floor_major, floor_minor) < ${floor})`,
    [table.name],
  );
  await session.run(
    `delete t from ${table.qualified} t left join ${guard} g on ${sameKey(table.key, 'g', 't')} and ${positionOf('g')} > ${floor}
     where g.sluice_major is null`,
  );
  await deleteDeferredBelow(session, table, floor);
  await session.run(`delete from ${guard} where (sluice_generation, sluice_major, sluice_minor) < ${floor}`);
  return { batch, applied: moved.rows };
}
