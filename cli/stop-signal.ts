/** SIGINT and SIGTERM: the first asks for a clean stop, the second ends the process at once (promise 8). */
import { constants } from 'node:os';

let secondEnds = true;

/** A controller that aborts at the first signal. */
export function stopSignal(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted && secondEnds) process.exit(128 + constants.signals[signal]);
      controller.abort(signal);
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
