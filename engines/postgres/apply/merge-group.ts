/**
 * Merges what COPY brought, all at once; and when the database refuses the data, finds the bad rows by halving, so that
 * exactly they are parked and their neighbours land (promise 5). `incoming` survives the search behind a savepoint.
 */
import type pg from 'pg';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { diagnose } from '../errors.ts';
import { isOfValue, wordsOf } from '../value-errors.ts';
import type { Blame, Refused, Staged } from './rows.ts';
import type { MergeAnswer } from './sql/merge.ts';

/** What the merge did. */
export type MergeResult = {
  /** Rows applied by batch number. */
  readonly applied: ReadonlyMap<number, number>;
  /** By ordinal, what is to be parked. */
  readonly refused: ReadonlyMap<number, Rejection>;
  /** Whether all of it has to be done again without the refused: their neighbours were merged as if they were there. */
  readonly again: boolean;
  /** Those of the refused that may be fine once the other partitions of their topic have come as far (rule 22). */
  readonly early: ReadonlySet<number>;
};

/** Why nothing was merged: a table was altered meanwhile, or the record of an ordinal does not fit its definition. */
export type NotMerged = { readonly altered: true } | { readonly ordinal: number; readonly misfit: Misfit };

/** Ends the search. */
class Ended extends Error {
  readonly why: NotMerged;

  constructor(why: NotMerged) {
    super('not merged');
    this.why = why;
  }
}

const clearAway = 'rollback to savepoint merge; release savepoint merge; ';

/** Two rows that may not be there at once: one value of a unique key, or of an EXCLUDE constraint. */
const collisions: ReadonlySet<string> = new Set(['23505', '23P01']);

/** Whether the database refused a row because of another one. */
export const isCollision = (error: unknown): boolean => collisions.has((error as { code?: string }).code ?? '');

/**
 * Merges all ordinals of the stage within the running transaction, which is of no use any more where it answers that
 * nothing was merged. Throws what is no data error.
 */
export async function mergeGroup(client: pg.Client, staged: Staged): Promise<MergeResult | NotMerged> {
  try {
    return await mergeAll(client, staged);
  } catch (error) {
    if (error instanceof Ended) return error.why;
    throw error;
  }
}

async function mergeAll(
  client: pg.Client,
  { count, merge: statement, canReplace = false, holdBack, mayMissRow = async () => false, blame }: Staged,
): Promise<MergeResult> {
  const applied = new Map<number, number>();
  const refused = new Map<number, Rejection>();
  const early = new Set<number>();
  let again = false;
  // What a failed attempt leaves behind is cleared away by the next message, so that it costs no round trip of its own.
  let clear = '';

  const run = async (sql: string): Promise<void> => {
    // One message, for the same reason. The savepoint is released, so that a long search does not pile them up.
    // Deferred constraints are checked here, where a bad row can be found, and not by COMMIT, where it cannot (rule 22).
    const guarded = `${clear}savepoint merge; ${sql}; set constraints all immediate; release savepoint merge`;
    clear = clearAway;
    const results = (await client.query(guarded)) as unknown as pg.QueryResult<MergeAnswer>[];
    clear = '';
    await account(results.flatMap((result) => result.rows));
  };

  const account = async (answers: readonly MergeAnswer[]): Promise<void> => {
    for (const { batch, applied: rows, stale, baseless } of answers) {
      applied.set(batch, (applied.get(batch) ?? 0) + rows);
      for (const ordinal of stale ?? []) refused.set(ordinal, olderThanHorizon);
      for (const ordinal of baseless ?? []) {
        if (await mayMissRow(ordinal)) continue;
        refused.set(ordinal, baseRowMissing);
        early.add(ordinal);
        again = true;
      }
    }
  };

  /** Whether the record of an ordinal, which collided with another row, could be put aside. */
  const isHeldBack = async (ordinal: number, error: unknown): Promise<boolean> => {
    if (!holdBack) return false;
    await client.query(`${clear}savepoint merge`);
    clear = clearAway;
    const answers = await holdBack(ordinal, error as Refused);
    if (!answers) return false;
    await account(answers);
    await client.query('set constraints all immediate; release savepoint merge');
    clear = '';
    return true;
  };

  /** Ends the search where a definition is at fault: no record is parked for it (rule 19). */
  const acquit = async (error: unknown, ordinal: number | null): Promise<void> => {
    if (!blame) return;
    if (clear !== '') {
      // A message that the server could not even read has set no savepoint.
      await client.query(clear).catch(() => Promise.reject(error));
      clear = '';
    }
    const found: Blame = await blame(error, ordinal);
    if (found === 'record') return;
    if (found === 'altered') throw new Ended({ altered: true });
    throw new Ended({ ordinal: ordinal ?? 0, misfit: found });
  };

  const merge = async (first: number, last: number, replacing: boolean): Promise<void> => {
    try {
      await run(statement(first, last, replacing));
      return;
    } catch (error) {
      const { reaction, code } = diagnose(error);
      if (reaction !== 'park' && !isOfValue(error)) {
        if (/^42/.test(code)) await acquit(error, null);
        throw error;
      }
      // Values of a unique key that change places between rows collide only while they do (rule 22).
      const collided = collisions.has(code);
      if (collided && canReplace && !replacing) return await merge(first, last, true);
      if (first === last) {
        if (collided && (await isHeldBack(first, error))) return;
        if (!collided) await acquit(error, first);
        refused.set(first, refusal(error));
        if (collided) early.add(first);
        return;
      }
    }
    const middle = Math.floor((first + last) / 2);
    await merge(first, middle, false);
    await merge(middle + 1, last, false);
  };

  if (count > 0) await merge(0, count - 1, false);
  if (clear !== '') await client.query(clear);
  return { applied, refused, again, early };
}

const baseRowMissing = new Rejection(
  'base_row_missing',
  'leaves columns of its row unchanged, and there is no such row: an earlier event of it was not applied',
);

const olderThanHorizon = new Rejection(
  'older_than_horizon',
  'older than deletions that are no longer remembered, and nothing is known of its key: it may have been deleted since',
);

/** The database's own words, with SQLSTATE and constraint; its `detail` is left out because it quotes the row. */
function refusal(error: unknown): Rejection {
  const { code, constraint, column } = error as { code?: string; constraint?: string; column?: string };
  const where = constraint === undefined ? '' : ` (constraint ${constraint})`;
  return new Rejection('refused_by_database', `${wordsOf(messageOf(error))}${where}, SQLSTATE ${code}`, column);
}
