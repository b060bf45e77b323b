/** Samples CPU and memory of a run's processes and servers every half second, and interpolates between samples. */
import { familyOf, readPeak, readProcesses } from './processes.ts';

/** The groups of processes whose CPU is measured separately: the measured program, and its servers. */
export const parties = ['program', 'database', 'kafka'] as const;

/** CPU of each group in seconds. */
export type Cpu = Readonly<Record<(typeof parties)[number], number>>;

/** The root processes of each group, without descendants. */
export type Pids = Readonly<Record<(typeof parties)[number], readonly number[]>>;

/** CPU since the processes began, at a time in milliseconds since 1970. */
export type Sample = { readonly at: number; readonly cpu: Cpu };

const intervalMs = 500;

/** Milliseconds since 1970, with fractions; the same in all processes of a machine. */
export const now = (): number => performance.timeOrigin + performance.now();

/** Samples from its construction until `stop`. */
export class Sampler {
  #pids: Pids;
  readonly #samples: Sample[] = [];
  readonly #peaks = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(pids: Pids) {
    this.#pids = pids;
    this.#timer = setInterval(() => this.take(), intervalMs);
  }

  /** Takes a sample now. */
  take(): void {
    const all = readProcesses();
    if (all === undefined) return;
    const cpuOf = (roots: readonly number[]) =>
      roots.flatMap((root) => familyOf(all, root)).reduce((sum, { cpu }) => sum + cpu, 0);
    const { program, database, kafka } = this.#pids;
    this.#samples.push({
      at: now(),
      cpu: { program: cpuOf(program), database: cpuOf(database), kafka: cpuOf(kafka) },
    });
    for (const { pid } of program.flatMap((root) => familyOf(all, root))) {
      this.#peaks.set(pid, Math.max(readPeak(pid), this.#peaks.get(pid) ?? 0));
    }
  }

  /** From now on measures another process of the program instead of `pid`. */
  replace(pid: number, by: number): void {
    this.#pids = { ...this.#pids, program: this.#pids.program.map((one) => (one === pid ? by : one)) };
    this.#peaks.delete(pid);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** CPU between two times in milliseconds since 1970; undefined if unknown. */
  cpuBetween(start: number, end: number): Cpu | undefined {
    return cpuBetween(this.#samples, start, end);
  }

  /** Sum of the peak memory of all processes of the run, with descendants, in bytes; undefined if unknown. */
  get peakBytes(): number | undefined {
    return this.#peaks.size === 0 ? undefined : [...this.#peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}

/** CPU between two times, interpolated linearly between the samples around each. */
export function cpuBetween(samples: readonly Sample[], start: number, end: number): Cpu | undefined {
  const first = at(samples, start);
  const last = at(samples, end);
  if (!first || !last) return undefined;
  return {
    program: last.program - first.program,
    database: last.database - first.database,
    kafka: last.kafka - first.kafka,
  };
}

function at(samples: readonly Sample[], time: number): Cpu | undefined {
  const after = samples.find((sample) => sample.at >= time) ?? samples.at(-1);
  const before = samples.findLast((sample) => sample.at <= time) ?? samples[0];
  if (!after || !before) return undefined;
  const share = after.at === before.at ? 0 : Math.min(1, (time - before.at) / (after.at - before.at));
  const between = (party: keyof Cpu) => before.cpu[party] + share * (after.cpu[party] - before.cpu[party]);
  return { program: between('program'), database: between('database'), kafka: between('kafka') };
}
