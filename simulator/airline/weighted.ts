/** A choice among things of different weights. */
import type { Prng } from '../prng.ts';

export class Weighted {
  /** Sums of the weights up to and including each one. */
  readonly #sums: readonly number[];
  readonly #total: number;

  /** @param weights at least one of them above 0 */
  constructor(weights: readonly number[]) {
    let sum = 0;
    this.#sums = weights.map((weight) => {
      sum += weight;
      return sum;
    });
    if (!(sum > 0)) throw new RangeError('nothing to pick from');
    this.#total = sum;
  }

  /** An index, as often as its weight says. */
  pick(prng: Prng): number {
    return this.at(prng.next() / 4294967296);
  }

  /** The index at a share of all weights, from 0 to 1, exclusive. */
  at(share: number): number {
    const at = share * this.#total;
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
