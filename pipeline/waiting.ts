/** Reports that a command waits for a server: after one second and then every ten, with the last error. */
import { messageOf } from './errors.ts';

/** Delay before the first notice, and between notices. */
const firstDelayMs = 1_000;
const intervalMs = 10_000;

/** Prints a sentence: as a line on standard error, or in the log. */
export type Say = (sentence: string) => void;

/** One wait for one server. */
export class Waiting {
  readonly #server: string;
  readonly #limitMs: number;
  readonly #say: Say;
  #reason = 'no answer yet';
  #timer: NodeJS.Timeout;

  /** Starts the wait. `server` is a name such as `Kafka at host:port`. */
  constructor(server: string, limitMs: number, say: Say) {
    this.#server = server;
    this.#limitMs = limitMs;
    this.#say = say;
    this.#timer = setTimeout(() => this.#notice(), firstDelayMs).unref();
  }

  /** Notes the error of the last attempt. */
  failed(error: unknown): void {
    this.#reason = reasonOf(error);
  }

  /** Ends the wait: no more notices follow. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #notice(): void {
    this.#say(`waiting for ${this.#server} (${this.#reason}), up to ${Math.round(this.#limitMs / 1000)} s`);
    this.#timer = setTimeout(() => this.#notice(), intervalMs).unref();
  }
}

/** Runs `work`, and reports the wait for it. */
export async function sayWaiting<T>(server: string, limitMs: number, say: Say, work: () => Promise<T>): Promise<T> {
  const waiting = new Waiting(server, limitMs, say);
  try {
    return await work();
  } finally {
    waiting.end();
  }
}

/** Returns a short reason. kafkajs has the code of a refused connection only in its message. */
function reasonOf(error: unknown): string {
  const text = `${(error as { code?: unknown } | undefined)?.code ?? ''} ${messageOf(error)}`;
  if (text.includes('ECONNREFUSED')) return 'connection refused';
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'unknown host name';
  if (/time[d ]?out|ETIMEDOUT/i.test(text)) return 'no answer';
  return messageOf(error);
}
