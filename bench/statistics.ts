/** The few statistics that runs are told by. */

/** A value and how often it occurred. */
export type Counted = readonly [value: number, count: number];

/** The upper one of two in the middle; NaN of nothing. */
export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** The least value that at least this share of all does not exceed; NaN of nothing. */
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

/** Adds up counts of the same value. */
export function mergeCounts(all: readonly (readonly Counted[])[]): readonly Counted[] {
  const sum = new Map<number, number>();
  for (const [value, count] of all.flat()) sum.set(value, (sum.get(value) ?? 0) + count);
  return [...sum];
}

/** Round by round, what one is of the other. Throws when they have not as many rounds. */
export function ratios(ones: readonly number[], others: readonly number[]): readonly number[] {
  if (ones.length !== others.length) throw new RangeError(`${ones.length} rounds beside ${others.length}`);
  return ones.map((one, round) => one / (others[round] ?? Number.NaN));
}

export const thousands = (value: number): string => `${(value / 1000).toFixed(1)}k`;

/** Median, least and most; only the median when there is but one. */
export function spread(numbers: readonly number[], write: (value: number) => string = thousands): string {
  if (numbers.length < 2) return write(median(numbers));
  return `${write(median(numbers))} [${write(Math.min(...numbers))} to ${write(Math.max(...numbers))}]`;
}
