/**
 * Merges staged rows after a savepoint, so that the staging tables survive a refused merge. Each attempt is one message.
 * The next message rolls a failed attempt back, which saves a round trip.
 */
import type pg from 'pg';
import type { Cause, MergeAnswer, Staged } from '../../sink/rows.ts';

/** SQL of one or more statements that merge the ordinals from `first` to `last`. Each may return `MergeAnswer`s. */
export type MergeStatement = (first: number, last: number, replacing?: boolean) => string;

/** The staged rows, and how to merge them. Independent rows of one table need only `count` and `merge`. */
export type StagedRows = Pick<Staged, 'count'> & { readonly merge: MergeStatement } & Partial<
    Pick<Staged, 'canReplace' | 'isOrdered' | 'mayMissRow' | 'causeOf' | 'deferRow'>
  >;

const rollBack = 'rollback to savepoint merge; release savepoint merge; ';

/** The staged rows of a transaction. `deferRow` and `causeOf` run with the staging tables from before the merge. */
export function stagedMerge(client: pg.Client, rows: StagedRows): Staged {
  const { count, canReplace = false, isOrdered = false, mayMissRow = async () => false, causeOf, deferRow } = rows;
  /** Rolls a failed attempt back, at the beginning of the next message. */
  let clear = '';

  const merge = async (first: number, last: number, replacing: boolean): Promise<readonly MergeAnswer[]> => {
    // Releasing keeps the number of savepoints small in a long bisection. Deferred constraints are checked here, because
    // at COMMIT a bad row could not be found any more (rule 22).
    const sql = `${clear}savepoint merge; ${rows.merge(first, last, replacing)}; set constraints all immediate; release savepoint merge`;
    clear = rollBack;
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
      clear = rollBack;
      const answers = await deferRow(ordinal, error);
      if (answers === undefined) return undefined;
      await client.query('set constraints all immediate; release savepoint merge');
      clear = '';
      return answers;
    },
    async causeOf(error, ordinal): Promise<Cause> {
      if (!causeOf) return 'record';
      if (clear !== '') {
        // A message with a syntax error has set no savepoint.
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
