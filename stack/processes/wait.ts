/** Waiting for a condition of the outside world: always with a limit, always ended by an abort signal. */
import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  /** Longest wait in milliseconds. */
  readonly limitMs: number;
  /** Pause between two looks in milliseconds, 100 when absent. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Asks `probe` until it gives something other than undefined; that is the result. Gives undefined when the limit
 * passed first. Rejects with what `probe` throws, or with the signal's reason.
 */
export async function waitFor<T>(probe: () => Promise<T | undefined> | T | undefined, options: WaitOptions) {
  const end = performance.now() + options.limitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() >= end) return undefined;
    // An aborted delay rejects with an error of its own; the next round throws the signal's reason.
    await delay(options.everyMs ?? 100, undefined, options.signal ? { signal: options.signal } : {}).catch(
      () => undefined,
    );
  }
}
