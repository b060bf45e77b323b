/** Shows that a command waits for a server: after a second, and again every ten, with the last reason. */
import { messageOf } from './errors.ts';

/** Milliseconds until the first notice, and between further ones. */
const firstAfter = 1_000;
const again = 10_000;

/** Where a notice goes: a line on standard error, or of the log. */
export type Say = (sentence: string) => void;

/** One wait for one server. */
export class Waiting {
  readonly #server: string;
  readonly #limitMs: number;
  readonly #say: Say;
  #reason = 'no answer yet';
  #timer: NodeJS.Timeout;

  /** Begins at once. `server` is such as `Kafka at host:port`. */
  constructor(server: string, limitMs: number, say: Say) {
    this.#server = server;
    this.#limitMs = limitMs;
    this.#say = say;
    this.#timer = setTimeout(() => this.#notice(), firstAfter).unref();
  }

  /** Remembers why it did not answer this time. */
  failed(error: unknown): void {
    this.#reason = reasonOf(error);
  }

  /** Nothing is said any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #notice(): void {
    this.#say(`waiting for ${this.#server} (${this.#reason}), up to ${Math.round(this.#limitMs / 1000)} s`);
    this.#timer = setTimeout(() => this.#notice(), again).unref();
  }
}

/** Waits for the work, and says so. */
export async function sayWaiting<T>(server: string, limitMs: number, say: Say, work: () => Promise<T>): Promise<T> {
  const waiting = new Waiting(server, limitMs, say);
  try {
    return await work();
  } finally {
    waiting.end();
  }
}

/** In a few words. kafkajs hides the code of a refused connection in its message. */
function reasonOf(error: unknown): string {
  const text = `${(error as { code?: unknown } | undefined)?.code ?? ''} ${messageOf(error)}`;
  if (text.includes('ECONNREFUSED')) return 'connection refused';
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'unknown host name';
  if (/time[d ]?out|ETIMEDOUT/i.test(text)) return 'no answer';
  return messageOf(error);
}
