/**
 * `npm run bench`: events a second from a filled topic to durable rows, beside the floor on the same machine in the same
 * run: the same rows by bare COPY and merge on two connections, no Kafka, no enrichment. Only the ratio travels.
 *
 *   npm run bench -- --events 600000 --rounds 3
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { simulate } from '../simulator/simulate.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import { seededEvents } from './events.ts';
import { floor } from './floor.ts';
import { inFreshDatabase, measured, median, say, spread, thousands, withServers } from './harness.ts';
import type { Measured } from './measure.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '600000' },
    rounds: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '2' },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);

await withServers(async (brokers, url) => {
  await fill(brokers);
  const floors: number[] = [];
  const runs: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bare = await inFreshDatabase(url, (database) => floor(database, seededEvents(events)));
    const whole = await inFreshDatabase(url, (database) =>
      measured('pipeline-process.ts', { brokers, database, groupId: `bench-${round}`, lanes: Number(values.lanes) }),
    );
    floors.push(bare);
    runs.push(whole);
    say(
      `round ${round + 1}: floor ${thousands(bare)}/s, pipeline ${thousands(whole.perSecond)}/s (${(whole.perSecond / bare).toFixed(2)} of it), ` +
        `Node ${whole.cpuSeconds.toFixed(1)} s CPU in ${whole.seconds.toFixed(1)} s, ${Math.round(whole.peakBytes / 1024 ** 2)} MiB`,
    );
  }
  const rates = runs.map(({ perSecond }) => perSecond);
  say('');
  say(
    `${events} events, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, ${rounds} rounds in turn`,
  );
  say(`floor            ${spread(floors)} events/s`);
  say(`whole pipeline   ${spread(rates)} events/s`);
  say(`ratio            ${median(rates.map((rate, i) => rate / (floors[i] ?? rate))).toFixed(2)}`);
  say(`CPU of Node      ${median(runs.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / events)).toFixed(1)} µs an event`);
  say(`peak RSS of Node ${Math.round(Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 1024 ** 2)} MiB`);
  say(`records a transaction ${Math.round(median(runs.map(({ meanRecords }) => meanRecords)))}`);
});

async function fill(brokers: string): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const operations = { insert: 33, update: 59, delete: 8 };
  const source = { kind: 'invent', count: events, seed: 1, operations } as const;
  const { sent, bytes, seconds } = await simulate({
    ...simulateDefaults,
    kafka,
    topic: 'bench',
    source,
    startSequence: 1n,
    interval: null,
    rate: null,
  });
  say(`filled the topic: ${sent} events, ${Math.round(bytes / sent)} bytes each, in ${seconds.toFixed(1)} s`);
}
