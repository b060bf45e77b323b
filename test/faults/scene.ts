/** A topic filled with a workload, an empty database, and the oracle that knows what must come of it. */
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
  /** For the real command, of the same pipeline. */
  readonly env: NodeJS.ProcessEnv;
  /** Rows, letters and books are those of the oracle. */
  readonly expectOracle: (records: readonly OracleRecord[]) => Promise<void>;
};

const groupId = 'sluice-users';

export async function scene(records: readonly OracleRecord[], partitions = 4): Promise<Scene> {
  const database = await freshDatabase('fault');
  const topic = await freshTopic(partitions, 'fault');
  await produce(topic.name, records);
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    topic: topic.name,
    client,
    records,
    config: { bootstrap: bootstrap(), databaseUrl: database.url, topic: topic.name, groupId },
    env: {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      DATABASE_URL: database.url,
      KAFKA_TOPIC: topic.name,
      KAFKA_GROUP_ID: groupId,
    },
    expectOracle: (expected) => expectOracle(client, groupId, expected),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await topic[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Puts records where they say: partition by partition, in order. */
export async function produce(topic: string, records: readonly OracleRecord[]): Promise<void> {
  const producer = kafkaClient().producer({ idempotent: true, maxInFlightRequests: 1 });
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
