/** SIGINT and SIGTERM: the first asks for a clean stop, the second ends the process at once (promise 8). */
import { once } from 'node:events';
import { constants } from 'node:os';

type StopSignal = 'SIGINT' | 'SIGTERM';

/** The reason of a stop by the user, thrown by a command whose work was not done. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  /** Exit code by the convention of shells: 128 plus the number of the signal. */
  readonly exit: 130 | 143;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}`);
    this.exit = signal === 'SIGINT' ? 130 : 143;
  }
}

let secondSignalEnds = true;

/** Returns a controller that aborts at the first signal, with a `Stopped` as its reason. */
export function stopSignal(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted && secondSignalEnds) process.exit(128 + constants.signals[signal]);
      controller.abort(new Stopped(signal));
    });
  }
  return controller;
}

/**
 * Makes the process ignore a second signal, for a worker whose parent decides when it ends. Terminals send Ctrl-C, and
 * service managers SIGTERM, to both processes; neither may interrupt a drain.
 */
export function outlastSecondSignal(): void {
  secondSignalEnds = false;
}

/** Returns the user's stop; undefined if there was none. */
export const stoppedBy = ({ aborted, reason }: AbortSignal): Stopped | undefined =>
  aborted && reason instanceof Stopped ? reason : undefined;

/**
 * Waits for work that ignores the stop signal, such as a server's first answer. Throws `Stopped` as soon as the user
 * stops; the work itself continues until the process ends.
 */
export async function orStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const stopped = (async () => {
    if (!stop.aborted) await once(stop, 'abort', { signal: done.signal });
    const reason = stoppedBy(stop);
    // A closed output (`| head`) is not a stop by the user.
    if (reason === undefined) return await work;
    throw reason;
  })();
  stopped.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    done.abort();
  }
}
