/**
 * Notices when this process stood still between two fetches. The broker answers a fetch after half a second at most, and
 * the next one follows; only in a longer pause (the sink is away, the process was stopped) can a topic be deleted, made
 * anew and filled past our position without any fetch having failed. Then the last record taken is to be seen again
 * before anything is read on (rule 16). That costs a second fetch, so where batches were at work a pause must be longer.
 */

/** Milliseconds between the starts of two idle fetches, beyond the longest wait of the broker, that count as a pause. */
const idleSlack = 250;

/** Milliseconds between the starts of two fetches with batches at work between them that count as one. */
const busyLimit = 5_000;

/** Counts the pauses. */
export class Stalls {
  readonly #idleLimit: number;
  readonly #lastStart = new Map<string, number>();
  #worked = false;
  #count = 0;

  /** @param maxWait milliseconds that the broker may keep a fetch waiting */
  constructor(maxWait: number) {
    this.#idleLimit = maxWait + idleSlack;
  }

  /** Pauses so far. */
  get count(): number {
    return this.#count;
  }

  /** A batch was fetched. */
  batchFetched(): void {
    this.#worked = true;
  }

  /** A fetch from this broker begins. */
  fetchStarts(nodeId: string): void {
    const now = performance.now();
    const pause = now - (this.#lastStart.get(nodeId) ?? now);
    if (pause > (this.#worked ? busyLimit : this.#idleLimit)) this.#count += 1;
    this.#lastStart.set(nodeId, now);
    this.#worked = false;
  }
}
