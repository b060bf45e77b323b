/** Defers a row that collided with another one, or the rows that block it. */
import type pg from 'pg';
import { mergeContentOf, type NumberedRecord, type TableWork } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import { isCollision } from '../../apply/refusal.ts';
import { guardRows } from '../merge/keyed-merge.ts';
import { replaceRows } from '../merge/replace-rows.ts';
import { beforeMerge, rangeOf } from '../merge/table-merge.ts';
import { exclusiveLock } from '../tables/locks.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { deferStanding, type Refused, rowToDeferBy } from './blocking-rows.ts';
import { deferImage, deleteDeferred } from './deferred-rows.ts';

/** The group whose records collide. */
export type Deferral = {
  readonly pipeline: string;
  readonly works: readonly TableWork<TargetTable>[];
  /** Tables with deferred rows; the table of the record is added. */
  readonly deferring: Set<TargetTable>;
};

/**
 * Within a savepoint: defers the record of an ordinal, because another row has taken over its value since, through another
 * partition (rule 22); or writes it after deferring the rows that block it, because they are from before a repeated snapshot
 * (rule 11). Returns counts as the merge does, or nothing if neither applies.
 */
export async function deferCollision(
  client: pg.Client,
  { pipeline, works, deferring }: Deferral,
  ordinal: number,
  refused: Refused,
): Promise<readonly MergeResult[] | undefined> {
  const isItem = (one: NumberedRecord) => one.ordinal === ordinal;
  const work = works.find(({ table, items }) => table.key.length > 0 && items.some(isItem));
  const item = work?.items.find(isItem);
  if (!work || !item) return undefined;
  const { table } = work;
  const range = rangeOf(ordinal, ordinal);
  const [store, remove, write, clear] = replaceRows(table, mergeContentOf(work), range);
  const before = beforeMerge(work, { pipeline, deferring }, ordinal, ordinal);
  const statements = [...before, guardRows(table)(range), store, deleteDeferred(table, range), remove].join(';\n');
  const responses = (await client.query(statements)) as unknown as pg.QueryResult<MergeResult>[];
  const results = responses.flatMap(({ rows }) => rows);
  deferring.add(table);
  for (let by: Refused | undefined = refused; by !== undefined; ) {
    const deferred = await rowToDeferBy(client, table, item.record.position, by);
    if (deferred === undefined) return undefined;
    if (deferred === 'incoming') {
      await client.query(`${deferImage(table, item)}; ${clear}`);
      return results;
    }
    // The rows may belong to other lanes, which must see that they are deferred before they write the next events of these.
    await client.query(exclusiveLock(table.name));
    // A trigger of the target may keep a row from being deleted. It would block the image forever.
    if ((await deferStanding(client, table, item, by)) === 0) return undefined;
    by = await collisionOf(client, `${write}; ${clear}`);
  }
  return results;
}

/** Runs statements, and returns which constraint they violate because of another row. */
async function collisionOf(client: pg.Client, sql: string): Promise<Refused | undefined> {
  await client.query('savepoint written');
  try {
    await client.query(`${sql}; release savepoint written`);
    return undefined;
  } catch (error) {
    if (!isCollision(error)) throw error;
    await client.query('rollback to savepoint written; release savepoint written');
    return error as Refused;
  }
}
