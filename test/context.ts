/** Resources of an integration test: its own database and its own topic, deleted when the test's scope ends. */
import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { describe, inject } from 'vitest';
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

export type FreshDatabase = AsyncDisposable & { readonly name: string; readonly url: string };

/** An empty UTF8 database with a unique name. Dispose drops it with its open sessions. */
export async function freshDatabase(prefix = 'test', server = serverUrl): Promise<FreshDatabase> {
  if (server === null) throw new Error(`no PostgreSQL: ${missing}`);
  const name = `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await onServer(server, `create database ${name} encoding 'UTF8' template template0`);
  return {
    name,
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(server, `drop database if exists ${name} with (force)`),
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

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
