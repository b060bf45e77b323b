/** Waits for credit within `eachBatch`, which must not hold up the membership of the group. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Window } from '../../../pipeline/window.ts';

/** What is waited for, and how. */
export type CreditRequest = {
  readonly window: Window;
  readonly bytes: number;
  /** Milliseconds between heartbeats meanwhile. */
  readonly heartbeatInterval: number;
  readonly heartbeat: () => Promise<void>;
  /** Whether the batch is not wanted any more. */
  readonly ended: () => boolean;
};

/** True with the credit taken, false when the batch was no longer wanted. Throws what a heartbeat throws; then none is held. */
export async function takeCredit({
  window,
  bytes,
  heartbeatInterval,
  heartbeat,
  ended,
}: CreditRequest): Promise<boolean> {
  if (window.tryReserve(bytes)) return true;
  const giveUp = new AbortController();
  const granted = window.reserve(bytes, giveUp.signal);
  let taken = false;
  try {
    while (!ended()) {
      const beat = new AbortController();
      const answer = await Promise.race([granted, pause(heartbeatInterval, beat.signal)]);
      beat.abort();
      taken = answer === true && !ended();
      if (taken) return true;
      if (answer !== true) await heartbeat();
    }
    return false;
  } finally {
    giveUp.abort();
    // Granted in the very moment it was given up.
    if (!taken && (await granted)) window.release(bytes);
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<'beat'> =>
  sleep(milliseconds, 'beat' as const, { signal, ref: false }).catch(() => 'beat' as const);
