/**
 * `npm run bench:replicate`: events per second from a topic of Debezium JSON with schema to durable rows of a replica.
 *
 *   npm run bench:replicate -- --events 600000 --rounds 3 --source-types off
 *   npm run bench:replicate -- --compare main      this revision beside others, in turn
 */
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { customersDdl, customersTopic, debeziumEvents } from './debezium-events.ts';
import type { LayerOrder } from './protocol.ts';
import { databaseOf } from './reporter.ts';
import { withRevision } from './revision.ts';
import { type Measured, runToTheEnd } from './run.ts';
import { inFreshDatabase, print, type Servers, withServers } from './servers.ts';
import { thousands } from './statistics.ts';
import { cpuRatio, markdown, measuredCells, measuredHead, ratio } from './table.ts';
import type { Side } from './throughput.ts';
import { here } from './topic.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '600000' },
    rounds: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '2' },
    partitions: { type: 'string', default: '4' },
    'source-types': { type: 'string', default: 'off' },
    compare: { type: 'string', multiple: true, default: [] },
  },
});
const count = Number(values.events);
const rounds = Number(values.rounds);
const sourceTypes = values['source-types'] === 'on';

await withServers((servers) => withSides(values.compare, (sides) => measure(servers, sides)));

/** Runs `work` with the revisions in folders of their own, and this one as the last side. */
async function withSides(refs: readonly string[], work: (sides: readonly Side[]) => Promise<void>): Promise<void> {
  const [ref, ...more] = refs;
  if (ref === undefined) return await work([{ name: 'this one', root: here }]);
  await withRevision(here, ref, (root) => withSides(more, (sides) => work([{ name: ref, root }, ...sides])));
}

/** Measures the sides in turn and prints each, with its ratio to the first. */
async function measure(servers: Servers, sides: readonly Side[]): Promise<void> {
  const { records, bytes } = await fill(servers.brokers);
  const rows = sides.map((side) => ({ side, runs: [] as Measured[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { side, runs } of rows) {
      const run = await runOf(servers, side, records, `bench-${round}-${sides.indexOf(side)}`);
      runs.push(run);
      print(`round ${round}, ${side.name}: ${thousands(run.perSecond)}/s in ${run.seconds.toFixed(1)} s`);
    }
  }
  const [first] = rows;
  const beside = (runs: readonly Measured[]) =>
    sides.length > 1 && first ? [ratio(runs, first.runs), cpuRatio(runs, first.runs)] : [];
  const head = ['', ...measuredHead, ...(sides.length > 1 ? ['ratio', 'ratio of CPU per event'] : [])];
  const table = markdown(
    head,
    rows.map(({ side, runs }) => [side.name, ...measuredCells(runs, bytes / records), ...beside(runs)]),
  );
  print(
    `\n${count} events, with their tombstones ${records} records, ${values.partitions} partitions; ${servers.description}\n\n${table}`,
  );
}

/** One replication of the whole topic into a database of its own. */
async function runOf(servers: Servers, { root }: Side, records: number, groupId: string): Promise<Measured> {
  return await inFreshDatabase(servers.url, async (database) => {
    await withConnection(databaseOf(database), 'bench/setup', (client) => client.query(customersDdl));
    const order: LayerOrder = {
      layer: 'whole',
      brokers: servers.brokers,
      database,
      topic: customersTopic,
      groupId,
      lanes: Number(values.lanes),
      warmUp: null,
    };
    return await runToTheEnd({ root, file: 'replicate-process.ts', order, servers }, records);
  });
}

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
