/**
 * Keeps a number of workers running: one that died or lost its servers is started again with backoff, one that failed
 * for good stops all. A stop lets every worker drain, and kills the one that does not.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../../pipeline/backoff.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { noticesTo, type ServiceEvent } from '../events.ts';
import type { RunningWorker, WorkerEnd } from './worker-process.ts';

/** What is kept running. */
export type Workers = {
  readonly count: number;
  /** Starts worker `number`, from 1. */
  readonly start: (number: number) => RunningWorker;
  /** Called after a worker died without leaving its group; failing is allowed, it only saves time. */
  readonly removeDeadMember: (number: number) => Promise<void>;
  /** Workers end by themselves when their work is done. */
  readonly finite: boolean;
  readonly events: Events<ServiceEvent>;
  /** Stops all cleanly. */
  readonly stop: AbortSignal;
  readonly clock?: Clock;
  /** Waits before a restart; resolves early when the signal aborts. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds that draining and leaving may take after a stop until a worker counts as hanging. */
  readonly stopLimit?: number;
};

/** A worker that ran this long, in milliseconds, is well: its next failure is its first again. */
const settledAfter = 60_000;

/** Resolves with the number of restarts when all have ended well; rejects with what ended the first that did not. */
export async function superviseWorkers(workers: Workers): Promise<number> {
  const {
    count,
    start,
    removeDeadMember,
    finite,
    events,
    stop,
    clock = Date,
    pause = rest,
    stopLimit = 28_000,
  } = workers;
  const failed = new AbortController();
  const stopping = AbortSignal.any([stop, failed.signal]);
  let restarts = 0;
  let first: { readonly error: unknown } | undefined;

  const keep = async (number: number): Promise<void> => {
    let failures = 0;
    while (!stopping.aborted) {
      const startedAt = clock.now();
      if (failures > 0) restarts += 1;
      const worker = start(number);
      events.emit({ type: 'workerStarted', worker: number, pid: worker.pid });
      const end = await untilEnded(worker, stopping, stopLimit);
      if (end.code === 0 && (finite || stopping.aborted)) return;
      if (stopping.aborted) throw end.signal === null ? failureOf(number, end) : notDrained(number);
      if (!curable(end)) throw failureOf(number, end);
      failures = clock.now() - startedAt >= settledAfter ? 1 : failures + 1;
      const { code, signal, failure } = end;
      events.emit({ type: 'workerRestarting', worker: number, code, signal, error: failure?.message });
      if (signal !== null) {
        const removed = removeDeadMember(number).catch((error: unknown) => {
          noticesTo(events).debug(
            { worker: number, error: messageOf(error) },
            'its group will notice its death by itself',
          );
        });
        // With Kafka away that takes longer than a stop may.
        await orAborted(removed, stopping);
      }
      await pause(backoff(failures), stopping);
    }
  };

  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await Promise.all(
    numbers.map((number) =>
      keep(number).catch((error: unknown) => {
        first ??= { error };
        failed.abort();
      }),
    ),
  );
  if (first) throw first.error;
  return restarts;
}

/** Waits for the work, but not past an abort. */
async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).catch(() => undefined);
  await Promise.race([work, aborted]);
  // Otherwise each of many restarts would leave a listener behind.
  done.abort();
}

const rest = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

/** Asks the worker to stop when the time has come, and kills it when it does not within the limit. */
async function untilEnded(worker: RunningWorker, stopping: AbortSignal, stopLimit: number): Promise<WorkerEnd> {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    worker.stop();
    timer = setTimeout(worker.kill, stopLimit);
  };
  if (stopping.aborted) end();
  else stopping.addEventListener('abort', end, { once: true });
  try {
    return await worker.ended;
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', end);
  }
}

/** Killed (an abort for want of memory too), without its servers, or stopped by somebody else: what a new start mends. */
const curable = ({ code, signal, failure }: WorkerEnd): boolean =>
  signal !== null || code === 0 || failure?.kind === 'unreachable';

function failureOf(worker: number, { code, failure }: WorkerEnd): PipelineError {
  if (failure) {
    const { message, advice, kind, details } = failure;
    return new PipelineError({ ...failure, reaction: 'stop' }, `worker ${worker}: ${message}`, {
      advice,
      kind,
      details,
    });
  }
  return new PipelineError('worker_failed', `worker ${worker} ended with exit code ${code}`, {
    advice: 'It said why above.',
  });
}

/** Nothing is lost: what was not written is read again by the next start. */
const notDrained = (worker: number): PipelineError =>
  new PipelineError('not_drained', `worker ${worker} was killed before it had written what it had taken`, {
    advice: 'Nothing is lost: the next start reads it again from the checkpoint.',
  });
