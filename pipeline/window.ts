/**
 * The credit window. RxJS has no backpressure, so the source takes credit in bytes before it emits a batch, and gets it back
 * when the batch is released. The window bounds the memory of the pipeline (promise 6). A batch larger than the window is
 * admitted alone (rule 8).
 */

type Waiter = { readonly bytes: number; readonly admit: () => void };

/** Grants credit in bytes, first come, first served. */
export class Window {
  readonly #windowBytes: number;
  #held = 0;
  readonly #waiters: Waiter[] = [];

  /** @param windowBytes most bytes held at once. Throws a `RangeError` unless it is positive. */
  constructor(windowBytes: number) {
    if (!(windowBytes > 0)) throw new RangeError(`window of ${windowBytes} bytes: must be positive`);
    this.#windowBytes = windowBytes;
  }

  /** Bytes held at present. */
  get held(): number {
    return this.#held;
  }

  /** Takes credit if it is free and no one is waiting. It is synchronous, so concurrent callers cannot exceed the window. */
  tryReserve(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** Waits for credit and takes it. Resolves true once taken, false if the signal aborts first; then nothing is held. */
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

  /** Returns credit. Throws a `RangeError` for more than is held. */
  release(bytes: number): void {
    if (bytes > this.#held) throw new RangeError(`released ${bytes} bytes of ${this.#held} held`);
    this.#held -= bytes;
    this.#admitWaiting();
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#windowBytes;
  }

  #admitWaiting(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiters[0]) {
      this.#waiters.shift();
      this.#held += next.bytes;
      next.admit();
    }
  }
}
