/**
 * Notices that the machine's clock was set back. kafkajs paces its heartbeats by that clock: set back by an hour it would
 * send none for an hour, and lose its place in the group without knowing.
 */

/** Milliseconds between two looks, and how much the clock must have gone back. Less only delays a heartbeat. */
const interval = 1_000;

/** Calls `act` each time the clock was set back by more than a second. Answers how to end that. */
export function onClockSetBack(act: () => void): () => void {
  // Monotonic time is never set, so between two looks the difference changes only when the clock is.
  const ahead = () => Date.now() - performance.now();
  let before = ahead();
  const timer = setInterval(() => {
    const now = ahead();
    if (now < before - interval) act();
    before = now;
  }, interval);
  timer.unref();
  return () => clearInterval(timer);
}
