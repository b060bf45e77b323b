/** Growth mode: measures the same number of events after ever more events in topic and table. */
import { measureCase } from './cases.ts';
import type { BenchOptions } from './options.ts';
import type { Measured } from './run.ts';
import { print, type Servers } from './servers.ts';
import { thousands } from './statistics.ts';
import { markdown, measuredCells, measuredHead, ratio } from './table.ts';
import { fill, here, inFreshTopic } from './topic.ts';

/** Measures floor and pipeline at each size. */
export async function growth(servers: Servers, { sizes, events, rounds, lanes }: BenchOptions): Promise<void> {
  const { brokers } = servers;
  const rows: (readonly string[])[] = [];
  for (const size of sizes) {
    const topic = `growth-${size}`;
    const all = size + events;
    await inFreshTopic(brokers, topic, async () => {
      const { bytes } = await fill({ brokers, topic, events: all, rate: null });
      const floors: Measured[] = [];
      const runs: Measured[] = [];
      const bench = { servers, root: here, topic, events: all, before: size, lanes };
      for (let round = 1; round <= rounds; round += 1) {
        const floor = await measureCase({ layer: 'floor', processes: 1 }, bench);
        const run = await measureCase({ layer: 'whole', processes: 1 }, bench);
        floors.push(floor);
        runs.push(run);
        print(
          `round ${round}: at ${size} events floor ${thousands(floor.perSecond)}/s, pipeline ${thousands(run.perSecond)}/s`,
        );
      }
      const name = `${size / 1e6}M`;
      rows.push([`${name}, floor`, '', ...measuredCells(floors, bytes / all)]);
      rows.push([`${name}, whole pipeline`, ratio(runs, floors), ...measuredCells(runs, bytes / all)]);
    });
  }
  print(
    `\nthe ${events} events after so many\n\n${markdown(['events before', 'of the floor', ...measuredHead], rows)}`,
  );
}
