/** Reads the rows of captured tables with a second, temporary connector. */
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

/** Longest time without a notification of Debezium and without a record, before the snapshot counts as stalled. */
const silenceLimitMs = 120_000;

/** Time between two polls of the connector. */
const pollIntervalMs = 500;

/** Time between two progress lines. */
const progressIntervalMs = 10_000;

/** The tables to read, and the connector that captures them. */
export type Reading = {
  readonly kafka: Kafka;
  readonly connect: ConnectClient;
  /** The connector that streams the changes. */
  readonly name: string;
  readonly config: ConnectorConfig;
  /** Captured tables, such as `public.users`. */
  readonly tables: readonly string[];
  readonly stop: AbortSignal;
  readonly tell: Say;
};

/**
 * Reads the tables and returns the number of rows, all of which are in Kafka then. The temporary connector is deleted, also
 * after an error. Throws `snapshot_failed`, the error of Debezium, or the reason of a stop.
 */
export async function readTableRows(reading: Reading): Promise<number> {
  const { kafka, connect, name, config, tables } = reading;
  const topic = notificationTopic(config['topic.prefix'] ?? '');
  await makeTopic(kafka, topic);
  // A command that was killed may have left its connector, which reads other tables. Its last notifications come before those
  // that are read here.
  await deleteReadingConnector(connect, name);
  await using notifications = await listen(kafka, topic);
  await connect.put(readingName(name), readingConfig({ ...config, name }, tables));
  let rows: number;
  try {
    rows = await follow(reading, notifications);
  } catch (error) {
    await deleteReadingConnector(connect, name).catch((again: unknown) => reading.tell(notDeleted(name, again)));
    throw error;
  }
  // The end of a task flushes its last records to Kafka.
  await deleteReadingConnector(connect, name);
  return rows;
}

/** Deletes the temporary connector that reads rows for a connector, if there is one. */
export async function deleteReadingConnector(connect: ConnectClient, name: string): Promise<void> {
  const reading = readingName(name);
  const config = await connect.config(reading);
  if (config === undefined) return;
  if (config[besideSetting] !== name)
    throw new PipelineError('connector_exists', `another connector has the name ${reading}`, {
      advice: `It is needed to read rows for ${name}: give that connector another name.`,
    });
  await connect.forgetOffsets(reading);
  await connect.delete(reading);
}

const notDeleted = (name: string, error: unknown): string =>
  `connector ${readingName(name)} was not deleted: ${messageOf(error)}\n  The same command deletes it when run again; \`npx sluice connector delete\` deletes it with its connector.`;

async function makeTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await ensureTopic(admin, topic, { partitions: 1 });
  } finally {
    await disconnectSoon(admin);
  }
}

/** Notifications of Debezium from now on. */
type Notifications = AsyncDisposable & { readonly next: () => Notification | undefined };

async function listen(kafka: Kafka, topic: string): Promise<Notifications> {
  const [{ high } = { high: 0n }] = await topicRanges(kafka, { kind: 'one', topic });
  const received: Notification[] = [];
  const consumer = kafka.consumer({ groupId: `sluice-snapshot-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const notification = BigInt(message.offset) < high ? undefined : notificationOf(message.value);
      if (notification !== undefined) received.push(notification);
    },
  });
  return {
    next: () => received.shift(),
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
}

async function follow(
  { kafka, connect, name, config, tables, stop, tell }: Reading,
  notifications: Notifications,
): Promise<number> {
  const reading = readingName(name);
  const topics = new Set(tables.map((table) => asInTopic(`${config['topic.prefix']}.${table}`)));
  const pattern = { kind: 'matching', pattern: patternOf([...topics]) } as const;
  const records = async () => (await topicRanges(kafka, pattern)).reduce((sum, { high }) => sum + Number(high), 0);
  const unread = new Set(tables);
  const before = await records();
  let [rows, arrived, current] = [0, 0, ''];
  let lastSign = performance.now();
  let counted = lastSign;
  for (;;) {
    stop.throwIfAborted();
    for (let one = notifications.next(); one !== undefined; one = notifications.next()) {
      const { type, details } = one;
      lastSign = performance.now();
      if (type === 'COMPLETED') {
        if (unread.size === 0) return rows;
        throw failed(name, `Debezium skipped ${[...unread].join(', ')}`);
      }
      if (type === 'ABORTED') throw failed(name, 'Debezium aborted the snapshot');
      if (type === 'IN_PROGRESS') current = details.current_collection_in_progress ?? '';
      if (type !== 'TABLE_SCAN_COMPLETED') continue;
      const { scanned_collection: table = '', total_rows_scanned: count = '0', status = '' } = details;
      if (status !== 'SUCCEEDED' && status !== 'EMPTY') throw failed(name, `${table}: ${status.toLowerCase()}`);
      rows += Number(count);
      unread.delete(table);
      tell(`read ${table}: ${count} rows`);
    }
    const found = await connect.status(reading);
    // A new connector has no status yet.
    if (found === undefined && (await connect.config(reading)) === undefined)
      throw failed(name, `connector ${reading} was deleted`);
    const failedPart = [found?.connector, ...(found?.tasks ?? [])].find((part) => part?.state === 'FAILED');
    if (failedPart !== undefined) throw connectorError(`connector ${reading} failed`, failedPart.trace ?? '');
    const now = performance.now();
    if (now - counted > progressIntervalMs) {
      counted = now;
      const since = (await records()) - before;
      if (since > arrived) lastSign = now;
      arrived = since;
      tell(`reading ${current || 'the first table'}: ${arrived} records have arrived so far, including changes`);
    }
    if (now - lastSign > silenceLimitMs) throw failed(name, `Debezium reported nothing for ${silenceLimitMs / 1000} s`);
    await sleep(pollIntervalMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Returns a pattern that matches exactly these names. */
const patternOf = (names: readonly string[]): RegExp => new RegExp(`^(?:${names.map(escapePattern).join('|')})$`);

const failed = (name: string, why: string): PipelineError =>
  new PipelineError('snapshot_failed', `the rows were not read for connector ${name}: ${why}`, {
    advice: 'The log of Kafka Connect may give the reason. It is safe to run the same command again.',
  });
