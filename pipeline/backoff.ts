/** How long to wait before an attempt is repeated. One curve for all of Sluice. */

const firstDelay = 100;
const longestDelay = 10_000;

/** Milliseconds before attempt `n` (from 1) is repeated: doubling up to 10 s, with jitter against thundering herds. */
export const backoff = (n: number, random: () => number = Math.random): number =>
  Math.round(Math.min(longestDelay, firstDelay * 2 ** Math.min(n - 1, 20)) * (0.5 + random() / 2));
