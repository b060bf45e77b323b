/** Emits that a server is asked again after an error, and not once for every lane. */
import { type Diagnosis, messageOf } from './errors.ts';
import type { Events, RetryingEvent } from './events.ts';

/** Milliseconds in which one outage is told by one lane only. */
const apartMs = 1_000;

/** The event of an error that is retried. `server` is such as `PostgreSQL at host:port`. */
export const retrying = (
  server: string,
  error: unknown,
  { isConnection = false, advice, code }: Diagnosis,
  by: Pick<RetryingEvent, 'lane' | 'topic' | 'attempt'> = {},
): RetryingEvent => ({ type: 'retrying', server, isConnection, advice, code, error: messageOf(error), ...by });

/** The retries of lanes that write to one server. */
export class RetryNotices {
  readonly #events: Events;
  readonly #server: string;
  #last: { readonly lane: number; readonly at: number } | undefined;

  constructor(events: Events, server: string) {
    this.#events = events;
    this.#server = server;
  }

  /** Tells, unless another lane did so within the last second. */
  failed(error: unknown, diagnosis: Diagnosis, lane: number, attempt: number): void {
    const at = performance.now();
    if (this.#last !== undefined && this.#last.lane !== lane && at - this.#last.at < apartMs) return;
    this.#last = { lane, at };
    this.#events.emit(retrying(this.#server, error, diagnosis, { lane, attempt }));
  }
}
