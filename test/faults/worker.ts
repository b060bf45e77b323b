/** Starts pipelines that can be held at a step of their write, for fault tests. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Timeouts } from '../../engines/postgres/connection/connection.ts';
import type { WriteStep } from '../../engines/sink/sink.ts';
import type { Mechanism } from './without.ts';

/** Configuration of the process. */
export type WorkerConfig = {
  readonly bootstrap: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly groupId: string;
  /** Step at which it waits for the parent, at the first or a later occurrence. */
  readonly holdAt?: { readonly step: WriteStep; readonly occurrence?: number };
  readonly without?: Mechanism;
  readonly lanes?: number;
  readonly windowBytes?: number;
  readonly maxRecords?: number;
  /** Timeouts of its sessions, where a test needs shorter ones than usual. */
  readonly timeouts?: Partial<Timeouts>;
  /** Milliseconds between two memory reports; none if absent. */
  readonly memoryEveryMs?: number;
};

/** Memory of a process, in bytes. */
export type MemoryReport = {
  readonly event: 'memory';
  /** Resident set size of the operating system. */
  readonly rss: number;
  /** Objects and strings. */
  readonly heapUsed: number;
  /** Buffers and other memory outside the heap. */
  readonly external: number;
  /** Bytes taken from the credit window. */
  readonly held: number;
  /** Most bytes that one batch has requested from the window. */
  readonly largestBatch: number;
};

/** Messages of the process. */
export type FromWorker =
  | { readonly event: 'held'; readonly step: WriteStep }
  | { readonly event: 'committed'; readonly counts: object }
  | MemoryReport
  | { readonly event: 'failed'; readonly code: string; readonly message: string };

/** A running pipeline; killed when its scope ends. */
export type Worker = AsyncDisposable & {
  readonly pid: number;
  /** Resolves when it waits at its step; rejects if it ended before. */
  readonly held: Promise<WriteStep>;
  /** Lets it continue. */
  readonly goOn: () => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  /** All its messages. */
  readonly messages: readonly FromWorker[];
  /** Its whole log, as JSON lines. */
  readonly log: () => string;
};

const file = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

export function startWorker(config: WorkerConfig): Worker {
  const child = fork(file, [JSON.stringify(config)], { execArgv: ['--import', 'tsx'], silent: true });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => (log += text));
  child.stdout?.setEncoding('utf8').on('data', (text) => (log += text));
  const messages: FromWorker[] = [];
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const held = new Promise<WriteStep>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      messages.push(message);
      if (message.event === 'held') resolve(message.step);
    });
    void ended.then((code) => reject(new Error(`the worker ended with ${code} before it was held\n${log}`)));
  });
  held.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    held,
    goOn: () => void child.send('go on'),
    kill: (signal) => void child.kill(signal),
    ended,
    messages,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
