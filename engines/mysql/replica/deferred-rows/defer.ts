/** Defers a row that collided with another one in MySQL and MariaDB, or the rows that block it. */
import { rowToDefer } from '../../../sink/replica/deferred.ts';
import type { NumberedRecord, TableWork } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { isCollision } from '../../errors.ts';
import type { TableMerge } from '../merge/keyed-merge.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { lockAlone } from '../tables/locks.ts';
import { listed, type TargetTable } from '../tables/target-table.ts';
import { blockingPositions, blockingRows, deferImage, deferStanding } from './blocking-rows.ts';

/** The group whose records collide. */
export type Deferral = {
  readonly works: readonly TableWork<TargetTable>[];
  /** One for each work, in the same order. */
  readonly merges: readonly TableMerge[];
  /** Tables with deferred rows; the table of the record is added. */
  readonly deferring: Set<TargetTable>;
  /** Called for a table that cannot defer rows as it was known. It may have got a unique key since. */
  readonly forget: (table: TargetTable) => void;
};

/**
 * Within a savepoint: defers the record of an ordinal, because another row has taken over its value since, through another
 * partition (rule 22); or writes it after deferring the rows that block it, because they are from before a repeated snapshot
 * (rule 11). Returns counts as the merge does. Returns nothing if neither applies: then the caller rolls back.
 */
export async function deferCollision(
  session: Session,
  { works, merges, deferring, forget }: Deferral,
  ordinal: number,
  collision: unknown,
): Promise<readonly MergeResult[] | undefined> {
  const isItem = (one: NumberedRecord) => one.ordinal === ordinal;
  const index = works.findIndex(({ table, items }) => table.key.length > 0 && items.some(isItem));
  const [work, merge] = [works[index], merges[index]];
  const item = work?.items.find(isItem);
  if (!work || !merge || !item) return undefined;
  const { table } = work;
  if (!table.canDefer) {
    forget(table);
    return undefined;
  }
  const { images } = stagingNames(session, table);
  await session.run(`delete from ${images}`);
  const results = await merge(session, ordinal, ordinal, 'images');
  deferring.add(table);
  for (let by: unknown = collision; by !== undefined; ) {
    const blocking = await blockingRows(session, table, by);
    const deferred = blocking && rowToDefer(item.record.position, await blockingPositions(session, blocking));
    if (blocking === undefined || deferred === undefined) return undefined;
    if (deferred === 'incoming') {
      await deferImage(session, table, item);
      return results;
    }
    // The rows may belong to other lanes, which must see that they are deferred before they write the next events of these.
    await lockAlone(session, table);
    // A trigger of the target may keep a row from being deleted. It would block the image forever.
    if ((await deferStanding(session, table, item, blocking)) === 0) return undefined;
    by = await writeImage(session, table);
  }
  return results;
}

/** Writes the stored image. Returns the error if another row is in its way. */
async function writeImage(session: Session, table: TargetTable): Promise<unknown> {
  const columns = listed(table.columns.map(({ name }) => name));
  try {
    // The server undoes a failed statement alone.
    await session.run(
      `insert into ${table.qualified} (${columns}) select ${columns} from ${stagingNames(session, table).images}`,
    );
    return undefined;
  } catch (error) {
    if (!isCollision(error)) throw error;
    return error;
  }
}
