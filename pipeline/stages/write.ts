/**
 * write: a lane's waiting batches to the sink, as one transaction. An outage is waited for with backoff, for ever when
 * `run` asks for it: what is held stays within the window. Batches whose claim was lost meanwhile are dropped unwritten.
 */
import { defer, from, map, type Observable, of, retry, throwError, timer } from 'rxjs';
import { backoff } from '../backoff.ts';
import type { Batch } from '../batch.ts';
import { type Diagnosis, messageOf, PipelineError } from '../errors.ts';
import type { Events } from '../events.ts';
import { HeldNotices } from '../held-notices.ts';
import { nothingWritten, type Sink, type Written } from '../ports.ts';
import { RetryNotices } from '../retry-notices.ts';

/** What became of one group: what the sink answers, and what was not given to it. */
export type GroupResult<C> = Written<C> & { readonly dropped: readonly Batch<C>[] };

/** How to write. */
export type WriteOptions<C> = {
  readonly sink: Sink<C>;
  readonly events: Events;
  /** Shared by the lanes. */
  readonly retries?: RetryNotices;
  readonly holds?: HeldNotices;
};

/** Writes one group of a lane, retrying through outages. Errors with what waiting cannot cure. */
export function writeGroup<C>(
  lane: number,
  { sink, events, retries = new RetryNotices(events, sink.server), holds = new HeldNotices(events) }: WriteOptions<C>,
): (group: readonly Batch<C>[]) => Observable<GroupResult<C>> {
  return (group) => {
    // Decided once: a claim lost while the transaction runs is the sink's to notice, by the epoch.
    const dropped = group.filter((batch) => batch.claim.revoked);
    const owned = group.filter((batch) => !batch.claim.revoked);
    if (owned.length === 0) return of({ ...nothingWritten, dropped });
    let outage = 0;
    return defer(() => from(sink.write(lane, owned))).pipe(
      retry({
        delay: (error: unknown, attempt) => {
          const diagnosis = sink.diagnose(error);
          const { reaction } = diagnosis;
          // The sink parks bad rows itself; a data error that gets here is about its own statements.
          if (reaction === 'park') return throwError(() => unexpected(error, diagnosis));
          if (reaction !== 'retry') return throwError(() => error);
          const wait = backoff(attempt);
          outage = attempt;
          // Attempts 1, 2, 4, 8, …: an outage of an hour is some lines, not thousands.
          if ((attempt & (attempt - 1)) === 0) retries.failed(error, diagnosis, lane, attempt);
          return timer(wait);
        },
      }),
      map((written) => {
        if (outage > 0) events.emit({ type: 'recovered', server: sink.server, lane, attempts: outage });
        holds.tell(written);
        return { ...written, dropped };
      }),
    );
  };
}

const unexpected = (cause: unknown, diagnosis: Diagnosis): PipelineError =>
  new PipelineError(diagnosis, `the transaction failed outside the merge of its rows: ${messageOf(cause)}`, {
    advice: 'Nothing of it was written and nothing was parked. Was a table of the schema sluice changed by hand?',
    cause,
  });
