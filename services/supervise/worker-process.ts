/** A worker as a process of its own: told its order by IPC, so that no password stands in its command line, and watched to its end. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Failure } from '../failure.ts';
import type { CommittedByWorker, FromWorker, Order, ToWorker } from './worker.ts';

/** How workers are started. */
export type WorkerLaunch = {
  /** How many processes share the work; 1 is this process alone. */
  readonly count: number;
  /** The module that runs as a worker, and its arguments. It must call `serveAsWorker`. */
  readonly program: string;
  readonly args: readonly string[];
  /** What the program wants to know besides, such as how to log. Sent with the order. */
  readonly settings: unknown;
};

/** How a worker ended. */
export type WorkerEnd = {
  /** Exit code, null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said itself. */
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

/** Those that run. */
const running = new Set<ChildProcess>();

let isGuarded = false;

/** No worker outlives this process. */
function killAllAtExit(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
}

/** Starts a worker; its log goes where ours goes. When this process exits, however, the worker is killed. */
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
  // A worker that cannot be told anything has ended or is about to, and that is noticed below.
  const tell = (message: ToWorker) => child.connected && child.send(message, () => undefined);
  running.add(child);
  let failure: Failure | undefined;
  child.on('message', (message: FromWorker) => {
    if (message.event === 'committed') onCommitted(message);
    else failure = message.failure;
  });
  tell(order);
  return {
    pid: child.pid ?? 0,
    stop: () => void tell({ event: 'stop' }),
    kill: () => void child.kill('SIGKILL'),
    ended: watch(),
  };

  async function watch(): Promise<WorkerEnd> {
    try {
      // What it said last may be read after it has exited.
      const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
      return { code, signal, ...(failure === undefined ? {} : { failure }) };
    } finally {
      running.delete(child);
    }
  }
}
