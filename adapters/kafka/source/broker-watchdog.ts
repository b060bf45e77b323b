/** Logs once that Kafka does not answer, and once that it answers again. */
import type { Logger } from '../../../pipeline/ports.ts';

/**
 * Milliseconds without a fetch response until Kafka counts as unresponsive. An idle fetch returns after 0.5 s, but a join
 * may wait for the session timeout of a dead member, which is 10 s.
 */
const unresponsiveAfterMs = 12_000;

/** Watches the time since the last response. */
export class BrokerWatchdog {
  readonly #logger: Logger;
  readonly #fields: object;
  #lastAnswer = performance.now();
  #isUnresponsive = false;

  /** @param fields describe the topics in the log */
  constructor(logger: Logger, fields: object) {
    this.#logger = logger;
    this.#fields = fields;
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
    if (isUnresponsive) this.#logger.warn(this.#fields, 'Kafka does not answer; it is asked again and again');
    else this.#logger.info(this.#fields, 'Kafka answers again');
  }
}
