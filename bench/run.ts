/** One measured run: processes of its own, watched until all events are finished, then stopped. */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Message, Report } from './protocol.ts';
import { type Cpu, Sampler } from './sampler.ts';
import type { Servers } from './servers.ts';
import { type Counted, mergeCounts } from './statistics.ts';
import { type Measurement, measurementOf, Progress } from './window.ts';

/** The cost of a run. CPU is measured within the measurement, memory is the sum of all processes' peaks. */
export type Measured = Measurement & {
  readonly cpu: Cpu | undefined;
  readonly peakBytes: number | undefined;
  readonly latencies: readonly Counted[];
};

/** The processes of a run. */
export type RunOptions = {
  /** Folder of the revision whose code runs. */
  readonly root: string;
  /** File in its `bench/`. */
  readonly file: string;
  readonly order: object;
  /** Number of processes with this order. */
  readonly processes?: number;
  readonly servers: Servers;
};

/** Milliseconds without any message after which a run counts as hanging. */
const patienceMs = 300_000;

/** Running processes. They are killed when this process exits. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a file in `bench/` of a revision, with its order in the environment. */
export function startProcess(root: string, file: string, order: object): ChildProcess {
  const profile =
    process.env.BENCH_PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`];
  const child = fork(join(root, 'bench', file), {
    cwd: root,
    execArgv: ['--import', 'tsx', ...profile],
    env: { ...process.env, BENCH: JSON.stringify(order) },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A run. An error in any step rejects; the caller must always call `finish` or `kill`. */
export class Run {
  readonly #file: string;
  readonly #children: readonly ChildProcess[];
  readonly #sampler: Sampler;
  readonly #news = new EventEmitter();
  readonly #reports: Report[] = [];
  readonly #latencies: (readonly Counted[])[] = [];
  readonly #done = new Progress();
  #ready = 0;
  #exited = 0;
  #failure: Error | undefined;

  constructor({ root, file, order, processes = 1, servers }: RunOptions) {
    this.#file = file;
    this.#children = Array.from({ length: processes }, () => startProcess(root, file, order));
    for (const child of this.#children) this.#watch(child);
    const program = this.#children.flatMap(({ pid }) => pid ?? []);
    this.#sampler = new Sampler({ program, database: [servers.pids.database], kafka: [servers.pids.kafka] });
  }

  /** Resolves when all processes own partitions and read them. */
  ready(): Promise<void> {
    return this.#until(() => this.#ready === this.#children.length);
  }

  /** Resolves when this number of events is finished. */
  async reached(events: number): Promise<void> {
    await this.#until(() => this.#done.events >= events);
    this.#sampler.take();
  }

  /** Stops the processes and returns the measurement without the first `before` events. */
  async finish(before = 0): Promise<Measured> {
    this.#sampler.stop();
    for (const child of this.#children) if (child.connected) child.send({ event: 'stop' } satisfies Command);
    const all = this.#children.length;
    // The last message of a process may be read after its exit.
    await this.#until(() => this.#exited === all && this.#latencies.length === all);
    const measurement = measurementOf(this.#reports, before);
    return {
      ...measurement,
      cpu: this.#sampler.cpuBetween(measurement.start, measurement.end),
      peakBytes: this.#sampler.peakBytes,
      latencies: mergeCounts(this.#latencies),
    };
  }

  /** Kills the running processes. */
  kill(): void {
    this.#sampler.stop();
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #watch(child: ChildProcess): void {
    child.on('message', (message: Message) => {
      if (message.event === 'ready') {
        this.#ready += 1;
        if (message.pid !== undefined && child.pid !== undefined) this.#sampler.replace(child.pid, message.pid);
      }
      if (message.event === 'done') {
        this.#reports.push(...message.reports);
        for (const report of message.reports) this.#done.add(report);
      }
      if (message.event === 'ended') this.#latencies.push(message.latencies);
      this.#news.emit('news');
    });
    const fail = (error: Error) => {
      this.#failure ??= error;
      this.#news.emit('news');
    };
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      this.#exited += 1;
      if (code !== 0) fail(new Error(`a process of ${this.#file} ended with ${code ?? signal}`));
      this.#news.emit('news');
    });
  }

  async #until(holds: () => boolean): Promise<void> {
    const lastMessage = { at: performance.now() };
    const noteMessage = () => {
      lastMessage.at = performance.now();
    };
    this.#news.on('news', noteMessage);
    try {
      while (!this.#failure && !holds()) {
        const late = lastMessage.at + patienceMs - performance.now();
        if (late <= 0) throw new Error(`no news from ${this.#file} for ${patienceMs / 1000} s`);
        const waited = new AbortController();
        const { signal } = waited;
        await Promise.race([once(this.#news, 'news', { signal }), sleep(late, undefined, { signal })]).finally(() =>
          waited.abort(),
        );
      }
    } finally {
      this.#news.off('news', noteMessage);
    }
    if (this.#failure) throw this.#failure;
  }
}

/** A whole run with this number of events: started, watched, stopped. */
export async function runToTheEnd(options: RunOptions, events: number, before = 0): Promise<Measured> {
  const run = new Run(options);
  try {
    await run.reached(events);
    return await run.finish(before);
  } finally {
    run.kill();
  }
}
