/** Starts pipelines that can be held at a step of their write, and does to them what faults do. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Timeouts } from '../../engines/postgres/connection/connection.ts';
import type { WriteStep } from '../../engines/sink/sink.ts';
import type { Mechanism } from './without.ts';

/** What the process is to do. */
export type WorkerConfig = {
  readonly bootstrap: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly groupId: string;
  /** Where it waits for the parent, the first time or a later one. */
  readonly holdAt?: { readonly step: WriteStep; readonly occurrence?: number };
  readonly without?: Mechanism;
  readonly lanes?: number;
  readonly windowBytes?: number;
  readonly maxRecords?: number;
  /** Limits of its sessions, where a test does not want to wait for the usual ones. */
  readonly timeouts?: Partial<Timeouts>;
  /** Milliseconds between two reports of memory; none when left out. */
  readonly memoryEvery?: number;
};

/** What a process holds, in bytes. */
export type MemoryReport = {
  readonly event: 'memory';
  /** Resident, as the operating system counts it. */
  readonly rss: number;
  /** Objects and strings. */
  readonly heapUsed: number;
  /** Buffers and what else lies outside the heap. */
  readonly external: number;
  /** Taken from the credit window. */
  readonly held: number;
  /** The most that one batch has asked the window for. */
  readonly largestBatch: number;
};

/** What the process says. */
export type FromWorker =
  | { readonly event: 'held'; readonly step: WriteStep }
  | { readonly event: 'committed'; readonly counts: object }
  | MemoryReport
  | { readonly event: 'failed'; readonly code: string; readonly message: string };

/** A running pipeline; killed when its scope ends. */
export type Worker = AsyncDisposable & {
  readonly pid: number;
  /** Resolves when it waits at its step; rejects when it ended before. */
  readonly held: Promise<WriteStep>;
  /** Lets it go on. */
  readonly goOn: () => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  /** Everything it has reported. */
  readonly messages: readonly FromWorker[];
  /** Everything it has logged, as JSON lines. */
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
