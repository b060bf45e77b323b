/**
 * write: a lane's waiting batches to the sink, as one transaction. An outage is waited for with backoff, for ever when
 * `run` asks for it: what is held stays within the window. Batches whose claim was lost meanwhile are dropped unwritten.
 */
import { concat, defer, from, map, mergeMap, type Observable, of, retry, throwError, timer } from 'rxjs';
import { backoff } from '../backoff.ts';
import { type Batch, emptyBooks } from '../batch.ts';
import { diagnose, messageOf, PipelineError } from '../errors.ts';
import { definitionDiffers } from '../misfit.ts';
import type { Logger, Sink, Written } from '../ports.ts';
import { RetryLog } from '../retry-log.ts';

/** What became of one group: what the sink answers, and what was not given to it. */
export type GroupResult<C> = Written<C> & { readonly dropped: readonly Batch<C>[] };

/** How to write. */
export type WriteOptions<C> = {
  readonly sink: Sink<C>;
  readonly logger: Logger;
  /** Shared by the lanes. */
  readonly retries?: RetryLog;
};

/** Writes one group of a lane, retrying through outages. Errors with what waiting cannot cure. */
export function writeGroup<C>(
  lane: number,
  { sink, logger, retries = new RetryLog(logger, sink.server ?? 'PostgreSQL') }: WriteOptions<C>,
): (group: readonly Batch<C>[]) => Observable<GroupResult<C>> {
  return (group) => {
    // Decided once: a claim lost while the transaction runs is the sink's to notice, by the epoch.
    const dropped = group.filter((batch) => batch.claim.revoked);
    const owned = group.filter((batch) => !batch.claim.revoked);
    if (owned.length === 0) return of({ committed: [], fenced: [], books: emptyBooks, dropped });
    let outage = 0;
    return defer(() => from(sink.write(lane, owned))).pipe(
      retry({
        delay: (error: unknown, attempt) => {
          const { reaction, code } = diagnose(error);
          // The sink parks bad rows itself; a data error that gets here is about its own statements.
          if (reaction === 'park') return throwError(() => unexpected(error, code));
          if (reaction !== 'retry') return throwError(() => error);
          const wait = backoff(attempt);
          outage = attempt;
          // Attempts 1, 2, 4, 8, …: an outage of an hour is some lines, not thousands.
          if ((attempt & (attempt - 1)) === 0) retries.failed(error, lane, attempt);
          return timer(wait);
        },
      }),
      map((written) => {
        if (outage > 0) logger.info({ lane, attempts: outage }, 'PostgreSQL takes transactions again');
        return { ...written, dropped };
      }),
      // What fits is durable by now, and acknowledged before the pipeline ends.
      mergeMap((result) => {
        const misfits = [...(result.held?.values() ?? [])];
        if (misfits.length === 0) return of(result);
        return concat(
          of(result),
          throwError(() => definitionDiffers(misfits)),
        );
      }),
    );
  };
}

const unexpected = (cause: unknown, code: string): PipelineError =>
  new PipelineError(code, `the transaction failed outside the merge of its rows: ${messageOf(cause)}`, {
    advice: 'Nothing of it was written and nothing was parked. Was a table of the schema sluice changed by hand?',
    cause,
  });
