/** Says that a server is asked again after an error: which server, at which address, and not once for every lane. */
import { type Diagnosis, messageOf } from './errors.ts';
import type { Logger } from './ports.ts';

/** Milliseconds in which one outage is said by one lane only. */
const apart = 1_000;

/** What happens after this error, in one sentence. `server` is such as `PostgreSQL at host:port`. */
export const sayRetrying = (server: string, { isConnection, advice }: Diagnosis): string =>
  isConnection ? `Connection to ${server} lost; retrying` : `${server}: ${advice} Retrying.`;

/** The messages of lanes that write to one server. */
export class RetryLog {
  readonly #logger: Logger;
  readonly #server: string;
  #last: { readonly lane: number; readonly at: number } | undefined;

  constructor(logger: Logger, server: string) {
    this.#logger = logger;
    this.#server = server;
  }

  /** Warns, unless another lane did so within the last second. */
  failed(error: unknown, diagnosis: Diagnosis, lane: number, attempt: number): void {
    const at = performance.now();
    if (this.#last !== undefined && this.#last.lane !== lane && at - this.#last.at < apart) return;
    this.#last = { lane, at };
    const fields = { lane, code: diagnosis.code, attempt, error: messageOf(error) };
    this.#logger.warn(fields, sayRetrying(this.#server, diagnosis));
  }
}
