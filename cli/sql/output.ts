/** Standard output for many rows: few large writes, and backpressure from a slow reader to the server. */
import type { Writable } from 'node:stream';

const chunkCharacters = 64 * 1024;

/** A buffered stream with backpressure. */
export class Output {
  readonly #stream: Writable;
  readonly #flow: (go: boolean) => void;
  #text = '';
  #waiting = false;
  #closed = false;

  /** `flow(false)` pauses the producer, `flow(true)` resumes it. `gone` is called once the reader has closed the stream. */
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

  /** True once the reader has closed the stream (`| head`). */
  get closed(): boolean {
    return this.#closed;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= chunkCharacters) this.flush();
  }

  /** Writes the buffered text. */
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
