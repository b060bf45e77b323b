/** SIGINT and SIGTERM: the first asks for a clean stop, the second ends the process at once (promise 8). */
import { constants } from 'node:os';

/** A controller that aborts at the first signal. */
export function stopSignal(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
      controller.abort(signal);
    });
  }
  return controller;
}
