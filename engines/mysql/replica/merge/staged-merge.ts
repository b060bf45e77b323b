/** Merges staged rows after a savepoint, so that the staging tables and the merges before it survive a failed merge. */
import type { Round } from '../../../sink/replica/group-plan.ts';
import type { Cause, MergeResult, Staged } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { type Deferral, deferCollision } from '../deferred-rows/defer.ts';

/** The staged rows of a group, and how to merge them. */
export type StagedGroup = Deferral &
  Pick<Staged, 'count' | 'mayMissRow' | 'causeOf'> & {
    readonly rounds: readonly Round[];
  };

/** Returns the staged group. Before `causeOf` runs, a failed merge is rolled back. */
export function stagedMerge(session: Session, group: StagedGroup): Staged {
  const { count, works, merges, rounds, deferring, forget, mayMissRow, causeOf } = group;
  let hasFailed = false;

  const rollBack = async (): Promise<void> => {
    if (hasFailed) await session.run('rollback to savepoint merge');
    hasFailed = false;
  };

  return {
    count,
    canReplace: true,
    // The steps of a table without a key depend on the records before them, so a parked record changes them.
    isOrdered: works.some(({ table }) => table.key.length === 0),
    mayMissRow,
    async merge(from, to, replacing) {
      await rollBack();
      await session.run('savepoint merge');
      const results: MergeResult[] = [];
      hasFailed = true;
      for (const { first, last } of rounds) {
        const [a, b] = [Math.max(from, first), Math.min(to, last)];
        if (a > b) continue;
        for (const merge of merges) results.push(...(await merge(session, a, b, replacing ? 'replaced' : 'rows')));
      }
      hasFailed = false;
      return results;
    },
    async deferRow(ordinal, error) {
      await rollBack();
      await session.run('savepoint merge');
      hasFailed = true;
      const results = await deferCollision(session, { works, merges, deferring, forget }, ordinal, error);
      if (results === undefined) await rollBack();
      hasFailed = false;
      return results;
    },
    async causeOf(error, ordinal): Promise<Cause> {
      await rollBack();
      return await causeOf(error, ordinal);
    },
    end: rollBack,
  };
}
