/** `sluice connector snapshot`: brings in the rows of tables that were added to a connector, while it goes on streaming. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { disconnectSoon, kafkaClient, reachCluster } from '../../adapters/kafka/client.ts';
import { ensureTopic } from '../../adapters/kafka/topic.ts';
import { isPlain, newCopy } from '../../adapters/kafka-connect/captured-state.ts';
import { capturedSetting, notedTables } from '../../adapters/kafka-connect/captured-tables.ts';
import {
  type ConnectClient,
  type ConnectorConfig,
  type ConnectorStatus,
  missing,
} from '../../adapters/kafka-connect/client.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import {
  type Notification,
  notificationOf,
  notificationTopic,
  signalSettings,
  signalTopic,
  snapshotSignal,
} from '../../adapters/kafka-connect/incremental-snapshot.ts';
import { exitCodes, PipelineError } from '../../pipeline/errors.ts';
import { createLogger } from '../logger.ts';
import { chooseKafka, kafkaOptions } from '../servers.ts';
import { type Context, verb } from '../verb.ts';
import { chooseConnect } from './servers.ts';

/** Milliseconds without a word of Debezium until it counts as stalled. */
const silenceLimitMs = 120_000;

/** Milliseconds for a connector without a worker to get one. */
const workerLimitMs = 30_000;

/** Milliseconds between two signals: one that comes before Debezium listens may be lost, and each is a snapshot more. */
const signalPauseMs = 30_000;

/** Milliseconds of heartbeats before the first signal, so that Debezium knows of a transaction. */
const settleMs = 3_000;

export const snapshot = verb({
  name: 'snapshot',
  summary: 'bring in the rows of tables that were added to a connector, beside the changes that stream meanwhile',
  options: [...kafkaOptions, 'kafkaAddress', 'connectUrl', 'connectorName', 'tables'],
  stoppedAdvice: 'Kafka Connect may go on with it; the same command again ends it well.',
  overrides: { tables: { description: 'captured tables to read, * for any' } },
  examples: ["npx sluice connector snapshot --tables 'public.products'"],
  async run(values, context) {
    const { connectorName: name } = values;
    const connect = chooseConnect(values, context);
    const config = await connect.config(name);
    const status = await connect.status(name);
    if (config === undefined || status === undefined) throw missing(connect.url, name);
    const state = await steadyState(connect, name, status);
    if (state !== 'RUNNING') throw notRunning(name, state.toLowerCase());
    const tables = chosen(values.tables, config);
    const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
    const { provenance: _, ...cluster } = chooseKafka(values, context);
    await reachCluster(cluster, logger, context.tell);
    const kafka = kafkaClient(cluster, 'sluice-snapshot', logger);
    const prefix = config['topic.prefix'] ?? '';
    await makeTopics(kafka, [signalTopic(prefix), notificationTopic(prefix)]);
    const brokers = values.kafkaAddress ?? cluster.brokers;
    await connect.put(name, { ...config, ...signalSettings(prefix, brokers) });
    await using heard = await listen(kafka, notificationTopic(prefix));
    const rows = await read({ kafka, connect, name, prefix, tables, heard, tell: context.tell });
    const noted = notedTables(config);
    const read_ = tables.map((table) => {
      const { gap: _gap, ...known } = noted[table] ?? { gap: undefined };
      return [table, known];
    });
    await connect.put(name, {
      ...config,
      [capturedSetting]: JSON.stringify({ ...noted, ...Object.fromEntries(read_) }),
    });
    context.print(`read ${tables.join(', ')}: ${rows} rows are in Kafka`);
    context.tell('`npx sluice replicate` writes them; a row that has changed since stays as it is.');
    return exitCodes.done;
  },
});

/** The state of the connector once Kafka Connect has given it a worker, or of the last look. */
async function steadyState(connect: ConnectClient, name: string, first: ConnectorStatus): Promise<string> {
  const until = Date.now() + workerLimitMs;
  let { state } = first.connector;
  while ((state === 'UNASSIGNED' || state === 'RESTARTING') && Date.now() < until) {
    await sleep(500);
    state = (await connect.status(name))?.connector.state ?? state;
  }
  return state;
}

/** The captured tables that a list names. Throws for those that cannot be read in this way. */
function chosen(list: string, config: ConnectorConfig): readonly string[] {
  const noted = notedTables(config);
  const captured = Object.keys(noted).filter((name) => !noted[name]?.left);
  const parts = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const matching = (part: string) => {
    const named = part.includes('.') ? part : `public.${part}`;
    const pattern = new RegExp(
      `^${named
        .split('*')
        .map((one) => one.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*')}$`,
      's',
    );
    return captured.filter((name) => pattern.test(name));
  };
  const unknown = parts.filter((part) => matching(part).length === 0);
  if (unknown.length > 0 || captured.length === 0)
    throw new PipelineError('tables_missing', `the connector captures no table ${unknown.join(', ') || list}`, {
      advice: '`npx sluice connector create` with all tables in --tables captures them first.',
    });
  const tables = captured.filter((name) => parts.some((part) => matching(part).includes(name)));
  const keyless = tables.filter((name) => noted[name]?.key === '');
  if (keyless.length > 0)
    throw new PipelineError(
      'snapshot_needs_key',
      `${keyless.join(', ')} has no primary key: its rows cannot be read piece by piece`,
      {
        advice: newCopy(config),
      },
    );
  const odd = tables.filter((name) => !isPlain(name));
  if (odd.length > 0)
    throw new PipelineError(
      'snapshot_name',
      `Debezium does not read ${odd.join(', ')} in this way: only names of letters, digits and _`,
      { advice: newCopy(config) },
    );
  const interrupted = tables.filter((name) => noted[name]?.gap === 'interrupted');
  if (interrupted.length > 0)
    throw new PipelineError(
      'changes_missed',
      `changes of ${interrupted.join(', ')} were made while it was not captured, and rows that are there would not be brought up to date`,
      { advice: newCopy(config) },
    );
  return tables;
}

const notRunning = (name: string, state: string): PipelineError =>
  new PipelineError('connector_not_running', `connector ${name} is ${state}`, {
    advice: `\`npx sluice connector resume --name ${name}\` or \`restart\` first.`,
    exit: exitCodes.stalled,
  });

async function makeTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const topic of topics) await ensureTopic(admin, topic, { partitions: 1 });
  } finally {
    await disconnectSoon(admin);
  }
}

/** What Debezium says from now on. */
type Heard = AsyncDisposable & { readonly next: () => Notification | undefined };

async function listen(kafka: Kafka, topic: string): Promise<Heard> {
  const heard: Notification[] = [];
  const consumer = kafka.consumer({ groupId: `sluice-snapshot-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const notification = notificationOf(message.value);
      if (notification !== undefined) heard.push(notification);
    },
  });
  return {
    next: () => heard.shift(),
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
}

type Reading = {
  readonly kafka: Kafka;
  readonly connect: ConnectClient;
  readonly name: string;
  readonly prefix: string;
  readonly tables: readonly string[];
  readonly heard: Heard;
  readonly tell: Context['tell'];
};

/** Asks until Debezium has begun, and follows it to its end. Answers the number of rows. */
async function read({ kafka, connect, name, prefix, tables, heard, tell }: Reading): Promise<number> {
  const id = randomUUID();
  const producer = kafka.producer();
  await producer.connect();
  let rows = 0;
  const unread = new Set(tables);
  let signalled = Date.now() - signalPauseMs + settleMs;
  let spoke = Date.now();
  let hasBegun = false;
  try {
    for (;;) {
      for (let said = heard.next(); said !== undefined; said = heard.next()) {
        if (said.id !== id) continue;
        spoke = Date.now();
        hasBegun = true;
        if (said.type === 'COMPLETED') {
          if (unread.size === 0) return rows;
          throw failed(name, `Debezium passed over ${[...unread].join(', ')}`);
        }
        if (said.type === 'ABORTED') throw failed(name, 'Debezium gave it up');
        if (said.type === 'IN_PROGRESS') tell(progressOf(said));
        if (said.type !== 'TABLE_SCAN_COMPLETED') continue;
        const { scanned_collection: table = '', total_rows_scanned: count = '0', status = '' } = said.details;
        if (status !== 'SUCCEEDED' && status !== 'EMPTY') throw failed(name, `${table}: ${status.toLowerCase()}`);
        rows += Number(count);
        unread.delete(table);
        tell(`read ${table}: ${count} rows`);
      }
      if (!hasBegun && Date.now() - signalled >= signalPauseMs) {
        await producer.send({ topic: signalTopic(prefix), messages: [snapshotSignal(prefix, id, tables)] });
        signalled = Date.now();
      }
      const found = await connect.status(name);
      const fallen = [found?.connector, ...(found?.tasks ?? [])].find((part) => part?.state === 'FAILED');
      if (fallen !== undefined) throw connectorError(`connector ${name} failed`, fallen.trace ?? '');
      if (Date.now() - spoke > silenceLimitMs)
        throw failed(name, `Debezium said nothing for ${silenceLimitMs / 1000} s`);
      await sleep(500);
    }
  } finally {
    await producer.disconnect();
  }
}

const progressOf = ({ details }: Notification): string =>
  `reading ${details.current_collection_in_progress}: key ${details.last_processed_key} of ${details.maximum_key}`;

const failed = (name: string, why: string): PipelineError =>
  new PipelineError('snapshot_failed', `connector ${name} did not read the rows: ${why}`, {
    advice:
      'Does Kafka Connect reach the brokers by that address (--kafka-address)? The log of Kafka Connect may say why. The same command again is safe.',
    exit: exitCodes.stalled,
  });
