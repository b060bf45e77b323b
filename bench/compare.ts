/** Compares two revisions. They are measured in turn, so that other load on the machine affects both. */
import { readBaseline } from './baseline.ts';
import { caseName } from './cases.ts';
import type { Against, BenchOptions } from './options.ts';
import { withRevision } from './revision.ts';
import { print, type Servers } from './servers.ts';
import { median, ratios, spread } from './statistics.ts';
import { cpuRatio, markdown, mebibytes, ratio } from './table.ts';
import { type Throughput, throughput } from './throughput.ts';
import { here } from './topic.ts';

/** Measures both revisions and prints the ratio of each case. */
export async function compare(servers: Servers, against: Against, options: BenchOptions): Promise<void> {
  const baseline = against.kind === 'file' ? await readBaseline(against.path) : undefined;
  const ref = against.kind === 'file' ? (baseline?.commit ?? '') : against.ref;
  await withRevision(here, ref, async (folder) => {
    const before = { name: ref.slice(0, 12), root: folder };
    const result = await throughput(servers, [before, { name: 'this one', root: here }], options);
    print(`\n${comparisonTable(result)}`);
  });
  if (baseline) {
    print(`\nRecorded on ${baseline.recorded} (${baseline.description}), of its floor:`);
    const floor = baseline.cases.find(({ name }) => name.startsWith('floor'));
    for (const { name, perSecond } of floor ? baseline.cases : []) {
      print(`  ${name}: ${spread(ratios(perSecond, floor?.perSecond ?? []), (value) => value.toFixed(2))}`);
    }
  }
}

/** The table of a comparison. The sides of a case are adjacent in `rounds`, the former revision first. */
export function comparisonTable({ rounds }: Throughput): string {
  const rows = rounds.flatMap((before, i) => {
    const after = rounds[i + 1];
    if (i % 2 === 1 || !after) return [];
    const rate = (runs: typeof before.runs) => spread(runs.map(({ perSecond }) => perSecond));
    const peak = (runs: typeof before.runs) => mebibytes(median(runs.map(({ peakBytes = Number.NaN }) => peakBytes)));
    return [
      [
        caseName(before.what),
        rate(before.runs),
        rate(after.runs),
        ratio(after.runs, before.runs),
        cpuRatio(after.runs, before.runs),
        `${peak(before.runs)} → ${peak(after.runs)}`,
      ],
    ];
  });
  const [first, second] = rounds;
  const sides = [first?.side.name ?? '', second?.side.name ?? ''];
  return markdown(['events/s', ...sides, 'ratio', 'ratio of CPU per event', 'peak RSS'], rows);
}
