/**
 * Detects that the machine's clock was set back. kafkajs times its heartbeats by that clock. Set back by an hour, it would
 * send none for an hour and drop out of its group unnoticed.
 */

/** Milliseconds between two checks, and the smallest step that counts. A smaller step only delays a heartbeat. */
const intervalMs = 1_000;

/** Calls `act` whenever the clock was set back by more than a second. Returns a function that ends the checks. */
export function onClockSetBack(act: () => void): () => void {
  // Nobody can set the monotonic clock, so the difference changes only when the wall clock is set.
  const ahead = () => Date.now() - performance.now();
  let before = ahead();
  const timer = setInterval(() => {
    const now = ahead();
    if (now < before - intervalMs) act();
    before = now;
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
