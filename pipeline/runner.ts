/**
 * Runs a graph to its end. A stop takes nothing more, lets what was taken become durable, and ends; an error of the
 * graph ends it and is the caller's to tell. Whatever happens, source and sink are closed.
 */
import { type Observable, tap } from 'rxjs';
import { PipelineError } from './errors.ts';
import type { Events } from './events.ts';
import { ParkedReasons } from './parked-reasons.ts';
import type { Sink, Source } from './ports.ts';
import type { Committed } from './stages/acknowledge.ts';

/** What is run. */
export type Run = {
  readonly graph: Observable<Committed>;
  readonly source: Source;
  readonly sink: Pick<Sink<never>, 'close'>;
  /** Stops the run cleanly. */
  readonly stop: AbortSignal;
  /** Gets `committed` for every transaction, and `parked` before it. */
  readonly events: Events;
  /** Milliseconds that draining may take after a stop. */
  readonly drainLimit?: number;
};

/** Resolves when the source has ended or the stop has drained; rejects with what ended the graph. */
export async function runGraph({ graph, source, sink, stop, events, drainLimit = 20_000 }: Run): Promise<void> {
  let drainTimer: NodeJS.Timeout | undefined;
  let onStop = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const subscription = graph
        .pipe(tap((committed) => tell(events, committed)))
        .subscribe({ error: reject, complete: resolve });
      onStop = () => {
        drainTimer = setTimeout(() => {
          subscription.unsubscribe();
          reject(notDrained(drainLimit));
        }, drainLimit);
        source.stop();
      };
      if (stop.aborted) onStop();
      else stop.addEventListener('abort', onStop, { once: true });
    });
  } finally {
    clearTimeout(drainTimer);
    stop.removeEventListener('abort', onStop);
    // At once: each may wait five seconds for a server that is gone, and process managers do not wait for ever.
    await Promise.all([source.close(), sink.close()]);
  }
}

function tell(events: Events, committed: Committed): void {
  for (const batch of committed.batches) {
    if (batch.parked.length === 0) continue;
    const { topic, partition } = batch.claim;
    const reasons = new ParkedReasons();
    reasons.add([batch]);
    events.emit({ type: 'parked', topic, partition, reasons: reasons.counts });
  }
  events.emit({ type: 'committed', ...committed });
}

/** Nothing is lost: what was not written is read again by the next start. */
const notDrained = (limit: number): PipelineError =>
  new PipelineError('not_drained', `what was taken could not be written within ${limit / 1000} s of the stop`, {
    advice: 'Nothing is lost: the next start reads it again from the checkpoint.',
  });
