/** Merges staged rows after a savepoint, so that the staging tables and the merges before it survive a failed merge. */
import type { Round } from '../../../sink/replica/group-plan.ts';
import type { Cause, MergeResult, Staged } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { type Deferral, deferCollision } from '../deferred-rows/defer.ts';
import type { DirectMerge } from '../direct/direct-merge.ts';
import type { TableMerge } from './keyed-merge.ts';

/** The merge of one table. */
export type TableSteps = {
  /** Stages the rows of the table, before `merge` runs for the first time. */
  readonly stage: () => Promise<void>;
  readonly merge: TableMerge;
  /** The merge of the whole group without staged rows; null if the rows are not simple enough. */
  readonly direct: DirectMerge | null;
};

/** The tables of a group, and how to merge them. */
export type StagedGroup = Omit<Deferral, 'merges'> &
  Pick<Staged, 'count' | 'mayMissRow' | 'causeOf'> & {
    /** One for each work, in the same order. */
    readonly tables: readonly TableSteps[];
    readonly rounds: readonly Round[];
    /** Called when a direct merge has failed. */
    readonly onDirectFailed: () => void;
  };

/** Returns the staged group. Before `causeOf` runs, a failed merge is rolled back. */
export function stagedMerge(session: Session, group: StagedGroup): Staged {
  const { count, works, tables, rounds, deferring, forget, mayMissRow, causeOf, onDirectFailed } = group;
  const merges = tables.map(({ merge }) => merge);
  const staged = new Set<TableSteps>();
  let hasFailed = false;
  let mayBeDirect = tables.some(({ direct }) => direct !== null);

  const rollBack = async (): Promise<void> => {
    if (hasFailed) await session.run('rollback to savepoint merge');
    hasFailed = false;
  };

  const stage = async (table: TableSteps): Promise<void> => {
    if (staged.has(table)) return;
    await table.stage();
    staged.add(table);
  };

  /** Merges the whole group, directly where that is possible. After an error it returns undefined, and has changed nothing. */
  const tryDirect = async (): Promise<readonly MergeResult[] | undefined> => {
    // A rollback to the savepoint would also empty what was staged after it.
    for (const table of tables) if (table.direct === null) await stage(table);
    await session.run('savepoint merge');
    const results: MergeResult[] = [];
    hasFailed = true;
    try {
      for (const { direct, merge } of tables)
        results.push(...(await (direct === null ? merge(session, 0, count - 1, 'rows') : direct(session))));
      hasFailed = false;
      return results;
    } catch (error) {
      if (session.isGivenUp) throw error;
      // The other merge meets the same error if a record causes it, and finds out which one.
      onDirectFailed();
      await rollBack();
      return undefined;
    }
  };

  return {
    count,
    canReplace: true,
    // The steps of a table without a key depend on the records before them, so a parked record changes them.
    isOrdered: works.some(({ table }) => table.key.length === 0),
    mayMissRow,
    async merge(from, to, replacing) {
      await rollBack();
      if (mayBeDirect) {
        mayBeDirect = false;
        const results = await tryDirect();
        if (results !== undefined) return results;
      }
      for (const table of tables) await stage(table);
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
