/**
 * write: writes the waiting batches of a lane to the sink, as one transaction. It retries an outage with backoff and without
 * limit: the credit window bounds the memory meanwhile. Batches whose claim was lost are dropped unwritten.
 */
import { defer, from, map, type Observable, of, retry, throwError, timer } from 'rxjs';
import { backoff } from '../backoff.ts';
import type { Batch } from '../batch.ts';
import { type Diagnosis, messageOf, PipelineError } from '../errors.ts';
import type { Events } from '../events.ts';
import { HeldNotices } from '../held-notices.ts';
import { nothingWritten, type Sink, type Written } from '../ports.ts';
import { RetryNotices } from '../retry-notices.ts';

/** The result of one group: that of the sink, and the dropped batches. */
export type GroupResult<C> = Written<C> & { readonly dropped: readonly Batch<C>[] };

/** The sink, the events, and the notices that the lanes share. */
export type WriteOptions<C> = {
  readonly sink: Sink<C>;
  readonly events: Events;
  readonly retries?: RetryNotices;
  readonly holds?: HeldNotices;
};

/** Returns a function that writes one group of a lane and retries outages. Errors if a retry cannot help. */
export function writeGroup<C>(
  lane: number,
  { sink, events, retries = new RetryNotices(events, sink.server), holds = new HeldNotices(events) }: WriteOptions<C>,
): (group: readonly Batch<C>[]) => Observable<GroupResult<C>> {
  return (group) => {
    // Checked once. The sink detects a claim that is lost during the transaction, by its epoch.
    const dropped = group.filter((batch) => batch.claim.revoked);
    const owned = group.filter((batch) => !batch.claim.revoked);
    if (owned.length === 0) return of({ ...nothingWritten, dropped });
    let failures = 0;
    return defer(() => from(sink.write(lane, owned))).pipe(
      retry({
        delay: (error: unknown, attempt) => {
          const diagnosis = sink.diagnose(error);
          const { reaction } = diagnosis;
          // The sink parks bad rows itself, so a data error here comes from its own statements.
          if (reaction === 'park') return throwError(() => unexpected(error, diagnosis));
          if (reaction !== 'retry') return throwError(() => error);
          const delayMs = backoff(attempt);
          failures = attempt;
          // Reports attempts 1, 2, 4, 8, …: a few lines for an outage of an hour.
          if ((attempt & (attempt - 1)) === 0) retries.failed(error, diagnosis, lane, attempt);
          return timer(delayMs);
        },
      }),
      map((written) => {
        if (failures > 0) events.emit({ type: 'recovered', server: sink.server, lane, attempts: failures });
        holds.note(written);
        return { ...written, dropped };
      }),
    );
  };
}

const unexpected = (cause: unknown, diagnosis: Diagnosis): PipelineError =>
  new PipelineError(diagnosis, `the transaction failed outside the merge of its rows: ${messageOf(cause)}`, {
    advice: 'Nothing was written and nothing was parked. Was a table of the schema sluice changed by hand?',
    cause,
  });
