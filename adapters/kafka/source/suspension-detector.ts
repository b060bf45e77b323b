/**
 * Detects that this process did not fetch for a while, because it was suspended or the sink was unavailable. Normally a
 * fetch returns within half a second and the next one follows. Only during a longer gap can a topic be deleted, recreated
 * and filled past our position without a failed fetch. After such a gap the last record read is compared again before
 * reading continues (rule 16). The comparison costs a second fetch, so gaps with batches in progress may be longer.
 */

/** Milliseconds beyond the broker's longest wait after which a gap between two idle fetches counts as a suspension. */
const idleSlackMs = 250;

/** Milliseconds after which a gap between two fetches counts as a suspension when batches were processed in it. */
const busyLimitMs = 5_000;

/** Counts suspensions by the gaps between fetches. */
export class SuspensionDetector {
  readonly #idleLimitMs: number;
  readonly #lastStart = new Map<string, number>();
  #processedBatch = false;
  #count = 0;

  /** @param maxWaitMs longest time for which the broker holds a fetch */
  constructor(maxWaitMs: number) {
    this.#idleLimitMs = maxWaitMs + idleSlackMs;
  }

  /** Suspensions so far. */
  get count(): number {
    return this.#count;
  }

  /** Records that a batch was fetched. */
  batchFetched(): void {
    this.#processedBatch = true;
  }

  /** Records that a fetch from this broker begins. */
  fetchStarts(nodeId: string): void {
    const now = performance.now();
    const gapMs = now - (this.#lastStart.get(nodeId) ?? now);
    if (gapMs > (this.#processedBatch ? busyLimitMs : this.#idleLimitMs)) this.#count += 1;
    this.#lastStart.set(nodeId, now);
    this.#processedBatch = false;
  }
}
