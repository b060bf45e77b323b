/** What an integration test opens: its own database, its own topic, gone when the test's scope ends. */
import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, describe, inject } from 'vitest';
import { DatabasePool, type FreshDatabase, type Prepare } from './database-pool.ts';
import { until } from './sluice.ts';

const missing = inject('serversMissing');
const kafkaBootstrap = inject('kafka');
const serverUrl = inject('databaseUrl');

/** A suite that needs PostgreSQL; skipped, with the reason in its name, where there is none. */
export const describePostgres = suite(serverUrl !== null);

/** A suite that needs Kafka and PostgreSQL; skipped, with the reason in its name, where one is absent. */
export const describeServers = suite(serverUrl !== null && kafkaBootstrap !== null);

function suite(present: boolean): (name: string, tests: () => void) => void {
  return (name, tests) => {
    if (present) describe(name, tests);
    else describe.skip(`${name} (${missing ?? 'no servers'})`, tests);
  };
}

/** Bootstrap servers of the run's Kafka. Throws where there is none: use it inside `describeServers`. */
export function bootstrap(): string {
  if (kafkaBootstrap === null) throw new Error(`no Kafka: ${missing}`);
  return kafkaBootstrap;
}

/** A quiet client of the run's Kafka, or of the one named. */
export function kafkaClient(clientId = 'sluice-test', brokers = bootstrap()): Kafka {
  return new Kafka({ clientId, brokers: brokers.split(','), logLevel: logLevel.NOTHING });
}

export type { FreshDatabase };

/** On the run's server, for the tests of one file. */
const pool = serverUrl === null ? null : new DatabasePool(serverUrl);
afterAll(() => pool?.close());

/**
 * A UTF8 database with a name of its own, gone at dispose together with the sessions still open on it. It is empty, or
 * holds what `prepare` makes.
 */
export async function freshDatabase(prefix = 'test', server = serverUrl, prepare?: Prepare): Promise<FreshDatabase> {
  if (server === null) throw new Error(`no PostgreSQL: ${missing}`);
  if (pool !== null && server === serverUrl) return await pool.take(prefix, prepare);
  const own = new DatabasePool(server);
  const database = await own.take(prefix, prepare);
  return {
    ...database,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await own.close();
    },
  };
}

export type FreshTopic = AsyncDisposable & { readonly name: string; readonly bootstrap: string };

/** An empty topic with a name of its own, deleted at dispose. Its leaders are elected when this resolves. */
export async function freshTopic(
  partitions = 1,
  prefix = 'test',
  brokers = bootstrap(),
  ending = '',
): Promise<FreshTopic> {
  const name = `${prefix}-${randomUUID()}${ending}`;
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic: name, numPartitions: partitions, replicationFactor: 1 }],
    });
    // kafkajs's own wait gives up where a busy broker has not heard of its new topic yet.
    const hasLeaders = async () => (await admin.fetchTopicOffsets(name)).length === partitions;
    await until(() => hasLeaders().catch(() => false), 'the new topic has leaders');
  });
  return {
    name,
    bootstrap: brokers,
    [Symbol.asyncDispose]: async () => {
      await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [name], timeout: 10_000 }));
    },
  };
}

async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient('sluice-test', brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
