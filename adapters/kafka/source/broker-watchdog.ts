/** Emits once that Kafka does not answer, and once that it answers again. */
import type { Events, ReadTopics } from '../../../pipeline/events.ts';

/**
 * Milliseconds without a fetch response until Kafka counts as unresponsive. An idle fetch returns after 0.5 s, but a join
 * may wait for the session timeout of a dead member, which is 10 s.
 */
const unresponsiveAfterMs = 12_000;

/** Watches the time since the last response. */
export class BrokerWatchdog {
  readonly #events: Events;
  readonly #read: ReadTopics;
  #lastAnswer = performance.now();
  #isUnresponsive = false;

  constructor(events: Events, read: ReadTopics) {
    this.#events = events;
    this.#read = read;
  }

  /** Kafka has answered, or the first request is about to be sent. */
  answered(): void {
    this.#lastAnswer = performance.now();
  }

  /** Checks the time. While a batch is processed or there is no topic, no fetch is sent and no response is expected. */
  check(isFetching: boolean): void {
    if (!isFetching) this.answered();
    const isUnresponsive = isFetching && performance.now() - this.#lastAnswer > unresponsiveAfterMs;
    if (isUnresponsive === this.#isUnresponsive) return;
    this.#isUnresponsive = isUnresponsive;
    this.#events.emit({ type: isUnresponsive ? 'stalled' : 'resumed', read: this.#read });
  }
}
