/** Caches a value for each row shape. An entry lives as long as its shape, which the decoder holds. */
import type { RowShape } from '../formats/debezium/row-event.ts';

/** Compares with the last shape first, because rows come in long runs of one shape. */
export class ShapeCache<T> {
  readonly #make: (shape: RowShape) => T;
  readonly #known = new WeakMap<RowShape, { readonly made: T }>();
  #shape: RowShape | null = null;
  #last: T | null = null;

  constructor(make: (shape: RowShape) => T) {
    this.#make = make;
  }

  /** Returns the value for the shape; computes it once. */
  of(shape: RowShape): T {
    if (shape === this.#shape && this.#last !== null) return this.#last;
    let known = this.#known.get(shape);
    if (known === undefined) {
      known = { made: this.#make(shape) };
      this.#known.set(shape, known);
    }
    this.#shape = shape;
    this.#last = known.made;
    return known.made;
  }
}
