/** Something worked out once for each shape of rows. It is forgotten with the shape, which its decoder keeps. */
import type { RowShape } from '../formats/debezium/row-event.ts';

/** Rows come in long runs of one shape, so the last one is asked first. */
export class ShapeCache<T> {
  readonly #make: (shape: RowShape) => T;
  readonly #known = new WeakMap<RowShape, { readonly made: T }>();
  #shape: RowShape | null = null;
  #last: T | null = null;

  constructor(make: (shape: RowShape) => T) {
    this.#make = make;
  }

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
