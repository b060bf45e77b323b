/**
 * Stops the idle timers of kafkajs. Each connection polls its queue of pending requests, even when the queue is empty.
 * Without throttling by the broker the computed delay is negative. Node rounds it up to 1 ms, so every connection polls
 * 1,000 times a second, and Node 24 prints a warning. Here a timer runs only while a request is pending.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The part of kafkajs's request queue that is used here. */
type RequestQueue = {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970; -1 when the broker has never throttled. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null | undefined;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
};

/** Milliseconds between two checks of pending requests, as in kafkajs. */
const intervalMs = 10;

/** Replaces the timer of every queue created from now on. Throws when kafkajs is not built as expected. */
export function checkOnlyWaitingRequests(): void {
  const { prototype }: { prototype: RequestQueue } = require('kafkajs/src/network/requestQueue/index.js');
  if (
    typeof prototype.scheduleCheckPendingRequests !== 'function' ||
    typeof prototype.checkPendingRequests !== 'function'
  ) {
    throw new Error('kafkajs is not built as expected: its queue of requests has no scheduleCheckPendingRequests');
  }
  prototype.scheduleCheckPendingRequests = schedule;
}

function schedule(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
  const throttledFor = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledFor > 0 ? throttledFor : intervalMs,
  );
}
