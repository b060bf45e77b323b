/**
 * `npm run bench:replicate`: events per second from a topic of Debezium JSON with schema to durable rows of a replica.
 *
 *   npm run bench:replicate -- --events 600000 --rounds 3 --source-types off
 *   npm run bench:replicate -- --target mariadb    into MariaDB instead of PostgreSQL
 *   npm run bench:replicate -- --lanes 2,3         with two and with three lanes, in turn
 *   npm run bench:replicate -- --beside jdbc-sink  beside Debezium's JDBC sink, on the same topic into the same server, in turn
 *   npm run bench:replicate -- --compare main      this revision beside others, in turn
 */
import { parseArgs } from 'node:util';
import type { Content } from './database-server.ts';
import { customersTopic } from './debezium-events.ts';
import { type FilledTopic, fillDebeziumTopic } from './debezium-topic.ts';
import { oneOf, whole } from './options.ts';
import type { LayerOrder } from './protocol.ts';
import { withRevision } from './revision.ts';
import { type Measured, runToTheEnd } from './run.ts';
import { databaseServerOf, inFreshDatabase, print, type Servers, targets, withServers } from './servers.ts';
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
    target: { type: 'string', default: 'postgres' },
    beside: { type: 'string', multiple: true, default: [] },
    compare: { type: 'string', multiple: true, default: [] },
  },
});
const count = whole('events', values.events);
const rounds = whole('rounds', values.rounds);
const lanes = values.lanes.split(',').map((text) => whole('lanes', text));
const partitions = whole('partitions', values.partitions);
const sourceTypes = oneOf('source-types', ['on', 'off'], values['source-types']) === 'on';

const hasJdbcSink = values.beside.map((name) => oneOf('beside', ['jdbc-sink'], name)).length > 0;

/** Tasks of the JDBC sink. Four were no faster than two on two cores. */
const jdbcTasks = 2;

/** What is measured in turn: a file in `bench/` of a revision, and its number of lanes. */
type Candidate = Side & { readonly file: string; readonly lanes: number };

await withServers(
  (servers) => withSides(values.compare, (sides) => measure(servers, candidatesOf(sides))),
  oneOf('target', targets, values.target),
);

/** Runs `work` with the revisions in folders of their own, and this one as the last side. */
async function withSides(refs: readonly string[], work: (sides: readonly Side[]) => Promise<void>): Promise<void> {
  const [ref, ...more] = refs;
  if (ref === undefined) return await work([{ name: 'this one', root: here }]);
  await withRevision(here, ref, (root) => withSides(more, (sides) => work([{ name: ref, root }, ...sides])));
}

/** The peer, if it is wanted, and each side with each number of lanes. */
function candidatesOf(sides: readonly Side[]): readonly Candidate[] {
  const file = 'replicate-process.ts';
  const peer = { name: `Debezium's JDBC sink, ${jdbcTasks} tasks`, root: here, file: 'jdbc-sink-process.ts' };
  const measured = lanes.flatMap((number) =>
    sides.map((side) => ({ ...side, file, lanes: number, name: `${side.name}, ${number} lanes` })),
  );
  return [...(hasJdbcSink ? [{ ...peer, lanes: jdbcTasks }] : []), ...measured];
}

/** Measures the candidates in turn and prints each, with its ratio to the first. */
async function measure(servers: Servers, candidates: readonly Candidate[]): Promise<void> {
  const topic = await fillDebeziumTopic(servers.brokers, partitions, { count, sourceTypes });
  const { records, bytes } = topic;
  const results = candidates.map((candidate) => ({ candidate, runs: [] as Measured[] }));
  const checksums = new Set<string>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const { candidate, runs } of results) {
      const { run, content } = await runOf(servers, candidate, topic);
      runs.push(run);
      checksums.add(content.checksum);
      const rate = `${thousands(run.perSecond)}/s in ${run.seconds.toFixed(1)} s`;
      print(`round ${round}, ${candidate.name}: ${rate}; ${content.rows} rows, checksum ${content.checksum}`);
    }
  }
  const [first] = results;
  const beside = (runs: readonly Measured[]) =>
    candidates.length > 1 && first ? [ratio(runs, first.runs), cpuRatio(runs, first.runs)] : [];
  const head = ['', ...measuredHead, ...(candidates.length > 1 ? ['ratio', 'ratio of CPU per event'] : [])];
  const table = markdown(
    head,
    results.map(({ candidate, runs }) => [candidate.name, ...measuredCells(runs, bytes / records), ...beside(runs)]),
  );
  print(
    `\n${count} events, with their tombstones ${records} records, ${partitions} partitions; ${servers.description}\n\n${table}`,
  );
  if (checksums.size > 1) throw new Error('the runs have written different rows: their rates must not be compared');
}

/** One replication of the whole topic into a database of its own. Throws if the rows are wrong afterwards. */
async function runOf(servers: Servers, { root, file, lanes }: Candidate, { records, outcome }: FilledTopic) {
  return await inFreshDatabase(servers.url, async (database) => {
    const server = databaseServerOf(database);
    await server.createCustomers(database);
    const order: LayerOrder = {
      layer: 'whole',
      brokers: servers.brokers,
      database,
      topic: customersTopic,
      groupId: `bench-${process.hrtime.bigint()}`,
      lanes,
      warmUp: null,
    };
    const run = await runToTheEnd({ root, file, order, servers }, records);
    const content = await server.contentOf(database);
    requireRows(content, outcome.rows);
    return { run, content };
  });
}

/** Throws unless the table has exactly the rows that the events leave. */
function requireRows({ rows, sum }: Content, expected: ReadonlyMap<number, number>): void {
  const wanted = [...expected].reduce((total, [id, visits]) => total + BigInt(id) * BigInt(visits), 0n);
  if (rows === expected.size && BigInt(sum) === wanted) return;
  throw new Error(`the table has ${rows} rows with the sum ${sum} instead of ${expected.size} with ${wanted}`);
}
