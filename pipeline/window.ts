/**
 * The credit window: RxJS has no backpressure of its own, so the source takes credit in bytes before it emits a batch
 * and gets it back when the batch is done with. What the pipeline holds is bounded by this one number (promise 6).
 * A batch larger than the window is admitted alone (rule 8).
 */

type Waiter = { readonly bytes: number; readonly admit: () => void };

/** Credit in bytes, given out first come, first served. */
export class Window {
  readonly #size: number;
  #held = 0;
  readonly #waiters: Waiter[] = [];

  /** @param size most bytes held at once; must be positive */
  constructor(size: number) {
    if (!(size > 0)) throw new RangeError(`window of ${size} bytes: must be positive`);
    this.#size = size;
  }

  /** Bytes held at the moment. */
  get held(): number {
    return this.#held;
  }

  /** Takes credit if there is some now and nobody waits for it. Check and take are one step: callers never overshoot. */
  tryReserve(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** Takes credit, waiting for it. Resolves true when it is taken, false when the signal aborted first: nothing is held. */
  reserve(bytes: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.tryReserve(bytes)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const onAbort = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        this.#admitWaiting();
        resolve(false);
      };
      const waiter: Waiter = {
        bytes,
        admit: () => {
          signal.removeEventListener('abort', onAbort);
          resolve(true);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Gives credit back. */
  release(bytes: number): void {
    if (bytes > this.#held) throw new RangeError(`released ${bytes} bytes of ${this.#held} held`);
    this.#held -= bytes;
    this.#admitWaiting();
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#size;
  }

  #admitWaiting(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiters[0]) {
      this.#waiters.shift();
      this.#held += next.bytes;
      next.admit();
    }
  }
}
