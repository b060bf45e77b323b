/**
 * kafkajs looks at the requests that wait for a connection by a timer, also where none waits: then the time until the end
 * of a throttling that never began is minus its clock, which Node runs as one millisecond, over and over for every
 * connection, and Node 24 warns about. Here a timer runs only while a request waits.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The part of kafkajs's queue of requests that is used here. */
type RequestQueue = {
  readonly pending: readonly unknown[];
  /** Milliseconds of the epoch; -1 where the broker has never throttled. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null | undefined;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
};

/** Milliseconds between two looks at requests that wait, as in kafkajs. */
const interval = 10;

/** Replaces the timer of every queue that is made from now on. Throws when kafkajs is not built as expected. */
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
    throttledFor > 0 ? throttledFor : interval,
  );
}
