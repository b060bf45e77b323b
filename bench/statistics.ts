/** Statistics of the results. */

/** A value and how often it occurred. */
export type Counted = readonly [value: number, count: number];

/** The median; of an even number the upper value in the middle, NaN of none. */
export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** The smallest value that at least this share of all does not exceed; NaN of none. */
export function percentile(counted: readonly Counted[], share: number): number {
  const sorted = [...counted].sort(([a], [b]) => a - b);
  const wanted = share * sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (count > 0 && seen >= wanted) return value;
  }
  return Number.NaN;
}

/** Adds up the counts of each value. */
export function mergeCounts(all: readonly (readonly Counted[])[]): readonly Counted[] {
  const sum = new Map<number, number>();
  for (const [value, count] of all.flat()) sum.set(value, (sum.get(value) ?? 0) + count);
  return [...sum];
}

/** The ratio of each round. Throws if the numbers of rounds differ. */
export function ratios(ones: readonly number[], others: readonly number[]): readonly number[] {
  if (ones.length !== others.length) throw new RangeError(`${ones.length} rounds beside ${others.length}`);
  return ones.map((one, round) => one / (others[round] ?? Number.NaN));
}

export const thousands = (value: number): string => `${(value / 1000).toFixed(1)}k`;

/** Median, least and most; only the value of a single round. */
export function spread(numbers: readonly number[], write: (value: number) => string = thousands): string {
  if (numbers.length < 2) return write(median(numbers));
  return `${write(median(numbers))} [${write(Math.min(...numbers))} to ${write(Math.max(...numbers))}]`;
}
