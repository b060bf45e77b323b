/** Runs every layer of the benchmark and checks its counts. */
import { expect, inject, test } from 'vitest';
import { bootstrap, describeServers } from '../test/context.ts';
import { measureCase } from './cases.ts';
import { layers } from './protocol.ts';
import type { Servers } from './servers.ts';
import { percentile } from './statistics.ts';
import { measureRate } from './steady.ts';
import { fill, here, inFreshTopic } from './topic.ts';

/** Enough to keep several processes busy for a second, so that there is time between their first and last reports. */
const events = 200_000;

describeServers('the benchmark', () => {
  const servers = (): Servers => ({
    brokers: bootstrap(),
    url: inject('databaseUrl') ?? '',
    // Any process will do: the test checks only that CPU time is reported.
    pids: { kafka: process.pid, database: process.pid },
    description: '',
  });

  test('measures each layer, and a group of two processes', async () => {
    const topic = `bench-${process.hrtime.bigint()}`;
    await inFreshTopic(bootstrap(), topic, async () => {
      const { bytes } = await fill({ brokers: bootstrap(), topic, events, rate: null });
      expect(bytes / events).toBeGreaterThan(400);
      const bench = { servers: servers(), root: here, topic, events, lanes: 2 };
      const alone = layers.map((layer) => ({ layer, processes: 1 }));
      for (const what of [...alone, { layer: 'enrich', processes: 2 } as const]) {
        const measured = await measureCase(what, bench);
        expect(measured.events, what.layer).toBeGreaterThan(0);
        expect(measured.events, what.layer).toBeLessThanOrEqual(events);
        expect(measured.perSecond, what.layer).toBeCloseTo(measured.events / measured.seconds);
        expect(measured.commits.length > 0, what.layer).toBe(what.layer === 'floor' || what.layer === 'whole');
        if (process.platform !== 'linux') continue;
        expect(measured.peakBytes, what.layer).toBeGreaterThan(what.processes * 50 * 2 ** 20);
        expect(measured.cpu?.program, what.layer).toBeGreaterThan(0);
      }
    });
  }, 300_000);

  test('measures latencies at a steady rate without the warm-up', async () => {
    const options = { seconds: 10, warmUpSeconds: 1, lanes: 2 };
    const { run, filled } = await measureRate(servers(), 500, options);
    const counted = run.latencies.reduce((sum, [, count]) => sum + count, 0);
    expect(counted).toBeGreaterThan(500);
    expect(counted).toBeLessThanOrEqual(4600);
    expect(percentile(run.latencies, 0.5)).toBeGreaterThan(0);
    expect(filled.seconds).toBeGreaterThan(9.5);
  });
});
