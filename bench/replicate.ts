/**
 * `npm run bench:replicate`: events per second from a topic of Debezium JSON with schema to durable rows of a replica.
 *
 *   npm run bench:replicate -- --events 600000 --rounds 3 --source-types off
 */
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { customersDdl, customersTopic, debeziumEvents } from './debezium-events.ts';
import type { LayerOrder } from './protocol.ts';
import { databaseOf } from './reporter.ts';
import { type Measured, runToTheEnd } from './run.ts';
import { inFreshDatabase, print, withServers } from './servers.ts';
import { thousands } from './statistics.ts';
import { markdown, measuredCells, measuredHead } from './table.ts';
import { here } from './topic.ts';

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

await withServers(async (servers) => {
  const { brokers, url, description } = servers;
  const { records, bytes } = await fill(brokers);
  const runs: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const run = await inFreshDatabase(url, async (database) => {
      await withConnection(databaseOf(database), 'bench/setup', (client) => client.query(customersDdl));
      const order: LayerOrder = {
        layer: 'whole',
        brokers,
        database,
        topic: customersTopic,
        groupId: `bench-${round}`,
        lanes: Number(values.lanes),
        warmUp: null,
      };
      return await runToTheEnd({ root: here, file: 'replicate-process.ts', order, servers }, records);
    });
    runs.push(run);
    print(`round ${round}: ${thousands(run.perSecond)}/s in ${run.seconds.toFixed(1)} s`);
  }
  const table = markdown(['', ...measuredHead], [['replication', ...measuredCells(runs, bytes / records)]]);
  print(
    `\n${count} events, with their tombstones ${records} records, ${values.partitions} partitions; ${description}\n\n${table}`,
  );
});

/** Fills the topic; returns the number of records and the bytes of their values. */
async function fill(brokers: string) {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: customersTopic, numPartitions: Number(values.partitions) }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  let messages: { key: string; value: string | null }[] = [];
  let size = 0;
  let bytes = 0;
  let records = 0;
  const send = async () => {
    await producer.send({ topic: customersTopic, messages });
    messages = [];
    size = 0;
  };
  for (const message of debeziumEvents({ count, sourceTypes })) {
    messages.push(message);
    size += message.value?.length ?? 0;
    bytes += message.value?.length ?? 0;
    records += 1;
    if (size > 512 * 1024) await send();
  }
  await send();
  await producer.disconnect();
  print(`filled the topic: ${count} events and their tombstones, ${Math.round(bytes / count)} bytes each`);
  return { records, bytes };
}
