/** Says once that Kafka does not answer, and once that it is back. */
import type { Logger } from '../../../pipeline/ports.ts';

/**
 * Milliseconds without an answer to a fetch until Kafka counts as silent. An idle fetch answers after 0.5 s, but a join
 * may wait for a member that died, which takes its session timeout of 10 s.
 */
const silentAfter = 12_000;

/** The time since the last answer. */
export class Silence {
  readonly #logger: Logger;
  readonly #of: object;
  #lastAnswer = performance.now();
  #silent = false;

  /** @param of what is read, for the log */
  constructor(logger: Logger, of: object) {
    this.#logger = logger;
    this.#of = of;
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
    if (silent) this.#logger.warn(this.#of, 'Kafka does not answer; it is asked again and again');
    else this.#logger.info(this.#of, 'Kafka answers again');
  }
}
