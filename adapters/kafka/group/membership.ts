/**
 * Since when Kafka is known to count this process as a member of its group. A process that was stopped for a while
 * believes what it believed before; only an answer to a heartbeat that began afterwards says otherwise (rule 14).
 */

/** The joins of the group, and the heartbeats that were answered in the present one. */
export class Membership {
  #join = 0;
  #stopped = false;
  /** By a clock that is never set: Kafka counted this member at this moment or later. */
  #knownAt = Number.NEGATIVE_INFINITY;
  #lastAnswer = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Set<() => void>();

  /** Number of the present join. */
  get join(): number {
    return this.#join;
  }

  /** Whether this is the present join of a process that is not being stopped. */
  isCurrent(join: number): boolean {
    return join === this.#join && !this.#stopped;
  }

  /** The group was joined. Answers the number of this join. */
  joined(): number {
    this.#join += 1;
    this.#answered();
    this.#knownAt = this.#lastAnswer;
    return this.#join;
  }

  /** A heartbeat was answered. kafkajs sends one at a time, so it began after the last answer. */
  heartbeat(): void {
    this.#knownAt = this.#lastAnswer;
    this.#answered();
  }

  /** Nobody is to wait any longer. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Resolves true once Kafka has confirmed the join after that moment, false when the join is over before. */
  async confirmedAfter(moment: number, join: number): Promise<boolean> {
    while (this.isCurrent(join) && this.#knownAt < moment) {
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
