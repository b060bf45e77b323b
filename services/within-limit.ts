/** Waits for an answer, but not for ever. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Rejects when nothing has come within so many milliseconds; what comes later is ignored. */
export async function withinLimit<T>(answer: Promise<T>, limit: number): Promise<T> {
  const done = new AbortController();
  // It keeps the process alive: else one that waits for nothing else would end without a word.
  const late = sleep(limit, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${limit / 1000} s`);
  });
  answer.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort();
  }
}
