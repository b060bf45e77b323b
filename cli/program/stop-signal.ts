/** SIGINT and SIGTERM: the first asks for a clean stop, the second ends the process at once (promise 8). */
import { once } from 'node:events';
import { constants } from 'node:os';

type StopSignal = 'SIGINT' | 'SIGTERM';

/** The reason of a stop by the user, and what ends a command whose work was not done by then. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  /** Exit code by the convention of shells: 128 and the number of the signal. */
  readonly exit: 130 | 143;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}`);
    this.exit = signal === 'SIGINT' ? 130 : 143;
  }
}

let secondEnds = true;

/** A controller that aborts at the first signal, with a `Stopped` as its reason. */
export function stopSignal(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted && secondEnds) process.exit(128 + constants.signals[signal]);
      controller.abort(new Stopped(signal));
    });
  }
  return controller;
}

/**
 * From now on a second signal changes nothing. For a process whose parent decides when it ends: the terminal sends
 * Ctrl-C to both, service managers send SIGTERM to both, and neither is to cut a drain that is under way.
 */
export function outlastSecondSignal(): void {
  secondEnds = false;
}

/** The user's stop, once there was one. */
export const stoppedBy = ({ aborted, reason }: AbortSignal): Stopped | undefined =>
  aborted && reason instanceof Stopped ? reason : undefined;

/**
 * Waits for work that knows nothing of stops, such as a server's first answer. Throws `Stopped` as soon as the user
 * stops; the work is left to itself, and ends with the process.
 */
export async function orStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const stopped = (async () => {
    if (!stop.aborted) await once(stop, 'abort', { signal: done.signal });
    const reason = stoppedBy(stop);
    // A reader of our output that went away (`| head`) is no stop by the user.
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
