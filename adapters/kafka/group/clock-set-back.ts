/**
 * Detects that the machine's clock was set back. kafkajs times its heartbeats by that clock. After a step of an hour it would
 * send no heartbeat for an hour, and its group would remove it unnoticed.
 */

/** Milliseconds between two checks. A step back of no more than this is ignored, because it only delays a heartbeat. */
const intervalMs = 1_000;

/** Calls `callback` whenever the clock was set back by more than a second. Returns a function that ends the checks. */
export function onClockSetBack(callback: () => void): () => void {
  // The monotonic clock cannot be set, so the difference changes only when the wall clock is set.
  const aheadMs = () => Date.now() - performance.now();
  let before = aheadMs();
  const timer = setInterval(() => {
    const now = aheadMs();
    if (now < before - intervalMs) callback();
    before = now;
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
