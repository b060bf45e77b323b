/** A topic filled with a workload, an empty database, and the oracle with the expected rows. */
import pg from 'pg';
import { bootstrap, freshDatabase, freshTopic, kafkaClient } from '../context.ts';
import { expectOracle } from '../oracle/expect.ts';
import type { OracleRecord } from '../oracle/workload.ts';
import type { WorkerConfig } from './worker.ts';

export type Scene = AsyncDisposable & {
  readonly topic: string;
  readonly client: pg.Client;
  readonly records: readonly OracleRecord[];
  /** For `startWorker`. */
  readonly config: Pick<WorkerConfig, 'bootstrap' | 'databaseUrl' | 'topic' | 'groupId'>;
  /** Environment for the real command, for the same pipeline. */
  readonly env: NodeJS.ProcessEnv;
  /** Rows of a query, in a session of its own, which no earlier outage has broken. */
  readonly rows: <Row extends pg.QueryResultRow>(sql: string) => Promise<Row[]>;
  /** Rows, dead letters and record counts are those of the oracle. */
  readonly expectOracle: (records: readonly OracleRecord[]) => Promise<void>;
};

/** Other servers than those of the run; an empty object means those of the run. */
export type Servers = { readonly bootstrap?: string; readonly databaseUrl?: string };

export async function scene(records: readonly OracleRecord[], partitions = 4, servers: Servers = {}): Promise<Scene> {
  const brokers = servers.bootstrap || bootstrap();
  const database = await freshDatabase('fault', servers.databaseUrl || undefined);
  const topic = await freshTopic(partitions, 'fault', brokers);
  // Concurrent tests must not share a consumer group.
  const groupId = topic.name;
  await produce(topic.name, records, brokers);
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    topic: topic.name,
    client,
    records,
    config: { bootstrap: brokers, databaseUrl: database.url, topic: topic.name, groupId },
    env: {
      KAFKA_BOOTSTRAP_SERVERS: brokers,
      DATABASE_URL: database.url,
      KAFKA_TOPIC: topic.name,
      KAFKA_GROUP_ID: groupId,
    },
    rows: (sql) => inSession(database.url, async (session) => (await session.query(sql)).rows),
    expectOracle: (expected) => inSession(database.url, (session) => expectOracle(session, groupId, expected)),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await topic[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function inSession<T>(connectionString: string, work: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  session.on('error', () => undefined);
  try {
    await session.connect();
    return await work(session);
  } finally {
    await session.end();
  }
}

/** Writes records to their partitions, in order. */
export async function produce(topic: string, records: readonly OracleRecord[], brokers = bootstrap()): Promise<void> {
  const producer = kafkaClient('sluice-test', brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (let at = 0; at < records.length; at += 2000) {
      const messages = records.slice(at, at + 2000).map(({ partition, key, value }) => ({ partition, key, value }));
      await producer.send({ topic, messages });
    }
  } finally {
    await producer.disconnect();
  }
}
