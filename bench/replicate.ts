/**
 * `npm run bench:replicate`: events a second from a topic of Debezium JSON with schema to durable rows of a replica.
 *
 *   npm run bench:replicate -- --events 600000 --rounds 3 --source-types off
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { customersDdl, customersTopic, debeziumEvents } from './debezium-events.ts';
import { inFreshDatabase, measured, median, say, spread, thousands, withServers } from './harness.ts';
import type { Measured } from './measure.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '600000' },
    rounds: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '2' },
    partitions: { type: 'string', default: '4' },
    'source-types': { type: 'string', default: 'off' },
  },
});
const count = Number(values.events);
const rounds = Number(values.rounds);
const sourceTypes = values['source-types'] === 'on';

await withServers(async (brokers, url) => {
  await fill(brokers);
  const runs: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const run = await inFreshDatabase(url, async (database) => {
      const client = new pg.Client({ connectionString: database });
      await client.connect();
      await client.query(customersDdl).finally(() => client.end());
      const order = {
        brokers,
        database,
        groupId: `bench-${round}`,
        lanes: Number(values.lanes),
        topic: customersTopic,
      };
      return await measured('replicate-process.ts', order);
    });
    runs.push(run);
    say(
      `round ${round + 1}: ${thousands(run.perSecond)}/s, Node ${run.cpuSeconds.toFixed(1)} s CPU in ${run.seconds.toFixed(1)} s, ` +
        `${Math.round(run.peakBytes / 1024 ** 2)} MiB`,
    );
  }
  say('');
  say(
    `${count} events, ${values.partitions} partitions, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}`,
  );
  say(`replication      ${spread(runs.map(({ perSecond }) => perSecond))} events/s`);
  say(`CPU of Node      ${median(runs.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / count)).toFixed(1)} µs an event`);
  say(`peak RSS of Node ${Math.round(Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 1024 ** 2)} MiB`);
  say(`records a transaction ${Math.round(median(runs.map(({ meanRecords }) => meanRecords)))}`);
});

async function fill(brokers: string): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: customersTopic, numPartitions: Number(values.partitions) }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  let messages: { key: string; value: string | null }[] = [];
  let size = 0;
  let total = 0;
  const send = async () => {
    await producer.send({ topic: customersTopic, messages });
    messages = [];
    size = 0;
  };
  for (const message of debeziumEvents({ count, sourceTypes })) {
    messages.push(message);
    size += message.value?.length ?? 0;
    total += message.value?.length ?? 0;
    if (size > 512 * 1024) await send();
  }
  await send();
  await producer.disconnect();
  say(`filled the topic: ${count} events and their tombstones, ${Math.round(total / count)} bytes each`);
}
