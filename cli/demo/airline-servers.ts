/** The servers of the airline's demo: the local stack with a source, Kafka Connect and MariaDB. */
import { relative } from 'node:path';
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { DEFAULT_DIR, readStack, type StackState, stackDown, stackEnv, stackUp } from '../../stack/stack.ts';
import type { Context } from '../program/verb.ts';

/** The servers, and how to leave them. */
export type AirlineServers = {
  readonly brokers: string[];
  readonly connectUrl: URL;
  /** Its user may create databases. */
  readonly source: Database;
  readonly target: MysqlDatabase;
  /** Stops the stack if the demo started it. */
  readonly release: () => Promise<void>;
};

/** Starts what does not run yet. */
export async function airlineServers({ stop }: Context, step: (line: string) => void): Promise<AirlineServers> {
  const before = readStack(DEFAULT_DIR);
  step(`local stack: PostgreSQL, Debezium on Kafka and MariaDB under ${relative('.', DEFAULT_DIR) || DEFAULT_DIR}/`);
  const state = await stackUp({
    kafka: true,
    postgres: true,
    connect: true,
    mariadb: true,
    report: step,
    signal: stop,
  });
  const release = async () => {
    if (before === undefined) await stackDown(DEFAULT_DIR, step);
  };
  return { ...serversOf(state), release };
}

function serversOf(state: StackState): Omit<AirlineServers, 'release'> {
  const { source, mariadb } = state;
  const { KAFKA_BOOTSTRAP_SERVERS: brokers, KAFKA_CONNECT_URL: connectUrl } = stackEnv(state);
  if (!source || !mariadb || !brokers || !connectUrl)
    throw new Error('the local stack came up without some of its servers');
  const at = ({ port, user, password }: typeof source) => ({ host: '127.0.0.1', port, user, password });
  return {
    brokers: brokers.split(','),
    connectUrl: new URL(connectUrl),
    source: { ...at(source), database: source.database },
    target: { product: 'MariaDB', ...at(mariadb), database: mariadb.database },
  };
}
