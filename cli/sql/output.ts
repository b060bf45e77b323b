/** Standard output for many rows: few large writes, and whoever reads slowly holds the server back, not our memory. */
import type { Writable } from 'node:stream';

const chunk = 64 * 1024;

/** A stream that tells its producer when to wait. */
export class Output {
  readonly #stream: Writable;
  readonly #flow: (go: boolean) => void;
  #text = '';
  #waiting = false;
  #closed = false;

  /** `flow(false)` asks the producer to wait, `flow(true)` to go on; `gone` says that nobody reads any more. */
  constructor(stream: Writable, flow: (go: boolean) => void, gone: () => void) {
    this.#stream = stream;
    this.#flow = flow;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (this.#closed) return;
      this.#closed = true;
      gone();
    });
  }

  /** True once nobody reads any more (`| head`). */
  get closed(): boolean {
    return this.#closed;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= chunk) this.flush();
  }

  /** Hands over what was gathered. */
  flush(): void {
    const text = this.#text;
    this.#text = '';
    if (text === '' || this.#closed || this.#stream.write(text) || this.#waiting) return;
    this.#waiting = true;
    this.#flow(false);
    const goOn = () => {
      this.#stream.off('drain', goOn).off('error', goOn);
      this.#waiting = false;
      this.#flow(true);
    };
    this.#stream.on('drain', goOn).on('error', goOn);
  }
}
