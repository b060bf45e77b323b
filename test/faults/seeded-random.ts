/** Repeatable random numbers: a failing test names its seed, and SLUICE_TEST_SEED sets it. */

/** A seed and its numbers in [0, 1) (mulberry32). */
export function seededRandom(seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 1_000_000)): {
  readonly seed: number;
  readonly random: () => number;
} {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, random };
}
