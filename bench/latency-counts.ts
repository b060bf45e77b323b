/** How long records took from their timestamp to their commit, counted by the millisecond: Kafka's timestamps know no less. */
import type { Counted } from './statistics.ts';

/** Milliseconds from which on all count as the same. */
const most = 120_000;

/** Bounded counts; the first `warmUp` milliseconds, by the records' own time, are left out. */
export class LatencyCounts {
  readonly #warmUp: number;
  readonly #counts = new Float64Array(most + 1);
  #first: number | undefined;

  constructor(warmUp: number) {
    this.#warmUp = warmUp;
  }

  /** A record of that timestamp is durable at that time. */
  add(timestamp: number, time: number): void {
    this.#first ??= timestamp;
    if (timestamp < this.#first + this.#warmUp) return;
    const at = Math.min(most, Math.max(0, time - timestamp));
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** What has been counted, in order. */
  entries(): readonly Counted[] {
    return Array.from(this.#counts, (count, ms) => [ms, count] as const).filter(([, count]) => count > 0);
  }
}
