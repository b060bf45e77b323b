/** Resources of an integration test: its own database and its own topic, deleted when the test's scope ends. */
import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, describe, inject } from 'vitest';
import { DatabasePool, type FreshDatabase, type Prepare } from './database-pool.ts';
import { until } from './sluice.ts';

const missing = inject('serversMissing');
const kafkaBootstrap = inject('kafka');
const serverUrl = inject('databaseUrl');

/** A suite that needs PostgreSQL. Without it the suite is skipped, with the reason in its name. */
export const describePostgres = suite(serverUrl !== null);

/** A suite that needs Kafka and PostgreSQL. If one is missing the suite is skipped, with the reason in its name. */
export const describeServers = suite(serverUrl !== null && kafkaBootstrap !== null);

function suite(present: boolean): (name: string, tests: () => void) => void {
  return (name, tests) => {
    if (present) describe(name, tests);
    else describe.skip(`${name} (${missing ?? 'no servers'})`, tests);
  };
}

/** Bootstrap servers of the run's Kafka. Throws without one, so use it inside `describeServers`. */
export function bootstrap(): string {
  if (kafkaBootstrap === null) throw new Error(`no Kafka: ${missing}`);
  return kafkaBootstrap;
}

/** A client without log output of the run's Kafka, or of the given brokers. */
export function kafkaClient(clientId = 'sluice-test', brokers = bootstrap()): Kafka {
  return new Kafka({ clientId, brokers: brokers.split(','), logLevel: logLevel.NOTHING });
}

export type { FreshDatabase };

/** On the run's server, for the tests of one file. */
const pool = serverUrl === null ? null : new DatabasePool(serverUrl);
afterAll(() => pool?.close());

/**
 * A UTF8 database with a unique name, empty or with the content that `prepare` makes. Dispose removes it with its open
 * sessions.
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

/** An empty topic with a unique name. Its leaders are elected when this resolves. Dispose deletes it. */
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
    // kafkajs's own wait gives up if a busy broker does not know its new topic yet.
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
