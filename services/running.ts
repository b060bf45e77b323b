/** A use case at work: what happens in it, how to stop it, and when it is done. */
import { once } from 'node:events';
import { EventStream, type Subscribable } from '../pipeline/events.ts';
import type { Logger } from '../pipeline/ports.ts';
import { noticesTo, type ServiceEvent, type ServiceEvents } from './events.ts';

/** What every use case answers when it is started. */
export type Running<R> = {
  readonly events: Subscribable<ServiceEvent>;
  /** Ends the work cleanly. With a reason, waits for servers are cut too, and `done` rejects with the reason. */
  readonly stop: (reason?: Error) => void;
  readonly done: Promise<R>;
};

/** What a use case works with. */
export type Work = {
  readonly events: ServiceEvents;
  /** Writes notices to the events. */
  readonly logger: Logger;
  readonly stop: AbortSignal;
};

/** The reason of a stop without one: it cuts no wait. */
const noReason = new Error('stopped');

/** Starts work in the next turn, so that its caller can subscribe before the first event. */
export function start<R>(work: (context: Work) => Promise<R>): Running<R> {
  const events = new EventStream<ServiceEvent>();
  const stopper = new AbortController();
  const context = { events, logger: noticesTo(events), stop: stopper.signal };
  const done = Promise.resolve().then(() => work(context));
  return { events, stop: (reason = noReason) => stopper.abort(reason), done };
}

/**
 * Waits for work that knows nothing of stops, such as a server's first answer. Rejects with the reason of a stop; the work
 * is left to itself, and ends with the process.
 */
export async function orCut<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
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
