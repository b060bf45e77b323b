/** Runs a worker as a child process. It gets its order by IPC, so that no password is on its command line. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Failure } from '../failure.ts';
import type { CommittedByWorker, FromWorker, Order, ToWorker } from './worker.ts';

/** How workers are started. */
export type WorkerLaunch = {
  /** Number of processes that share the work; 1 reads in this process, without a worker. */
  readonly count: number;
  /** The module that runs as a worker, and its arguments. It must call `serveAsWorker`. */
  readonly program: string;
  readonly args: readonly string[];
  /** Further settings of the program, such as those of its log. Sent with the order. */
  readonly settings: unknown;
};

/** How a worker ended. */
export type WorkerEnd = {
  /** Exit code, null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The failure that it reported. */
  readonly failure?: Failure;
};

/** A running worker. */
export type RunningWorker = {
  readonly pid: number;
  /** Asks it to drain and end. */
  readonly stop: () => void;
  /** Ends it at once. */
  readonly kill: () => void;
  readonly ended: Promise<WorkerEnd>;
};

/** All running workers. */
const running = new Set<ChildProcess>();

let isExitHandled = false;

/** Makes sure that no worker outlives this process. */
function killAllAtExit(): void {
  if (isExitHandled) return;
  isExitHandled = true;
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
}

/** Starts a worker, which shares standard output and standard error. The exit of this process kills it. */
export function startWorker(
  { program, args }: Pick<WorkerLaunch, 'program' | 'args'>,
  order: Order,
  onCommitted: (committed: CommittedByWorker) => void,
): RunningWorker {
  killAllAtExit();
  const child = fork(program, [...args, String(order.worker)], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  // A disconnected worker has ended or is about to; `watch` detects that.
  const send = (message: ToWorker) => child.connected && child.send(message, () => undefined);
  running.add(child);
  let failure: Failure | undefined;
  child.on('message', (message: FromWorker) => {
    if (message.event === 'committed') onCommitted(message);
    else failure = message.failure;
  });
  send(order);
  return {
    pid: child.pid ?? 0,
    stop: () => void send({ event: 'stop' }),
    kill: () => void child.kill('SIGKILL'),
    ended: watch(),
  };

  async function watch(): Promise<WorkerEnd> {
    try {
      // The last message may arrive after the exit of the worker.
      const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
      return { code, signal, ...(failure === undefined ? {} : { failure }) };
    } finally {
      running.delete(child);
    }
  }
}
