/** Waits for credit within `eachBatch` and sends heartbeats meanwhile, so that the member stays in its group. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Window } from '../../../pipeline/window.ts';

/** The credit to wait for, and how to stay a member. */
export type CreditRequest = {
  readonly window: Window;
  readonly bytes: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeat: () => Promise<void>;
  /** Whether the batch is obsolete, because its claim or the source has ended. */
  readonly isObsolete: () => boolean;
};

/** Returns true once the credit is taken, false when the batch has become obsolete. Throws errors of the heartbeat. Without true, no credit is held. */
export async function takeCredit({
  window,
  bytes,
  heartbeatIntervalMs,
  heartbeat,
  isObsolete,
}: CreditRequest): Promise<boolean> {
  if (window.tryReserve(bytes)) return true;
  const giveUp = new AbortController();
  const granted = window.reserve(bytes, giveUp.signal);
  let taken = false;
  try {
    while (!isObsolete()) {
      const beat = new AbortController();
      const answer = await Promise.race([granted, pause(heartbeatIntervalMs, beat.signal)]);
      beat.abort();
      taken = answer === true && !isObsolete();
      if (taken) return true;
      if (answer !== true) await heartbeat();
    }
    return false;
  } finally {
    giveUp.abort();
    // The credit may have been granted while the wait was aborted.
    if (!taken && (await granted)) window.release(bytes);
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<'beat'> =>
  sleep(milliseconds, 'beat' as const, { signal, ref: false }).catch(() => 'beat' as const);
