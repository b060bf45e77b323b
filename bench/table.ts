/** Tables in Markdown, in the format of README.md. */
import type { Measured } from './run.ts';
import { parties } from './sampler.ts';
import { median, percentile, ratios, spread } from './statistics.ts';

/** The lines of a table. */
export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? 'unknown' : `${Math.round(bytes / 2 ** 20)} MiB`;

const fixed = (digits: number) => (value: number) => value.toFixed(digits);

/** The ratio of two rates by round: median and spread. */
export const ratio = (ones: readonly Measured[], others: readonly Measured[]): string =>
  spread(ratios(ones.map(rateOf), others.map(rateOf)), fixed(2));

/** The ratio of CPU per event, over all processes and servers. Other load on the machine affects it less than rates. */
export const cpuRatio = (ones: readonly Measured[], others: readonly Measured[]): string =>
  [...ones, ...others].every(({ cpu }) => cpu)
    ? spread(ratios(ones.map(cpuAnEvent), others.map(cpuAnEvent)), fixed(2))
    : 'unknown';

const cpuAnEvent = ({ cpu, events }: Measured): number =>
  parties.reduce((sum, party) => sum + (cpu?.[party] ?? Number.NaN), 0) / events;

const rateOf = ({ perSecond }: Measured): number => perSecond;

/** CPU of each group: seconds, and microseconds per event. */
const cpu = (runs: readonly Measured[]): string => {
  const known = runs.flatMap((run) => (run.cpu ? [{ cpu: run.cpu, events: run.events }] : []));
  if (known.length === 0) return 'unknown';
  const seconds = parties.map((party) => median(known.map((one) => one.cpu[party])).toFixed(1));
  const micros = parties.map((party) => median(known.map((one) => (one.cpu[party] * 1e6) / one.events)).toFixed(1));
  return `${seconds.join(' / ')} s; ${micros.join(' / ')} µs`;
};

const commits = (runs: readonly Measured[]): string => {
  const all = runs.flatMap((run) => run.commits).map((ms) => [ms, 1] as const);
  return all.length === 0 ? '' : `${[0.5, 0.99].map((share) => percentile(all, share).toFixed(0)).join(' / ')} ms`;
};

/** Head of the columns below. */
export const measuredHead = [
  'events/s',
  'MB/s',
  'CPU of program / database / Kafka; per event',
  'peak RSS',
  'commit p50 / p99',
  'records per transaction',
];

/** The columns of one case. `bytes`: mean size of an event's value. */
export const measuredCells = (runs: readonly Measured[], bytes: number): readonly string[] => [
  spread(runs.map(rateOf)),
  ((median(runs.map(rateOf)) * bytes) / 1e6).toFixed(1),
  cpu(runs),
  mebibytes(peakOf(runs)),
  commits(runs),
  runs.every((run) => run.commits.length > 0) ? median(runs.map((run) => run.meanRecords)).toFixed(0) : '',
];

/** The maximum of all rounds. */
const peakOf = (runs: readonly Measured[]): number | undefined =>
  runs.some((run) => run.peakBytes === undefined) ? undefined : Math.max(...runs.map((run) => run.peakBytes ?? 0));
