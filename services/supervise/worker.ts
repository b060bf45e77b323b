/**
 * The side of a worker process. It ends cleanly when it is told to, when it is stopped, and when whoever started it is
 * gone: a worker never lives on as an orphan.
 */
import { once } from 'node:events';
import type { RecordCounts } from '../../pipeline/batch.ts';
import { EventStream, type Subscriber } from '../../pipeline/events.ts';
import { ParkedReasons, type ReasonCount } from '../../pipeline/parked-reasons.ts';
import type { ServiceEvent, ServiceEvents } from '../events.ts';
import { type Failure, failureOf } from '../failure.ts';
import { type Reading, readTopic } from '../reading/read-topic.ts';

/** What a worker is told first. */
export type Order = {
  readonly event: 'read';
  /** Its number, from 1. */
  readonly worker: number;
  readonly reading: Reading;
  /** As in `WorkerLaunch`. */
  readonly settings: unknown;
};

/** What a worker is told. */
export type ToWorker = Order | { readonly event: 'stop' };

/** What became of the records of a transaction, and why some were parked. */
export type CommittedByWorker = { readonly counts: RecordCounts; readonly reasons: readonly ReasonCount[] };

/** What a worker says. */
export type FromWorker =
  | ({ readonly event: 'committed' } & CommittedByWorker)
  | { readonly event: 'failed'; readonly failure: Failure };

/** How a worker is run. */
export type WorkerSide = {
  readonly stop: AbortSignal;
  /** Answers who listens to the events of an order. */
  readonly listen: (order: Order) => Subscriber<ServiceEvent>;
  /** Ends this process: it has lost its parent, and did not end in time. */
  readonly giveUp: () => void;
};

/** How a worker ended; `isTold` when its parent knows of the failure. */
export type WorkerOutcome = { readonly failure: Failure; readonly isTold: boolean } | undefined;

/** Milliseconds a worker that has lost its parent may take to end. */
const orphanLimitMs = 28_000;

/** Whether this process was started as a worker. */
export const isWorker = (): boolean => process.send !== undefined;

/** Takes the order, reads, and tells what is committed. Resolves with its failure, undefined when it ended well. */
export async function serveAsWorker({ stop, listen, giveUp }: WorkerSide): Promise<WorkerOutcome> {
  const told = new AbortController();
  process.on('message', ({ event }: ToWorker) => event === 'stop' && told.abort());
  const orphaned = () => {
    told.abort();
    setTimeout(giveUp, orphanLimitMs).unref();
  };
  process.once('disconnect', orphaned);
  const stopped = AbortSignal.any([stop, told.signal]);
  try {
    const order = await receiveOrder(stopped);
    if (order === undefined) return undefined;
    const events: ServiceEvents = new EventStream();
    events.subscribe(listen(order));
    events.subscribe(tellCommitted());
    await readTopic(order.reading, events, stopped);
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    const isTold = process.connected;
    if (isTold) await say({ event: 'failed', failure });
    return { failure, isTold };
  } finally {
    // What listens for the parent keeps the process alive.
    process.removeListener('disconnect', orphaned);
    if (process.connected) process.disconnect();
  }
}

/** Tells the parent of each transaction, with the reasons that its `parked` events gave before. */
function tellCommitted(): Subscriber<ServiceEvent> {
  let reasons = new ParkedReasons();
  return (event) => {
    if (event.type === 'parked') reasons.merge(event.reasons);
    if (event.type !== 'committed') return;
    void say({ event: 'committed', counts: event.counts, reasons: reasons.counts });
    reasons = new ParkedReasons();
  };
}

/** The order, or undefined when the stop comes first. */
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

/** Resolves when the message is on its way, or cannot be: a parent that is gone has no use for it. */
const say = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
