/** Reads the rows of captured tables by a connector of its own, and follows it to its end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { disconnectSoon } from '../../adapters/kafka/client/client.ts';
import { ensureTopic } from '../../adapters/kafka/topics/topic.ts';
import { topicRanges } from '../../adapters/kafka/topics/topics.ts';
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import { escapePattern } from '../../engines/postgres/capture/connector-config.ts';
import {
  besideSetting,
  type Notification,
  notificationOf,
  notificationTopic,
  readingConfig,
  readingName,
} from '../../engines/postgres/capture/reading-connector.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';
import type { Say } from '../../pipeline/waiting.ts';

/** Milliseconds without a word of Debezium and without a record until it counts as stalled. */
const silenceLimitMs = 120_000;

/** Milliseconds between two looks at the connector. */
const lookMs = 500;

/** Milliseconds between two lines about progress. */
const progressMs = 10_000;

/** What is read, and by whom. */
export type Reading = {
  readonly kafka: Kafka;
  readonly connect: ConnectClient;
  /** The connector that streams the changes. */
  readonly name: string;
  readonly config: ConnectorConfig;
  /** Captured tables, `public.users`. */
  readonly tables: readonly string[];
  readonly stop: AbortSignal;
  readonly tell: Say;
};

/**
 * Reads the tables; answers the number of rows, which are in Kafka by then. Nothing of it stays in Kafka Connect, whatever
 * the end is. Throws `snapshot_failed`, what Debezium fails with, and the reason of a stop.
 */
export async function readBeside(reading: Reading): Promise<number> {
  const { kafka, connect, name, config, tables } = reading;
  const topic = notificationTopic(config['topic.prefix'] ?? '');
  await makeTopic(kafka, topic);
  await using heard = await listen(kafka, topic);
  // One that was not ended, since the command was killed, has read other tables.
  await endReading(connect, name);
  await connect.put(readingName(name), readingConfig({ ...config, name }, tables));
  let rows: number;
  try {
    rows = await follow(reading, heard);
  } catch (error) {
    await endReading(connect, name).catch((again: unknown) => reading.tell(stays(name, again)));
    throw error;
  }
  // A task that ends has handed over its last records.
  await endReading(connect, name);
  return rows;
}

/** Ends what reads rows for a connector, if anything does. */
export async function endReading(connect: ConnectClient, name: string): Promise<void> {
  const reading = readingName(name);
  const config = await connect.config(reading);
  if (config === undefined) return;
  if (config[besideSetting] !== name)
    throw new PipelineError('connector_exists', `the name ${reading} is that of another connector`, {
      advice: `It is needed to read rows for ${name}: give that connector another name.`,
    });
  await connect.forgetOffsets(reading);
  await connect.delete(reading);
}

const stays = (name: string, error: unknown): string =>
  `connector ${readingName(name)} was not ended: ${messageOf(error)}\n  The same command again ends it first, and so does \`npx sluice connector delete\`.`;

async function makeTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await ensureTopic(admin, topic, { partitions: 1 });
  } finally {
    await disconnectSoon(admin);
  }
}

/** What Debezium says from now on. */
type Heard = AsyncDisposable & { readonly next: () => Notification | undefined };

async function listen(kafka: Kafka, topic: string): Promise<Heard> {
  const [{ high } = { high: 0n }] = await topicRanges(kafka, { kind: 'one', topic });
  const heard: Notification[] = [];
  const consumer = kafka.consumer({ groupId: `sluice-snapshot-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const notification = BigInt(message.offset) < high ? undefined : notificationOf(message.value);
      if (notification !== undefined) heard.push(notification);
    },
  });
  return {
    next: () => heard.shift(),
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
}

async function follow({ kafka, connect, name, config, tables, stop, tell }: Reading, heard: Heard): Promise<number> {
  const reading = readingName(name);
  const topics = new Set(tables.map((table) => asInTopic(`${config['topic.prefix']}.${table}`)));
  const pattern = { kind: 'matching', pattern: patternOf([...topics]) } as const;
  const records = async () => (await topicRanges(kafka, pattern)).reduce((sum, { high }) => sum + Number(high), 0);
  const unread = new Set(tables);
  const before = await records();
  let [rows, come, current] = [0, 0, ''];
  let spoke = performance.now();
  let counted = spoke;
  for (;;) {
    stop.throwIfAborted();
    for (let said = heard.next(); said !== undefined; said = heard.next()) {
      const { type, details } = said;
      spoke = performance.now();
      if (type === 'COMPLETED') {
        if (unread.size === 0) return rows;
        throw failed(name, `Debezium passed over ${[...unread].join(', ')}`);
      }
      if (type === 'ABORTED') throw failed(name, 'Debezium gave it up');
      if (type === 'IN_PROGRESS') current = details.current_collection_in_progress ?? '';
      if (type !== 'TABLE_SCAN_COMPLETED') continue;
      const { scanned_collection: table = '', total_rows_scanned: count = '0', status = '' } = details;
      if (status !== 'SUCCEEDED' && status !== 'EMPTY') throw failed(name, `${table}: ${status.toLowerCase()}`);
      rows += Number(count);
      unread.delete(table);
      tell(`read ${table}: ${count} rows`);
    }
    const found = await connect.status(reading);
    // Right after it was made it has no status yet.
    if (found === undefined && (await connect.config(reading)) === undefined)
      throw failed(name, `connector ${reading} was deleted`);
    const fallen = [found?.connector, ...(found?.tasks ?? [])].find((part) => part?.state === 'FAILED');
    if (fallen !== undefined) throw connectorError(`connector ${reading} failed`, fallen.trace ?? '');
    const now = performance.now();
    if (now - counted > progressMs) {
      counted = now;
      const since = (await records()) - before;
      if (since > come) spoke = now;
      come = since;
      tell(`reading ${current || 'the first table'}: ${come} records have come so far, changes among them`);
    }
    if (now - spoke > silenceLimitMs) throw failed(name, `Debezium said nothing for ${silenceLimitMs / 1000} s`);
    await sleep(lookMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Matches these names alone. */
const patternOf = (names: readonly string[]): RegExp => new RegExp(`^(?:${names.map(escapePattern).join('|')})$`);

const failed = (name: string, why: string): PipelineError =>
  new PipelineError('snapshot_failed', `the rows were not read for connector ${name}: ${why}`, {
    advice: 'The log of Kafka Connect may say why. The same command again is safe.',
  });
