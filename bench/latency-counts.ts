/** Counts latencies from timestamp to commit per millisecond, the precision of Kafka's timestamps. */
import type { Counted } from './statistics.ts';

/** Longest latency in milliseconds; longer ones count as this. */
const longestMs = 120_000;

/** Bounded counts. Records of the first `warmUpMs` milliseconds, by their timestamps, are left out. */
export class LatencyCounts {
  readonly #warmUpMs: number;
  readonly #counts = new Float64Array(longestMs + 1);
  #first: number | undefined;

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs;
  }

  /** Counts a record with this timestamp that became durable at `time`. */
  add(timestamp: number, time: number): void {
    this.#first ??= timestamp;
    if (timestamp < this.#first + this.#warmUpMs) return;
    const at = Math.min(longestMs, Math.max(0, time - timestamp));
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** The counts, ordered by latency. */
  entries(): readonly Counted[] {
    return Array.from(this.#counts, (count, ms) => [ms, count] as const).filter(([, count]) => count > 0);
  }
}
