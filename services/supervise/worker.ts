/**
 * The code that runs in a worker process. It ends cleanly after a stop message, a signal, or the end of its parent: a worker
 * never continues as an orphan.
 */
import { once } from 'node:events';
import type { RecordCounts } from '../../pipeline/batch.ts';
import { EventStream, type Subscriber } from '../../pipeline/events.ts';
import { ParkedReasons, type ReasonCount } from '../../pipeline/parked-reasons.ts';
import type { ServiceEvent, ServiceEvents } from '../events.ts';
import { type Failure, failureOf } from '../failure.ts';
import { type Reading, readTopic } from '../reading/read-topic.ts';

/** The first message to a worker. */
export type Order = {
  readonly event: 'read';
  /** Its number, from 1. */
  readonly worker: number;
  readonly reading: Reading;
  /** As in `WorkerLaunch`. */
  readonly settings: unknown;
};

/** Messages to a worker. */
export type ToWorker = Order | { readonly event: 'stop' };

/** Record counts of a transaction, and the reasons of its parked records. */
export type CommittedByWorker = { readonly counts: RecordCounts; readonly reasons: readonly ReasonCount[] };

/** Messages of a worker. */
export type FromWorker =
  | ({ readonly event: 'committed' } & CommittedByWorker)
  | { readonly event: 'failed'; readonly failure: Failure };

/** How a worker is run. */
export type WorkerSide = {
  readonly stop: AbortSignal;
  /** Returns a subscriber for the events of an order. */
  readonly listen: (order: Order) => Subscriber<ServiceEvent>;
  /** Ends this process at once. Called if the parent is gone and draining took too long. */
  readonly giveUp: () => void;
};

/** The failure of a worker, and whether it was sent to the parent. */
export type WorkerOutcome = { readonly failure: Failure; readonly isReported: boolean } | undefined;

/** Longest time a worker may take to end after its parent is gone. */
const orphanLimitMs = 28_000;

/** Whether this process was started as a worker. */
export const isWorker = (): boolean => process.send !== undefined;

/** Receives the order, reads, and reports each commit to the parent. Resolves with the failure, undefined if there is none. */
export async function serveAsWorker({ stop, listen, giveUp }: WorkerSide): Promise<WorkerOutcome> {
  const stopRequest = new AbortController();
  process.on('message', ({ event }: ToWorker) => event === 'stop' && stopRequest.abort());
  const orphaned = () => {
    stopRequest.abort();
    setTimeout(giveUp, orphanLimitMs).unref();
  };
  process.once('disconnect', orphaned);
  const stopped = AbortSignal.any([stop, stopRequest.signal]);
  try {
    const order = await receiveOrder(stopped);
    if (order === undefined) return undefined;
    const events: ServiceEvents = new EventStream();
    events.subscribe(listen(order));
    events.subscribe(sendCommitted());
    await readTopic(order.reading, events, stopped);
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    const isReported = process.connected;
    if (isReported) await send({ event: 'failed', failure });
    return { failure, isReported };
  } finally {
    // A listener for `disconnect` keeps the process alive.
    process.removeListener('disconnect', orphaned);
    if (process.connected) process.disconnect();
  }
}

/** Sends the counts of each transaction to the parent, with the reasons of the `parked` events before it. */
function sendCommitted(): Subscriber<ServiceEvent> {
  let reasons = new ParkedReasons();
  return (event) => {
    if (event.type === 'parked') reasons.merge(event.reasons);
    if (event.type !== 'committed') return;
    void send({ event: 'committed', counts: event.counts, reasons: reasons.counts });
    reasons = new ParkedReasons();
  };
}

/** Returns the order, undefined if the worker is stopped first. */
async function receiveOrder(stop: AbortSignal): Promise<Order | undefined> {
  if (!process.connected || stop.aborted) return undefined;
  try {
    const [message] = (await once(process, 'message', { signal: stop })) as [ToWorker];
    return message.event === 'read' ? message : undefined;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

/** Resolves once the message is sent, or the parent is gone. */
const send = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
