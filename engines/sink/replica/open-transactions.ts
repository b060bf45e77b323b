/**
 * Transactions of the source whose last events may not have been read yet. Within one transaction, rows may pass unique values on to each
 * other: a deferrable key is checked at its end. A row then collides until the events of the other rows are in the same group.
 */
import type { Batch, Claim } from '../../../pipeline/batch.ts';
import type { Position, Replicated } from '../../../pipeline/change.ts';

/** Longest wait for the rest of a transaction. Debezium sends it within moments, unless it is restarted. */
const patienceMs = 30_000;

/** Remembers where groups end. One entry for each partition. */
export class OpenTransactions {
  readonly #now: () => number;
  /** Position of the last event that was read. */
  readonly #last = new WeakMap<Claim, Position>();
  /** The event that waits, and since when. */
  readonly #waiting = new Map<string, { readonly offset: string; readonly sinceMs: number }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes the last events of a group. */
  note(group: readonly Batch<Replicated>[]): void {
    for (const { claim, records } of group) {
      const last = records.at(-1);
      if (last) this.#last.set(claim, last.position);
    }
  }

  /** Whether further events of a record's transaction may follow its group. No longer true once the record has waited for 30 s. */
  mayContinue(claim: Claim, { origin, position }: Replicated): boolean {
    const last = this.#last.get(claim);
    // Rows of a snapshot have major 0, and each stands for itself.
    if (position.major === '0' || last?.major !== position.major || last.generation !== position.generation)
      return false;
    const partition = `${claim.topic}/${claim.partition}`;
    const before = this.#waiting.get(partition);
    if (before?.offset === origin.offset) return this.#now() - before.sinceMs < patienceMs;
    this.#waiting.set(partition, { offset: origin.offset, sinceMs: this.#now() });
    return true;
  }
}
