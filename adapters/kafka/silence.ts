/** Emits once that Kafka does not answer, and once that it is back. */
import type { Events, ReadTopics } from '../../pipeline/events.ts';

/**
 * Milliseconds without an answer to a fetch until Kafka counts as silent. An idle fetch answers after 0.5 s, but a join
 * may wait for a member that died, which takes its session timeout of 10 s.
 */
const silentAfter = 12_000;

/** The time since the last answer. */
export class Silence {
  readonly #events: Events;
  readonly #read: ReadTopics;
  #lastAnswer = performance.now();
  #silent = false;

  constructor(events: Events, read: ReadTopics) {
    this.#events = events;
    this.#read = read;
  }

  /** Kafka has answered, or is only now asked for the first time. */
  broken(): void {
    this.#lastAnswer = performance.now();
  }

  /** Looks at the clock. While a batch is worked on, or there is no topic, nothing is asked, so nothing is answered. */
  notice(asking: boolean): void {
    if (!asking) this.broken();
    const silent = asking && performance.now() - this.#lastAnswer > silentAfter;
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.#events.emit({ type: silent ? 'stalled' : 'resumed', read: this.#read });
  }
}
