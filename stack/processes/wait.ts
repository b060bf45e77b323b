/** Polls for a condition, with a time limit and an abort signal. */
import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  /** Longest wait in milliseconds. */
  readonly limitMs: number;
  /** Milliseconds between two polls; 100 when absent. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Calls `probe` until it returns something other than undefined, and returns that. Returns undefined when the limit passes
 * first. Rejects with an error of `probe`, or with the signal's reason.
 */
export async function waitFor<T>(probe: () => Promise<T | undefined> | T | undefined, options: WaitOptions) {
  const end = performance.now() + options.limitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() >= end) return undefined;
    // An aborted delay rejects with its own error; the next iteration throws the signal's reason.
    await delay(options.everyMs ?? 100, undefined, options.signal ? { signal: options.signal } : {}).catch(
      () => undefined,
    );
  }
}
