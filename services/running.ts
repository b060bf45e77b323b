/** A running use case: its events, its stop and its result. */
import { once } from 'node:events';
import { EventStream, type Subscribable } from '../pipeline/events.ts';
import type { Logger } from '../pipeline/ports.ts';
import { noticesTo, type ServiceEvent, type ServiceEvents } from './events.ts';

/** The handle that every use case returns when it starts. */
export type Running<R> = {
  readonly events: Subscribable<ServiceEvent>;
  /** Ends the work cleanly. With a reason it also aborts waits for servers, and `done` rejects with the reason. */
  readonly stop: (reason?: Error) => void;
  readonly done: Promise<R>;
};

/** The context that a use case gets. */
export type Work = {
  readonly events: ServiceEvents;
  /** Emits each line as a `notice` event. */
  readonly logger: Logger;
  readonly stop: AbortSignal;
};

/** Abort reason of a stop without a reason. It aborts no wait. */
const noReason = new Error('stopped');

/** Starts the work in a microtask, so that the caller can subscribe before the first event. */
export function start<R>(work: (context: Work) => Promise<R>): Running<R> {
  const events = new EventStream<ServiceEvent>();
  const stopper = new AbortController();
  const context = { events, logger: noticesTo(events), stop: stopper.signal };
  const done = Promise.resolve().then(() => work(context));
  return { events, stop: (reason = noReason) => stopper.abort(reason), done };
}

/**
 * Waits for work that does not handle a stop itself, such as the first connection to a server. Rejects with the reason of a
 * stop. The work then continues unobserved until the process ends.
 */
export async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const cut = (async () => {
    if (!stop.aborted) await once(stop, 'abort', { signal: done.signal });
    if (stop.reason === noReason) return await work;
    throw stop.reason;
  })();
  cut.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, cut]);
  } finally {
    done.abort();
  }
}
