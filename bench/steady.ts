/** Steady mode: latency from a record's Kafka timestamp to its commit when there is no backlog. */
import type { BenchOptions } from './options.ts';
import type { LayerOrder } from './protocol.ts';
import { type Measured, Run } from './run.ts';
import { inFreshDatabase, print, type Servers } from './servers.ts';
import { median, mergeCounts, percentile } from './statistics.ts';
import { markdown, measuredCells, measuredHead } from './table.ts';
import { fill, here, inFreshTopic } from './topic.ts';

/** Measures each rate in turn, round by round. */
export async function steady(servers: Servers, options: BenchOptions): Promise<void> {
  const results = options.rates.map((rate) => ({ rate, bytes: 0, sent: [] as number[], runs: [] as Measured[] }));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const result of results) {
      const events = result.rate * options.seconds;
      const { run, filled } = await measureRate(servers, result.rate, options);
      result.runs.push(run);
      result.sent.push(events / filled.seconds);
      result.bytes = filled.bytes / events;
      print(`round ${round}: ${result.rate}/s, p99 ${percentile(run.latencies, 0.99)} ms`);
    }
  }
  const rows = results.map(({ rate, bytes, sent, runs }) => {
    const latencies = mergeCounts(runs.map((run) => run.latencies));
    const shares = [0.5, 0.99, 0.999, 1].map((share) => String(percentile(latencies, share)));
    return [String(rate), median(sent).toFixed(0), ...shares, ...measuredCells(runs, bytes)];
  });
  const head = ['asked for', 'sent', 'p50 ms', 'p99 ms', 'p99.9 ms', 'most ms', ...measuredHead];
  print(
    `\n${options.seconds} s each, the first ${options.warmUpSeconds} s of latencies left out\n\n${markdown(head, rows)}`,
  );
}

/** Measures one rate in events per second. The pipeline owns its partitions before the first event is sent. */
export function measureRate(
  servers: Servers,
  rate: number,
  { seconds, warmUpSeconds, lanes }: Pick<BenchOptions, 'seconds' | 'warmUpSeconds' | 'lanes'>,
) {
  const { brokers, url } = servers;
  const id = `steady-${process.hrtime.bigint()}`;
  const events = rate * seconds;
  return inFreshTopic(brokers, id, () =>
    inFreshDatabase(url, async (database) => {
      const about = { brokers, database, topic: id, groupId: id, lanes };
      const order: LayerOrder = { ...about, layer: 'whole', warmUp: warmUpSeconds * 1000 };
      const run = new Run({ root: here, file: 'layer-process.ts', order, servers });
      try {
        await run.ready();
        const [filled] = await Promise.all([fill({ brokers, topic: id, events, rate }), run.reached(events)]);
        return { run: await run.finish(), filled };
      } finally {
        run.kill();
      }
    }),
  );
}
