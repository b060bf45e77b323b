/**
 * `sluice demo airline`: an airline moves from PostgreSQL to MariaDB while people go on booking. Every step is a use case of its
 * own; nothing here is special to the airline but its data.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { kafkaClient } from '../../adapters/kafka/client/client.ts';
import { topicNames } from '../../adapters/kafka/topics/topic.ts';
import { topicRanges } from '../../adapters/kafka/topics/topics.ts';
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { comparedTable } from '../../engines/mysql/checksum/compared-table.ts';
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { withSession } from '../../engines/mysql/connection/open-session.ts';
import { quoted as quotedInMysql } from '../../engines/mysql/identifiers.ts';
import { mysqlLoadTarget } from '../../engines/mysql/load/load-target.ts';
import { databasesFor } from '../../engines/mysql/schema-plan/databases.ts';
import type { SchemaPlan } from '../../engines/mysql/schema-plan/schema-plan.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { quoted } from '../../engines/postgres/identifiers.ts';
import { loadDump } from '../../engines/postgres/load/dump/load-dump.ts';
import { postgresLoadSource } from '../../engines/postgres/load/load-source.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { noRules } from '../../pipeline/transform/config.ts';
import { type Compared, compareTable } from '../../services/compare/compare.ts';
import { createConnector } from '../../services/connectors/create.ts';
import { deleteConnector, dropFromSource } from '../../services/connectors/delete.ts';
import { serverFaultsOf } from '../../services/connectors/precheck.ts';
import { nameOf, startLoad } from '../../services/load/load.ts';
import { replicaWindowBytes } from '../../services/replicate/pipeline.ts';
import { startReplication } from '../../services/replicate/replicate.ts';
import { applyPhase } from '../../services/schema/apply.ts';
import { planWith, withTarget } from '../../services/schema/plan.ts';
import { generateAirline } from '../../simulator/airline/generate.ts';
import { liveBookings } from '../../simulator/airline/live-bookings.ts';
import { LoadProgress } from '../load/progress.ts';
import { noPolicies } from '../options/policy.ts';
import { commandLog } from '../output/log-events.ts';
import { createLogger } from '../output/logger.ts';
import { table } from '../output/table.ts';
import { untilDone } from '../program/until-done.ts';
import type { Context } from '../program/verb.ts';
import { commandWorkers } from '../worker.ts';
import { type AirlineServers, airlineServers } from './airline-servers.ts';

/** What the demo moves. */
export type AirlineOptions = {
  /** A plain dump of pg_dump; without it the database is invented. */
  readonly dump: string | undefined;
  readonly flights: number | undefined;
  /** Whether the demo ends after the check. Otherwise bookings go on, and are followed, until it is stopped. */
  readonly once: boolean;
};

/** Names of what the demo makes at its servers. All of it is removed by its next run. */
const name = 'airline';

/** Transactions per second of the people who go on booking. */
const liveRate = 50;

/** Prints one step with the time since the start. */
type Step = (line: string) => void;

/** What the steps share. */
type Airline = {
  readonly servers: AirlineServers;
  readonly source: Database;
  readonly target: MysqlDatabase;
  readonly step: Step;
  readonly context: Context;
  /** Unique to this run, so that topics of earlier runs are not read. */
  readonly run: string;
};

/** Runs the demo. */
export async function runAirline(options: AirlineOptions, context: Context, step: Step): Promise<void> {
  const servers = await airlineServers(context, step);
  try {
    const source = { ...servers.source, database: name };
    const target = { ...servers.target, database: name, bookkeeping: `sluice_${name}` };
    const run = `${name}_${Date.now().toString(36)}`;
    await migrate({ servers, source, target, step, context, run }, options);
  } finally {
    await servers.release();
  }
}

async function migrate(airline: Airline, options: AirlineOptions): Promise<void> {
  const { context, step, source, servers } = airline;
  const [fault] = await serverFaultsOf(servers.source);
  if (fault !== undefined) throw fault;
  await removeFormer(airline);
  await fillSource(airline, options);
  const beganMs = Date.now();
  await capture(airline);
  const life = new AbortController();
  const booking = withConnection(source, 'airline/bookings', (client) =>
    liveBookings(client, { ratePerSecond: liveRate, stop: AbortSignal.any([life.signal, context.stop]) }),
  );
  // An error of the bookings is reported where they are awaited.
  booking.catch(() => undefined);
  step(`people go on booking: ${liveRate} transactions a second, until everything is loaded`);
  const { plan, config } = await makeTables(airline);
  await loadRows(airline);
  await follow(airline, 'changes made meanwhile');
  life.abort();
  const made = Object.entries(await booking).map(([event, count]) => `${count} ${event}`);
  await follow(airline, `the last changes (${made.join(', ')})`);
  await withTarget(config.target, context.printError, async (session) => {
    for (const phase of ['indexes', 'foreignKeys'] as const) {
      const applied = await applyPhase(session, plan, phase);
      step(
        `${phase === 'indexes' ? 'unique keys, indexes and checks' : 'foreign keys, each proven first'}: ${applied.length}`,
      );
    }
  });
  const movedSeconds = (Date.now() - beganMs) / 1000;
  const compared = await compareAll(airline);
  for (const line of table(
    ['table', 'rows at the source', 'rows in MariaDB', 'differences'],
    compared.map((one) => [one.table, one.sourceRows + one.refused, one.targetRows, one.differences + one.refused]),
  ))
    context.print(line);
  requireEqual(compared);
  const rows = compared.reduce((sum, one) => sum + one.targetRows, 0);
  step(`every cell of ${rows.toLocaleString('en')} rows is equal. The move took ${movedSeconds.toFixed(1)} s`);
  showNext(airline, options.once);
  if (!options.once) await goOn(airline);
}

async function removeFormer({ servers, source, target }: Airline): Promise<void> {
  const connect = connectClient(servers.connectUrl);
  if ((await connect.config(name)) !== undefined) {
    const left = await deleteConnector(connect, name, { dropsSlot: true });
    const exists = await withConnection(servers.source, 'airline/look', async (client) => {
      const { rows } = await client.query('select 1 from pg_database where datname = $1', [source.database]);
      return rows.length > 0;
    });
    if (exists) await dropFromSource(source, connect, left, () => undefined);
  }
  await withConnection(servers.source, 'airline/setup', async (client) => {
    await client.query(`drop database if exists ${quoted(source.database)} with (force)`);
    await client.query(`create database ${quoted(source.database)}`);
  });
  await withSession(servers.target, 'airline/setup', async (session) => {
    for (const database of [target.database, 'bookings', target.bookkeeping ?? ''])
      await session.run(`drop database if exists ${quotedInMysql(database)}`);
    await session.run(`create database ${quotedInMysql(target.database)}`);
  });
  const admin = kafkaClient({ brokers: servers.brokers }, 'sluice-airline', silent).admin();
  await admin.connect();
  try {
    const former = (await topicNames(admin)).filter((topic) => topic.startsWith(`${name}_`));
    if (former.length > 0) await admin.deleteTopics({ topics: former });
  } finally {
    await admin.disconnect();
  }
}

const silent = createLogger({ logLevel: 'error', logFormat: undefined });

async function fillSource({ source, step, context }: Airline, { dump, flights }: AirlineOptions): Promise<void> {
  const long = { ...source, timeouts: { ...source.timeouts, statement: 0, answer: 3_600_000, idleInTransaction: 0 } };
  await withConnection(long, 'airline/fill', async (client) => {
    const end = () =>
      (client as pg.Client & { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    context.stop.addEventListener('abort', end, { once: true });
    try {
      if (dump === undefined) {
        const { rows } = await generateAirline(client, flights === undefined ? {} : { flights });
        step(`invented an airline in PostgreSQL: ${rows.toLocaleString('en')} rows in 8 tables`);
      } else {
        const { rows, mayBeCut } = await loadDump(client, dump);
        step(`loaded ${dump} into PostgreSQL: ${rows.toLocaleString('en')} rows`);
        if (mayBeCut)
          step(`warning: ${dump} has no last line of pg_dump: its end may be missing. Compare it with the original`);
      }
    } catch (error) {
      context.stop.throwIfAborted();
      throw error;
    } finally {
      context.stop.removeEventListener('abort', end);
    }
  });
}

async function capture({ servers, source, step, context, run }: Airline): Promise<void> {
  const { host, port, database, user, password = '' } = source;
  const { tables } = await createConnector(
    connectClient(servers.connectUrl),
    {
      ...{ connectorName: name, topicPrefix: run, slot: name, publication: name, tables: '*.*' },
      source,
      sourceForConnect: { host, port, database, user, password },
      // The rows are loaded; the connector sends the changes from now on.
      snapshotMode: 'no_data',
      schemas: true,
      heartbeatMs: 10_000,
      partitions: 1,
      notePartitions: [],
      accepted: [],
      settings: {},
    },
    context.printError,
  );
  step(`Debezium captures every change of ${tables.length} tables from here on`);
}

async function makeTables({ source, target, step, context }: Airline) {
  const { policies, schemas } = noPolicies;
  const config = { source, target, policies, schemas, includes: () => true };
  const plan: SchemaPlan = await withTarget(target, context.printError, async (session) => {
    const planned = await planWith(session, config, context.printError);
    const made = await applyPhase(session, planned, 'tables');
    const blocking = planned.findings.filter(({ severity }) => severity === 'block').length;
    step(`${made.length} tables made in MariaDB; ${planned.findings.length} findings, ${blocking} of them blocking`);
    return planned;
  });
  return { plan, config };
}

async function loadRows({ source, target, step, context }: Airline): Promise<void> {
  const running = startLoad({
    source: postgresLoadSource(source),
    target: mysqlLoadTarget(target, {
      databaseOf: databasesFor(target.database, noPolicies.schemas),
      policies: noPolicies.policies,
    }),
    isWanted: () => true,
    connections: 2,
    chunkRows: 100_000,
  });
  const progress = new LoadProgress(context.printError);
  running.events.subscribe(progress.note);
  const { tables, seconds } = await untilDone(running, context.stop).finally(() => progress.end());
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const rate = Math.round(rows / seconds).toLocaleString('en');
  step(`loaded ${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s, ${rate} rows a second`);
}

/** The settings of the replication; it ends when it has caught up unless `untilCaughtUp` is false. */
const replication = ({ servers, source, target, run }: Airline, untilCaughtUp: boolean) =>
  startReplication({
    cluster: { brokers: servers.brokers },
    database: target,
    connectUrl: servers.connectUrl,
    source,
    groupId: run,
    topics: new RegExp(`^${run}\\..*`),
    from: 'earliest',
    onLostPosition: 'fail',
    breakerShare: null,
    lanes: 2,
    windowBytes: replicaWindowBytes,
    transactionRecords: 10_000,
    fetchMinBytes: 1,
    pollTimeoutMs: 500,
    afterResnapshot: 'keep',
    rules: noRules,
    carried: noPolicies,
    untilCaughtUp,
    isFromExplicit: false,
    workers: commandWorkers(1, { logLevel: 'warn', logFormat: undefined }, { pipeline: run }),
  });

async function follow(airline: Airline, what: string): Promise<void> {
  const { step, context, run, source, target } = airline;
  await waitForChanges(airline);
  const running = replication(airline, true);
  running.events.subscribe(commandLog(createLogger({ logLevel: 'warn', logFormat: undefined }), { pipeline: run }));
  let applied = 0;
  running.events.subscribe((event) => {
    if (event.type === 'committed') applied += event.counts.applied;
  });
  await untilDone(running, context.stop);
  context.stop.throwIfAborted();
  step(`followed ${what}: ${applied} applied, from ${source.database} to ${target.database}`);
}

/** Longest time until a change arrives in Kafka. */
const markerLimitMs = 120_000;

/**
 * Waits until every change that is committed by now is in Kafka: a change made now arrives after them, because the connector sends
 * changes in the order of their commits.
 */
async function waitForChanges({ servers, source, run, context }: Airline): Promise<void> {
  const kafka = kafkaClient({ brokers: servers.brokers }, 'sluice-airline', silent);
  const topic = `${run}.bookings.aircrafts_data`;
  const records = async () =>
    (await topicRanges(kafka, { kind: 'matching', pattern: new RegExp(`^${topic}$`) })).reduce(
      (sum, { high }) => sum + Number(high),
      0,
    );
  const before = await records();
  await withConnection(source, 'airline/marker', (client) =>
    client.query(
      'update bookings.aircrafts_data set range = range where aircraft_code = (select min(aircraft_code) from bookings.aircrafts_data)',
    ),
  );
  const until = Date.now() + markerLimitMs;
  while ((await records()) === before) {
    context.stop.throwIfAborted();
    if (Date.now() > until)
      throw new PipelineError('connector_stalled', 'a change made at the source did not arrive in Kafka', {
        advice: '`npx sluice connector status --name airline` shows why.',
        kind: 'stalled',
      });
    await sleep(markerPollMs);
  }
}

const markerPollMs = 250;

async function compareAll({ source, target, step }: Airline): Promise<readonly Compared[]> {
  step('comparing every cell of both sides');
  const reader = await postgresLoadSource(source).open('airline/compare');
  try {
    return await withTarget(
      target,
      () => undefined,
      async (session) => {
        const compared: Compared[] = [];
        for (const one of await reader.tables()) {
          const database = databasesFor(target.database, noPolicies.schemas)(one.schema);
          const sides = await comparedTable(session, one, database, noPolicies.policies);
          if (sides === undefined)
            throw new PipelineError('tables_missing', `MariaDB lacks the table ${nameOf(one)}`, { advice: '' });
          compared.push(await compareTable(reader, one, sides));
        }
        return compared;
      },
    );
  } finally {
    await reader.close();
  }
}

function requireEqual(compared: readonly Compared[]): void {
  const wrong = compared.filter(({ differences, refused }) => differences + refused > 0);
  if (wrong.length === 0) return;
  const described = wrong.map(
    ({ table: of, differences, refused, examples }) => `${of}: ${differences + refused} (${examples.join(', ')})`,
  );
  throw new PipelineError('tables_differ', `the two sides differ in ${described.join('; ')}`, {
    advice: 'Keep both databases and report this: it should never happen.',
  });
}

function showNext({ source, target, context }: Airline, over: boolean): void {
  const { print } = context;
  print('');
  if (over) {
    print('Try next: `npx sluice demo airline` without --once goes on following the bookings.');
    return;
  }
  print('Look at both sides, in a second terminal:');
  print(
    `  psql postgresql://${source.user}:${source.password}@${source.host}:${source.port}/${source.database} -c 'SELECT count(*) FROM bookings.tickets'`,
  );
  print(
    `  mysql -h ${target.host} -P ${target.port} -u ${target.user} -p${target.password} bookings -e 'SHOW CREATE TABLE ticket_flights'`,
  );
  print('People go on booking, and MariaDB follows. Ctrl-C stops everything; the data stay in .sluice/.');
}

/** Bookings go on, and are followed, until the demo is stopped. */
async function goOn(airline: Airline): Promise<void> {
  const { context, source, run } = airline;
  const running = replication(airline, false);
  running.events.subscribe(commandLog(createLogger({ logLevel: 'warn', logFormat: undefined }), { pipeline: run }));
  const booking = withConnection(source, 'airline/bookings', (client) =>
    liveBookings(client, { seed: 2, ratePerSecond: liveRate, stop: context.stop }),
  );
  await Promise.all([untilDone(running, context.stop), booking]);
}
