/**
 * Merges what COPY brought, all at once; and when the database refuses the data, finds the bad rows by halving, so that
 * exactly they are parked and their neighbours land (promise 5). `incoming` survives the search behind a savepoint.
 */
import type pg from 'pg';
import { diagnose, messageOf } from '../../pipeline/errors.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { MergeStatement } from './sql/merge.ts';

/** What the merge did: rows applied by batch number, and the ordinals the database refused. */
export type MergeResult = {
  readonly applied: ReadonlyMap<number, number>;
  readonly refused: ReadonlyMap<number, Rejection>;
};

const clearAway = 'rollback to savepoint merge; release savepoint merge; ';

/** Merges the first `count` ordinals of `incoming` within the running transaction. Throws what is no data error. */
export async function mergeGroup(client: pg.Client, statement: MergeStatement, count: number): Promise<MergeResult> {
  const applied = new Map<number, number>();
  const refused = new Map<number, Rejection>();
  // What a failed attempt leaves behind is cleared away by the next message, so that it costs no round trip of its own.
  let clear = '';

  const merge = async (first: number, last: number): Promise<void> => {
    try {
      // One message, for the same reason. The savepoint is released, so that a long search does not pile them up.
      // Deferred constraints are checked here, where a bad row can be found, and not by COMMIT, where it cannot (rule 22).
      const guarded = `${clear}savepoint merge; ${statement(first, last)}; set constraints all immediate; release savepoint merge`;
      clear = clearAway;
      const results = (await client.query(guarded)) as unknown as pg.QueryResult<{
        batch: number;
        applied: number;
        stale?: readonly number[] | null;
      }>[];
      clear = '';
      for (const row of results.at(-3)?.rows ?? []) {
        applied.set(row.batch, (applied.get(row.batch) ?? 0) + row.applied);
        for (const ordinal of row.stale ?? []) refused.set(ordinal, olderThanHorizon);
      }
      return;
    } catch (error) {
      const { reaction } = diagnose(error);
      if (reaction !== 'park') throw error;
      if (first === last) {
        refused.set(first, refusal(error));
        return;
      }
    }
    const middle = Math.floor((first + last) / 2);
    await merge(first, middle);
    await merge(middle + 1, last);
  };

  if (count > 0) await merge(0, count - 1);
  if (clear !== '') await client.query(clear);
  return { applied, refused };
}

const olderThanHorizon = new Rejection(
  'older_than_horizon',
  'older than deletions that are no longer remembered, and nothing is known of its key: it may have been deleted since',
);

/** The database's own words, with SQLSTATE and constraint; its `detail` is left out because it quotes the row. */
function refusal(error: unknown): Rejection {
  const { code, constraint, column } = error as { code?: string; constraint?: string; column?: string };
  const where = constraint === undefined ? '' : ` (constraint ${constraint})`;
  return new Rejection('refused_by_database', `${messageOf(error)}${where}, SQLSTATE ${code}`, column);
}
