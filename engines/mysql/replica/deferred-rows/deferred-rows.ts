/**
 * Deferred rows in MySQL and MariaDB (rule 22). Where a topic has several partitions, a row may arrive with a value that the source
 * has since given to another row, whose partition is ahead. The source had both rows one after the other, so a later event of the
 * deferred row is certain to follow in its own partition. Until then the row is kept, and it is the base of what that event leaves
 * unchanged.
 *
 * After a repeated snapshot, rows from before it may hold values that its rows need. Then those rows are deferred, until the snapshot
 * brings them again or they are known to be gone (rule 11).
 */
import type { DeferredRows } from '../../../bookkeeping.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { positionOf } from '../merge/guard-rows.ts';
import type { IndexedColumn } from '../merge/typed-rows.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { sameKey, type TargetTable } from '../tables/target-table.ts';
import { deferredTable, hasDeferredTable } from './deferred-table.ts';

/** Fills what the typed rows for which `hasBase` holds leave unchanged by their deferred rows. */
export async function fillFromDeferred(
  session: Session,
  table: TargetTable,
  columns: readonly IndexedColumn[],
  hasBase: string,
): Promise<void> {
  const { typed } = stagingNames(session, table);
  const set = columns
    .filter(({ column: { name } }) => !table.key.includes(name))
    .map(({ column: { name }, index }) => {
      const own = `w.${quoted(name)}`;
      return `${own} = if(find_in_set('${index}', w.sluice_unchanged), d.${quoted(name)}, ${own})`;
    });
  await session.run(
    `update ${typed} w straight_join ${deferredTable(session, table)} d on ${sameKey(table.key, 'd', 'w')}
     set ${['w.sluice_filled = 1', ...set].join(', ')}
     where w.sluice_unchanged is not null and ${hasBase} and ${positionOf('d')} < ${positionOf('w')}`,
  );
  await session.run(`update ${typed} set sluice_unchanged = null, sluice_filled = 0 where sluice_filled = 1`);
}

/** Deletes the deferred rows that have got a newer event. Runs when the typed rows are those that win. */
export async function deleteDeferred(session: Session, table: TargetTable): Promise<void> {
  const { typed } = stagingNames(session, table);
  await session.run(
    `delete d from ${typed} w straight_join ${deferredTable(session, table)} d on ${sameKey(table.key, 'd', 'w')}`,
  );
}

/** Deletes the deferred rows older than a position, given as a row of SQL. */
export async function deleteDeferredBelow(
  session: Session,
  table: Pick<TargetTable, 'name'>,
  floor: string,
): Promise<void> {
  if (!(await hasDeferredTable(session, table.name))) return;
  await session.run(
    `delete from ${deferredTable(session, table)} where (sluice_generation, sluice_major, sluice_minor) < ${floor}`,
  );
}

/** Counts the deferred rows of the topics that a pipeline reads. */
export async function readDeferredRows(session: Session, pipeline: string): Promise<readonly DeferredRows[]> {
  const tables = await session.rows<{ name: string }>(
    `select distinct t.table_name as name from ${session.own('checkpoint')} c join ${session.own('target')} t on t.topic = c.topic
     where c.pipeline = ? order by t.table_name`,
    [pipeline],
  );
  const found: DeferredRows[] = [];
  for (const { name } of tables) {
    if (!(await hasDeferredTable(session, name))) continue;
    const [row] = await session.rows<{ rows: string; since: string | null }>(
      `select count(*) as \`rows\`, min(d.sluice_deferred_at) as since from ${deferredTable(session, { name })} d
       join ${session.own('checkpoint')} c on c.topic = d.sluice_topic and c.\`partition\` = d.sluice_partition where c.pipeline = ?`,
      [pipeline],
    );
    if (row?.since)
      found.push({ table: name, rows: Number(row.rows), since: new Date(`${row.since.replace(' ', 'T')}Z`) });
  }
  return found;
}
