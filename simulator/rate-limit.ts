/**
 * A token bucket. In any period there are at most as many events as `perSecond` allows, plus a burst of 1/20 second, which
 * compensates for late timers.
 */

const burstSeconds = 0.05;

/** Computes its tokens from the time that callers pass, without a timer. */
export class RateLimit {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  /** @param perSecond above 0 @param now in milliseconds */
  constructor(perSecond: number, now: number) {
    if (!(perSecond > 0)) throw new RangeError(`a rate of ${perSecond} events/s sends nothing`);
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond * burstSeconds);
    this.#tokens = 1;
    this.#at = now;
  }

  /** Takes a token and returns 0, or returns the milliseconds until the next token. */
  take(now: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return (1 - this.#tokens) / this.#perMs;
  }
}
