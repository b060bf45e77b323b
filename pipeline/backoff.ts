/** The backoff of all retries in Sluice. */

const firstDelayMs = 100;
const maxDelayMs = 10_000;

/** Returns the delay in ms after attempt `n`, from 1. It doubles up to 10 s, with jitter against thundering herds. */
export const backoff = (n: number, random: () => number = Math.random): number =>
  Math.round(Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(n - 1, 20)) * (0.5 + random() / 2));
