/** Throughput mode: from a filled topic, layer by layer, each once in every round, for one revision or two. */
import { type Case, caseName, casesOf, measureCase } from './cases.ts';
import type { BenchOptions } from './options.ts';
import type { Measured } from './run.ts';
import { print, type Servers } from './servers.ts';
import { thousands } from './statistics.ts';
import { markdown, measuredCells, measuredHead, ratio } from './table.ts';
import { fill, inFreshTopic } from './topic.ts';

/** A revision to measure. */
export type Side = { readonly name: string; readonly root: string };

/** The rounds of one case on one side. */
export type Rounds = { readonly side: Side; readonly what: Case; readonly runs: readonly Measured[] };

/** All results, and the mean bytes of an event's value. */
export type Throughput = { readonly rounds: readonly Rounds[]; readonly bytes: number };

/** Measures all sides. The order of the sides alternates by round, so that a drift of the machine favours none. */
export function throughput(servers: Servers, sides: readonly Side[], options: BenchOptions): Promise<Throughput> {
  const { events, lanes } = options;
  const { brokers } = servers;
  const topic = 'bench';
  return inFreshTopic(brokers, topic, async () => {
    const filled = await fill({ brokers, topic, events, rate: null });
    const bytes = filled.bytes / events;
    print(`filled the topic: ${events} events of ${Math.round(bytes)} bytes in ${filled.seconds.toFixed(1)} s`);
    const rounds = casesOf(options).flatMap((what) => sides.map((side) => ({ side, what, runs: [] as Measured[] })));
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const { side, what, runs } of round % 2 === 1 ? rounds : withSidesReversed(rounds, sides.length)) {
        const run = await measureCase(what, { servers, root: side.root, topic, events, lanes });
        runs.push(run);
        const where = sides.length === 1 ? '' : ` of ${side.name}`;
        print(`round ${round}: ${caseName(what)}${where} ${thousands(run.perSecond)}/s in ${run.seconds.toFixed(1)} s`);
      }
    }
    return { rounds, bytes };
  });
}

/** The same cases in the same order, with the sides of each case reversed. */
function withSidesReversed<T>(all: readonly T[], sides: number): readonly T[] {
  return all.map((_, i) => all[i - (i % sides) + (sides - 1 - (i % sides))] as T);
}

/** The results of one side as a table. */
export function throughputTable({ rounds, bytes }: Throughput): string {
  const runsOf = (wanted: Case) =>
    rounds.find(({ what }) => what.layer === wanted.layer && what.processes === wanted.processes)?.runs;
  const floor = runsOf({ layer: 'floor', processes: 1 });
  const isShared = rounds.some(({ what }) => what.processes > 1);
  const rows = rounds.map(({ what, runs }) => {
    const alone = what.processes === 1 ? undefined : runsOf({ ...what, processes: 1 });
    const [first = '', ...rest] = measuredCells(runs, bytes);
    return [
      caseName(what),
      first,
      floor ? ratio(runs, floor) : '',
      ...(isShared ? [alone ? ratio(runs, alone) : ''] : []),
      ...rest,
    ];
  });
  const [first = '', ...rest] = measuredHead;
  return markdown(['', first, 'of the floor', ...(isShared ? ['of one process'] : []), ...rest], rows);
}
