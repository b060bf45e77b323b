/**
 * Runs a graph to its end. After a stop nothing more is read, and the run waits until the records already read are durable. Source
 * and sink are always closed, also after an error.
 */
import { type Observable, tap } from 'rxjs';
import { PipelineError } from './errors.ts';
import type { Events } from './events.ts';
import { ParkedReasons } from './parked-reasons.ts';
import type { Sink, Source } from './ports.ts';
import type { Committed } from './stages/acknowledge.ts';

/** What a run needs: the graph, and its source, sink and events. */
export type Run = {
  readonly graph: Observable<Committed>;
  readonly source: Source;
  readonly sink: Pick<Sink<never>, 'close'>;
  /** Stops the run cleanly. */
  readonly stop: AbortSignal;
  /** Gets one `committed` event for each transaction, after the `parked` events of its batches. */
  readonly events: Events;
  /** Most milliseconds to drain after a stop. */
  readonly drainLimitMs?: number;
};

/** Resolves once the graph has completed or drained after a stop. Rejects with its error, or with `not_drained`. */
export async function runGraph({ graph, source, sink, stop, events, drainLimitMs = 20_000 }: Run): Promise<void> {
  let drainTimer: NodeJS.Timeout | undefined;
  let onStop = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const subscription = graph
        .pipe(tap((committed) => emitOutcome(events, committed)))
        .subscribe({ error: reject, complete: resolve });
      onStop = () => {
        drainTimer = setTimeout(() => {
          subscription.unsubscribe();
          reject(notDrained(drainLimitMs));
        }, drainLimitMs);
        source.stop();
      };
      if (stop.aborted) onStop();
      else stop.addEventListener('abort', onStop, { once: true });
    });
  } finally {
    clearTimeout(drainTimer);
    stop.removeEventListener('abort', onStop);
    // In parallel, because each may wait five seconds for a lost server, and service managers limit the time.
    await Promise.all([source.close(), sink.close()]);
  }
}

function emitOutcome(events: Events, committed: Committed): void {
  for (const batch of committed.batches) {
    if (batch.parked.length === 0) continue;
    const { topic, partition } = batch.claim;
    const reasons = new ParkedReasons();
    reasons.add([batch]);
    events.emit({ type: 'parked', topic, partition, reasons: reasons.counts });
  }
  events.emit({ type: 'committed', ...committed });
}

const notDrained = (limitMs: number): PipelineError =>
  new PipelineError('not_drained', `records already read could not be written within ${limitMs / 1000} s of the stop`, {
    advice: 'Nothing is lost: the next start reads them again from the checkpoint.',
  });
