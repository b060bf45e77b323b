/**
 * Tracks until when Kafka has confirmed that this process is a member of its group. A suspended process cannot trust its
 * own view of the group. Only a heartbeat sent after it resumed proves the membership (rule 14).
 */

/** Counts the joins of the group and the confirmed heartbeats of the current one. */
export class Membership {
  #join = 0;
  #stopped = false;
  /** Monotonic time; Kafka has confirmed the membership at this moment or later. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #lastAnswer = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Set<() => void>();

  /** Number of the current join. */
  get join(): number {
    return this.#join;
  }

  /** Whether this is the current join and the membership was not stopped. */
  isCurrent(join: number): boolean {
    return join === this.#join && !this.#stopped;
  }

  /** Records a join of the group. Returns its number. */
  joined(): number {
    this.#join += 1;
    this.#answered();
    this.#confirmedAt = this.#lastAnswer;
    return this.#join;
  }

  /** Records the answer to a heartbeat. kafkajs sends one at a time, so this one was sent after the previous answer. */
  heartbeat(): void {
    this.#confirmedAt = this.#lastAnswer;
    this.#answered();
  }

  /** Ends all waits. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Resolves to true once Kafka has confirmed the join after `moment`, to false when the join ends before. */
  async confirmedAfter(moment: number, join: number): Promise<boolean> {
    while (this.isCurrent(join) && this.#confirmedAt < moment) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.isCurrent(join);
  }

  #answered(): void {
    this.#lastAnswer = performance.now();
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
