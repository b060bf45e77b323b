/**
 * Merges staged rows after a savepoint, so that the staging tables survive a failed merge. Each attempt is one message to the
 * server. The next message also rolls the failed attempt back, which saves a round trip.
 */
import type pg from 'pg';
import type { Cause, MergeResult, Staged } from '../../sink/rows.ts';

/** Returns one or more SQL statements that merge the ordinals from `first` to `last`. Each may return rows of `MergeResult`. */
export type MergeStatement = (first: number, last: number, replacing?: boolean) => string;

/** The staged rows, and how to merge them. For independent rows of one table, `count` and `merge` suffice. */
export type StagedRows = Pick<Staged, 'count'> & { readonly merge: MergeStatement } & Partial<
    Pick<Staged, 'canReplace' | 'isOrdered' | 'mayMissRow' | 'causeOf' | 'deferRow'>
  >;

const rollBack = 'rollback to savepoint merge; release savepoint merge; ';

/** Returns the staged group. Before `deferRow` and `causeOf` run, a failed merge is rolled back. */
export function stagedMerge(client: pg.Client, rows: StagedRows): Staged {
  const { count, canReplace = false, isOrdered = false, mayMissRow = async () => false, causeOf, deferRow } = rows;
  /** SQL at the start of the next message: rolls a failed attempt back. */
  let rollBackFirst = '';

  const merge = async (first: number, last: number, replacing: boolean): Promise<readonly MergeResult[]> => {
    // The release keeps the number of savepoints small in a long bisection. Deferred constraints are checked here, because
    // the bad row could no longer be found at COMMIT (rule 22).
    const sql = `${rollBackFirst}savepoint merge; ${rows.merge(first, last, replacing)}; set constraints all immediate; release savepoint merge`;
    rollBackFirst = rollBack;
    const results = (await client.query(sql)) as unknown as pg.QueryResult<MergeResult>[];
    rollBackFirst = '';
    return results.flatMap((result) => result.rows);
  };

  return {
    count,
    canReplace,
    isOrdered,
    merge,
    mayMissRow,
    async deferRow(ordinal, error) {
      if (!deferRow) return undefined;
      await client.query(`${rollBackFirst}savepoint merge`);
      rollBackFirst = rollBack;
      const results = await deferRow(ordinal, error);
      if (results === undefined) return undefined;
      await client.query('set constraints all immediate; release savepoint merge');
      rollBackFirst = '';
      return results;
    },
    async causeOf(error, ordinal): Promise<Cause> {
      if (!causeOf) return 'record';
      if (rollBackFirst !== '') {
        // If the message had a syntax error, there is no savepoint to roll back to.
        await client.query(rollBackFirst).catch(() => Promise.reject(error));
        rollBackFirst = '';
      }
      return await causeOf(error, ordinal);
    },
    async end() {
      if (rollBackFirst !== '') await client.query(rollBackFirst);
      rollBackFirst = '';
    },
  };
}
