/** Results stored in a file, with commit, machine and ratio to the floor. Only the ratio is comparable between machines. */
import { readFile, writeFile } from 'node:fs/promises';
import { caseName } from './cases.ts';
import type { BenchOptions } from './options.ts';
import type { Measured } from './run.ts';
import type { Throughput } from './throughput.ts';

/** The rates of one case in each round. */
export type RecordedCase = { readonly name: string; readonly perSecond: readonly number[] } & Partial<
  Pick<Measured, 'cpu' | 'peakBytes'>
>;

export type Baseline = {
  readonly recorded: string;
  readonly commit: string;
  readonly description: string;
  readonly settings: Pick<BenchOptions, 'events' | 'rounds' | 'lanes'>;
  readonly cases: readonly RecordedCase[];
};

/** Writes results. The rates of all rounds are kept, because a median does not show its spread. */
export async function writeBaseline(
  path: string,
  { rounds }: Throughput,
  about: Omit<Baseline, 'cases' | 'recorded'>,
): Promise<void> {
  const cases = rounds.map(({ what, runs }) => {
    const middle = [...runs].sort((a, b) => a.perSecond - b.perSecond)[runs.length >> 1];
    const { cpu, peakBytes } = middle ?? {};
    return {
      name: caseName(what),
      perSecond: runs.map(({ perSecond }) => Math.round(perSecond)),
      ...(cpu ? { cpu } : {}),
      ...(peakBytes === undefined ? {} : { peakBytes }),
    };
  });
  const baseline: Baseline = { recorded: new Date().toISOString().slice(0, 10), ...about, cases };
  await writeFile(path, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** Reads a file of results. Throws if it is none. */
export async function readBaseline(path: string): Promise<Baseline> {
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
  const isBaseline = typeof parsed === 'object' && parsed !== null && 'commit' in parsed && 'cases' in parsed;
  if (!isBaseline) throw new Error(`${path} holds no results of this benchmark`);
  return parsed as Baseline;
}
