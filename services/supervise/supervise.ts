/**
 * Keeps a number of worker processes running. A worker that died, or lost the connection to its servers, is restarted with backoff; any other
 * failure stops all workers. A stop lets every worker drain, and kills a worker that does not.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../../pipeline/backoff.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { noticesTo, type ServiceEvent } from '../events.ts';
import type { RunningWorker, WorkerEnd } from './worker-process.ts';

/** The workers, and how they are started and stopped. */
export type Workers = {
  readonly count: number;
  /** Starts worker `number`, from 1. */
  readonly start: (number: number) => RunningWorker;
  /** Called after a worker died without leaving its consumer group. It may fail: Kafka then removes the member after its session timeout. */
  readonly removeDeadMember: (number: number) => Promise<void>;
  /** Whether workers exit once their work is done. */
  readonly finite: boolean;
  readonly events: Events<ServiceEvent>;
  /** Stops all workers cleanly. */
  readonly stop: AbortSignal;
  readonly clock?: Clock;
  /** Waits before a restart; resolves early when the signal aborts. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Longest time between a stop and the end of a worker, before it is killed. */
  readonly stopLimitMs?: number;
};

/** A worker that has run this long is healthy: the backoff starts over with its next failure. */
const healthyAfterMs = 60_000;

/** Resolves with the number of restarts once all workers have ended. Rejects with the error of the first failed worker. */
export async function superviseWorkers(workers: Workers): Promise<number> {
  const {
    count,
    start,
    removeDeadMember,
    finite,
    events,
    stop,
    clock = Date,
    pause = sleepUnlessAborted,
    stopLimitMs = 28_000,
  } = workers;
  const failed = new AbortController();
  const stopping = AbortSignal.any([stop, failed.signal]);
  let restarts = 0;
  let firstFailure: { readonly error: unknown } | undefined;

  const keepRunning = async (number: number): Promise<void> => {
    let failures = 0;
    while (!stopping.aborted) {
      const startedAt = clock.now();
      if (failures > 0) restarts += 1;
      const worker = start(number);
      events.emit({ type: 'workerStarted', worker: number, pid: worker.pid });
      const end = await untilEnded(worker, stopping, stopLimitMs);
      if (end.code === 0 && (finite || stopping.aborted)) return;
      if (stopping.aborted) throw end.signal === null ? failureOf(number, end) : notDrained(number);
      if (!isRestartable(end)) throw failureOf(number, end);
      failures = clock.now() - startedAt >= healthyAfterMs ? 1 : failures + 1;
      const { code, signal, failure } = end;
      events.emit({ type: 'workerRestarting', worker: number, code, signal, error: failure?.message });
      if (signal !== null) {
        const removed = removeDeadMember(number).catch((error: unknown) => {
          noticesTo(events).debug(
            { worker: number, error: messageOf(error) },
            'could not remove the dead worker from its group; its session will expire',
          );
        });
        // If Kafka is down, the removal can outlast the time limit of a stop.
        await orAborted(removed, stopping);
      }
      await pause(backoff(failures), stopping);
    }
  };

  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await Promise.all(
    numbers.map((number) =>
      keepRunning(number).catch((error: unknown) => {
        firstFailure ??= { error };
        failed.abort();
      }),
    ),
  );
  if (firstFailure) throw firstFailure.error;
  return restarts;
}

/** Waits for the work or an abort. */
async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).catch(() => undefined);
  await Promise.race([work, aborted]);
  // Without this, each restart would leave a listener on the signal.
  done.abort();
}

const sleepUnlessAborted = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

/** Waits for the end of a worker. Asks it to stop on an abort, and kills it after the limit. */
async function untilEnded(worker: RunningWorker, stopping: AbortSignal, stopLimitMs: number): Promise<WorkerEnd> {
  let timer: NodeJS.Timeout | undefined;
  const stopWorker = () => {
    worker.stop();
    timer = setTimeout(worker.kill, stopLimitMs);
  };
  if (stopping.aborted) stopWorker();
  else stopping.addEventListener('abort', stopWorker, { once: true });
  try {
    return await worker.ended;
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', stopWorker);
  }
}

/** True if a restart helps: the worker was killed, ran out of memory, lost the connection to its servers, or was stopped from outside. */
const isRestartable = ({ code, signal, failure }: WorkerEnd): boolean =>
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
    advice: 'Its log lines above may give the reason.',
  });
}

const notDrained = (worker: number): PipelineError =>
  new PipelineError('not_drained', `worker ${worker} was killed before it had written all records that it had read`, {
    advice: 'Nothing is lost: the next start reads them again from the checkpoint.',
  });
