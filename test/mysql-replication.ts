/** A replication from topics with hand-made events into MySQL or MariaDB, run to its end by the service, for integration tests. */
import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import { mysqlAddress } from '../engines/mysql/connection/address.ts';
import type { MysqlDatabase } from '../engines/mysql/connection/database.ts';
import { openSession } from '../engines/mysql/connection/open-session.ts';
import type { Session } from '../engines/mysql/connection/session.ts';
import { quoted } from '../engines/mysql/identifiers.ts';
import { noRules } from '../pipeline/transform/config.ts';
import type { ServiceEvent } from '../services/events.ts';
import { type ReplicateConfig, startReplication } from '../services/replicate/replicate.ts';
import { bootstrap, type FreshTopic, freshTopic, kafkaClient } from './context.ts';
import { type Event, recordOf } from './engines/replica-scene.ts';
import { freshMariadb } from './mariadb.ts';

/** How a run ended, with all that it reported. */
export type Ended = { readonly error: unknown; readonly events: readonly ServiceEvent[] };

/** A target with tables, and the topics that feed them. */
export type MysqlReplication = AsyncDisposable & {
  readonly database: MysqlDatabase;
  readonly session: Session;
  /** Name of the pipeline. Its topics begin with it. */
  readonly pipeline: string;
  /** The topic of a table of the schema `public`. */
  readonly topicOf: (table: string) => string;
  /** Sends events to the topic of a table. Without a partition the key decides. */
  readonly send: (table: string, events: readonly Event[], partition?: number) => Promise<void>;
  /** Replicates until caught up. */
  readonly replicate: (more?: Partial<ReplicateConfig>) => Promise<Ended>;
  /** The rows of a query, each as a list of texts. */
  readonly rows: (sql: string) => Promise<readonly (readonly unknown[])[]>;
};

/** A target with the statements of `ddl` run, and a topic with `partitions` partitions for each of these tables. */
export async function mysqlReplication(
  ddl: readonly string[],
  tables: readonly string[],
  partitions = 1,
): Promise<MysqlReplication> {
  const mariadb = await freshMariadb('replication');
  const bookkeeping = `${mariadb.name}_s`;
  const database: MysqlDatabase = { ...mysqlAddress(mariadb.url), bookkeeping };
  const session = await openSession(database, 'test');
  for (const statement of ddl) await session.run(statement);
  const pipeline = `r${randomUUID().slice(0, 8)}`;
  const topics = new Map<string, FreshTopic>();
  for (const table of tables)
    topics.set(table, await freshTopic(partitions, pipeline, bootstrap(), `.public.${table}`));
  const topicOf = (table: string): string => {
    const topic = topics.get(table);
    if (topic === undefined) throw new Error(`${table} has no topic`);
    return topic.name;
  };
  const producer: Producer = kafkaClient().producer();
  await producer.connect();
  return {
    database,
    session,
    pipeline,
    topicOf,
    send: async (table, events, partition) => {
      const messages = events.map((event) => {
        const { key, value, headers } = recordOf({ table, ...event }, 0);
        const named = Object.fromEntries((headers?.list() ?? []).map(([name, text]) => [String(name), text ?? '']));
        return { key, value, headers: named, ...(partition === undefined ? {} : { partition }) };
      });
      await producer.send({ topic: topicOf(table), messages });
    },
    replicate: async (more = {}) => {
      const running = startReplication({ ...configOf(pipeline, database), ...more });
      const events: ServiceEvent[] = [];
      running.events.subscribe((event) => void events.push(event));
      const error: unknown = await running.done.then(
        () => null,
        (failure: unknown) => failure,
      );
      return { error, events };
    },
    rows: (sql) => session.cells(sql),
    [Symbol.asyncDispose]: async () => {
      await producer.disconnect();
      for (const topic of topics.values()) await topic[Symbol.asyncDispose]();
      await session.run(`drop database if exists ${quoted(bookkeeping)}`);
      await session.end();
      await mariadb[Symbol.asyncDispose]();
    },
  };
}

const configOf = (pipeline: string, database: MysqlDatabase): ReplicateConfig => ({
  groupId: pipeline,
  topics: new RegExp(`^${pipeline}-`),
  from: 'earliest',
  onLostPosition: 'fail',
  breakerShare: null,
  lanes: 2,
  windowBytes: 2 ** 24,
  transactionRecords: 1_000,
  fetchMinBytes: 1,
  pollTimeoutMs: 200,
  afterResnapshot: 'keep',
  source: undefined,
  rules: noRules,
  carried: { policies: { all: {}, columns: {} }, schemas: { mode: 'separate', databases: {} } },
  cluster: { brokers: bootstrap().split(',') },
  database,
  connectUrl: undefined,
  untilCaughtUp: true,
  isFromExplicit: false,
  workers: { count: 1 } as ReplicateConfig['workers'],
});
