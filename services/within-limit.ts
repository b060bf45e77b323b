/** Waits for an answer for a limited time. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns the answer. Rejects if it takes longer than `limitMs`; a later answer is ignored. */
export async function withinLimit<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  const done = new AbortController();
  // The timer keeps the process alive: with nothing else to wait for, Node would exit without an error.
  const late = sleep(limitMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${limitMs / 1000} s`);
  });
  answer.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort();
  }
}
