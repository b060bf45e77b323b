/**
 * A token bucket: over any stretch of time no more events than `perSecond` allows, plus a burst of a twentieth of a
 * second, which evens out that timers are late.
 */

const burstSeconds = 0.05;

/** Counts tokens by the time it is told, so it needs no timer. */
export class RateLimit {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  /** `perSecond` must be above 0; `now` in milliseconds. */
  constructor(perSecond: number, now: number) {
    if (!(perSecond > 0)) throw new RangeError(`a rate of ${perSecond} events/s sends nothing`);
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond * burstSeconds);
    this.#tokens = 1;
    this.#at = now;
  }

  /** Takes a token when there is one. Otherwise answers the milliseconds until there will be. */
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
