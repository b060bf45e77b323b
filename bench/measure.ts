/** What a run costs, told to the process that started it. */
import type { KafkaSource } from '../adapters/kafka/source.ts';
import type { Pipeline } from '../cli/pipeline.ts';
import { type CaughtUpOptions, caughtUp } from '../cli/until-caught-up.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';

/** What was measured. */
export type Measured = {
  /** From the first commit to the last, in seconds. */
  readonly seconds: number;
  /** Events a second in that time; those of the first commit are left out. */
  readonly perSecond: number;
  /** CPU of this process from its start to its end. */
  readonly cpuSeconds: number;
  /** Most resident memory, in bytes. */
  readonly peakBytes: number;
  readonly meanRecords: number;
};

/** Runs `work` to its end, which tells of every transaction, and sends what was measured. */
export async function measure(work: (onCommitted: (committed: Committed) => void) => Promise<void>): Promise<void> {
  const commits: { at: number; read: number }[] = [];
  await work(({ books }) => void commits.push({ at: performance.now(), read: books.read }));
  const [first, last] = [commits[0], commits.at(-1)];
  if (!first || !last) throw new Error('nothing was committed');
  const seconds = (last.at - first.at) / 1000;
  const { user, system } = process.cpuUsage();
  const read = commits.reduce((sum, one) => sum + one.read, 0);
  const measured: Measured = {
    seconds,
    perSecond: (read - first.read) / seconds,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    meanRecords: read / commits.length,
  };
  process.send?.(measured, () => process.disconnect());
}

/** Runs a pipeline until all that was in its topics at the start is durable. */
export async function runToTheEnd(
  { source, run }: Pipeline<KafkaSource>,
  what: Pick<CaughtUpOptions, 'database' | 'groupId' | 'ends'>,
): Promise<void> {
  const done = new AbortController();
  const running = run(done.signal);
  await Promise.race([caughtUp({ ...what, source, signal: done.signal }), running]);
  done.abort();
  await running;
}
