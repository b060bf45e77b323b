/**
 * Merges staged rows behind a savepoint, so that the staging tables survive a refused merge. Each attempt is one message:
 * what a failed one leaves behind is cleared by the next message, which saves a round trip.
 */
import type pg from 'pg';
import type { Cause, MergeAnswer, Staged } from '../../sink/rows.ts';

/** SQL of one or more statements that merge the ordinals from `first` to `last`; any of them may answer `MergeAnswer`s. */
export type MergeStatement = (first: number, last: number, replacing?: boolean) => string;

/** What is staged, and how it is merged. Rows of one table by themselves need nothing but the first two. */
export type StagedRows = Pick<Staged, 'count'> & { readonly merge: MergeStatement } & Partial<
    Pick<Staged, 'canReplace' | 'isOrdered' | 'mayMissRow' | 'causeOf' | 'deferRow'>
  >;

const clearAway = 'rollback to savepoint merge; release savepoint merge; ';

/** The staged rows of a transaction. `deferRow` and `causeOf` find the staging tables as they were before the merge. */
export function stagedMerge(client: pg.Client, rows: StagedRows): Staged {
  const { count, canReplace = false, isOrdered = false, mayMissRow = async () => false, causeOf, deferRow } = rows;
  let clear = '';

  const merge = async (first: number, last: number, replacing: boolean): Promise<readonly MergeAnswer[]> => {
    // The savepoint is released, so that a long bisection does not pile savepoints up. Deferred constraints are checked
    // here, where a bad row can be found, and not by COMMIT, where it cannot (rule 22).
    const sql = `${clear}savepoint merge; ${rows.merge(first, last, replacing)}; set constraints all immediate; release savepoint merge`;
    clear = clearAway;
    const results = (await client.query(sql)) as unknown as pg.QueryResult<MergeAnswer>[];
    clear = '';
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
      await client.query(`${clear}savepoint merge`);
      clear = clearAway;
      const answers = await deferRow(ordinal, error);
      if (answers === undefined) return undefined;
      await client.query('set constraints all immediate; release savepoint merge');
      clear = '';
      return answers;
    },
    async causeOf(error, ordinal): Promise<Cause> {
      if (!causeOf) return 'record';
      if (clear !== '') {
        // A message that the server could not even parse has set no savepoint.
        await client.query(clear).catch(() => Promise.reject(error));
        clear = '';
      }
      return await causeOf(error, ordinal);
    },
    async end() {
      if (clear !== '') await client.query(clear);
      clear = '';
    },
  };
}
