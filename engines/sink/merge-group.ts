/**
 * Merges a staged group. If the database refuses data, bisects the group to find the bad records. The other records are
 * applied (promise 5).
 */
import type { Misfit } from '../../pipeline/misfit.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { Refusal } from '../contract.ts';
import type { Cause, MergeResult, Staged } from './rows.ts';

/** A record that the target refused. */
export type RefusedRecord = {
  readonly rejection: Rejection;
  /** Whether the target may accept it after the other partitions of its topic have caught up (rule 22). */
  readonly maySucceedLater: boolean;
};

/** The result of merging a group. */
export type MergeOutcome =
  | {
      readonly kind: 'merged';
      /** Numbers of applied records, by the index of their batch. */
      readonly applied: ReadonlyMap<number, number>;
      /** By ordinal. */
      readonly refused: ReadonlyMap<number, RefusedRecord>;
      /** Whether other records were merged as if a refused one had been applied. The group must be written again without it. */
      readonly isTainted: boolean;
    }
  /** A table was altered during the merge. The transaction must roll back. */
  | { readonly kind: 'altered' }
  /** The record with this ordinal does not fit the definition of its table. The transaction must roll back. */
  | { readonly kind: 'misfit'; readonly ordinal: number; readonly misfit: Misfit };

/** Ends a bisection early. */
class EndedEarly extends Error {
  readonly outcome: MergeOutcome;

  constructor(outcome: MergeOutcome) {
    super('the merge ended early');
    this.outcome = outcome;
  }
}

/**
 * Merges all records of a staged group within the running transaction. Throws an error if no record caused it.
 *
 * @param refusalOf returns why the target refused a record, or undefined if no record caused the error.
 */
export async function mergeGroup(
  staged: Staged,
  refusalOf: (error: unknown) => Refusal | undefined,
): Promise<MergeOutcome> {
  try {
    return await new Bisection(staged, refusalOf).run();
  } catch (error) {
    if (error instanceof EndedEarly) return error.outcome;
    throw error;
  }
}

class Bisection {
  readonly #staged: Staged;
  readonly #refusalOf: (error: unknown) => Refusal | undefined;
  readonly #applied = new Map<number, number>();
  readonly #refused = new Map<number, RefusedRecord>();
  #isTainted = false;

  constructor(staged: Staged, refusalOf: (error: unknown) => Refusal | undefined) {
    this.#staged = staged;
    this.#refusalOf = refusalOf;
  }

  async run(): Promise<MergeOutcome> {
    const { count } = this.#staged;
    if (count > 0) await this.#merge(0, count - 1, false);
    await this.#staged.end();
    const isTainted = this.#isTainted || (this.#staged.isOrdered && this.#refused.size > 0);
    return { kind: 'merged', applied: this.#applied, refused: this.#refused, isTainted };
  }

  async #merge(first: number, last: number, replacing: boolean): Promise<void> {
    const staged = this.#staged;
    try {
      await this.#collect(await staged.merge(first, last, replacing));
      return;
    } catch (error) {
      const refusal = this.#refusalOf(error);
      if (refusal === undefined) throw error;
      if (refusal.kind === 'definition') {
        await this.#requireBadRecord(error, null);
        throw error;
      }
      // Unique values that were swapped collide only temporarily (rule 22).
      const collides = refusal.kind === 'collision';
      if (collides && staged.canReplace && !replacing) return await this.#merge(first, last, true);
      if (first === last) {
        if (collides && (await this.#defer(first, error))) return;
        if (!collides) await this.#requireBadRecord(error, first);
        this.#refused.set(first, { rejection: refusal.rejection, maySucceedLater: collides });
        return;
      }
    }
    const middle = Math.floor((first + last) / 2);
    await this.#merge(first, middle, false);
    await this.#merge(middle + 1, last, false);
  }

  async #collect(results: readonly MergeResult[]): Promise<void> {
    for (const { batch, applied, stale, baseless } of results) {
      this.#applied.set(batch, (this.#applied.get(batch) ?? 0) + applied);
      for (const ordinal of stale ?? [])
        this.#refused.set(ordinal, { rejection: olderThanHorizon, maySucceedLater: false });
      for (const ordinal of baseless ?? []) {
        if (await this.#staged.mayMissRow(ordinal)) continue;
        this.#refused.set(ordinal, { rejection: baseRowMissing, maySucceedLater: true });
        this.#isTainted = true;
      }
    }
  }

  async #defer(ordinal: number, error: unknown): Promise<boolean> {
    const results = await this.#staged.deferRow(ordinal, error);
    if (results === undefined) return false;
    await this.#collect(results);
    return true;
  }

  /** Ends the merge if the definition of a table caused the error: then no record is parked (rule 19). */
  async #requireBadRecord(error: unknown, ordinal: number | null): Promise<void> {
    const cause: Cause = await this.#staged.causeOf(error, ordinal);
    if (cause === 'record') return;
    if (cause === 'altered') throw new EndedEarly({ kind: 'altered' });
    throw new EndedEarly({ kind: 'misfit', ordinal: ordinal ?? 0, misfit: cause });
  }
}

const baseRowMissing = new Rejection(
  'base_row_missing',
  'leaves columns of its row unchanged, but the row does not exist: an earlier event of this row was not applied',
);

const olderThanHorizon = new Rejection(
  'older_than_horizon',
  'older than deletions whose guard rows have expired, and no position is stored for its key: the row may have been deleted later',
);
