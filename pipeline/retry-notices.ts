/** Emits `retrying` after an error, but not for every lane. */
import { type Diagnosis, messageOf } from './errors.ts';
import type { Events, RetryingEvent } from './events.ts';

/** Within this time only one lane reports an outage. */
const quietMs = 1_000;

/** Returns the event of an error that is retried. `server` is a name such as `PostgreSQL at host:port`. */
export const retrying = (
  server: string,
  error: unknown,
  { isConnection = false, advice, code }: Diagnosis,
  by: Pick<RetryingEvent, 'lane' | 'topic' | 'attempt'> = {},
): RetryingEvent => ({ type: 'retrying', server, isConnection, advice, code, error: messageOf(error), ...by });

/** Reports the retries of all lanes that write to one server. */
export class RetryNotices {
  readonly #events: Events;
  readonly #server: string;
  #last: { readonly lane: number; readonly at: number } | undefined;

  constructor(events: Events, server: string) {
    this.#events = events;
    this.#server = server;
  }

  /** Emits the error, unless another lane emitted one within the last second. */
  failed(error: unknown, diagnosis: Diagnosis, lane: number, attempt: number): void {
    const at = performance.now();
    if (this.#last !== undefined && this.#last.lane !== lane && at - this.#last.at < quietMs) return;
    this.#last = { lane, at };
    this.#events.emit(retrying(this.#server, error, diagnosis, { lane, attempt }));
  }
}
