/** Merges staged rows after a savepoint, so that the staging tables and the merges before it survive a failed merge. */
import type { Round, TableWork } from '../../../sink/replica/group-plan.ts';
import type { Cause, MergeResult, Staged } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import type { TargetTable } from '../tables/target-table.ts';
import type { TableMerge } from './keyed-merge.ts';

/** The staged rows of a group, and how to merge them. */
export type StagedGroup = Pick<Staged, 'count' | 'mayMissRow' | 'causeOf'> & {
  readonly works: readonly TableWork<TargetTable>[];
  /** One for each work, in the same order. */
  readonly merges: readonly TableMerge[];
  readonly rounds: readonly Round[];
};

/** Returns the staged group. Before `causeOf` runs, a failed merge is rolled back. */
export function stagedMerge(session: Session, group: StagedGroup): Staged {
  const { count, works, merges, rounds, mayMissRow, causeOf } = group;
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
        for (const merge of merges) results.push(...(await merge(session, a, b, replacing)));
      }
      hasFailed = false;
      return results;
    },
    // Not in this version: a row whose unique value another row has is retried after the other partitions, and then parked.
    deferRow: async () => undefined,
    async causeOf(error, ordinal): Promise<Cause> {
      await rollBack();
      return await causeOf(error, ordinal);
    },
    end: rollBack,
  };
}
