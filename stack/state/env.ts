/** Environment variables that make all commands, psql and MariaDB's client use a running stack. */
import { connectUrl } from '../connect/ready.ts';
import { kafkaBootstrap } from '../kafka/server.ts';
import { HOST } from '../processes/ports.ts';
import type { DatabaseServer, StackState } from './state.ts';

/** Variables for the running servers: KAFKA_BOOTSTRAP_SERVERS, POSTGRES_*, DATABASE_URL, SOURCE_DB_URL, KAFKA_CONNECT_URL, MYSQL_*. */
export function stackEnv(state: StackState): Record<string, string> {
  const { kafka, postgres, source, connect, mariadb } = state;
  return {
    ...(kafka === undefined ? {} : { KAFKA_BOOTSTRAP_SERVERS: kafkaBootstrap(kafka) }),
    ...(postgres === undefined
      ? {}
      : {
          POSTGRES_HOST: HOST,
          POSTGRES_PORT: String(postgres.port),
          POSTGRES_DB: postgres.database,
          POSTGRES_USER: postgres.user,
          POSTGRES_PASSWORD: postgres.password,
          DATABASE_URL: databaseUrl(postgres),
        }),
    // SOURCE_URL is the name of earlier versions, for scripts that use it.
    ...(source === undefined ? {} : { SOURCE_DB_URL: databaseUrl(source), SOURCE_URL: databaseUrl(source) }),
    ...(connect === undefined ? {} : { KAFKA_CONNECT_URL: connectUrl(connect) }),
    ...(mariadb === undefined
      ? {}
      : {
          MYSQL_HOST: HOST,
          MYSQL_PORT: String(mariadb.port),
          MYSQL_DATABASE: mariadb.database,
          MYSQL_USER: mariadb.user,
          MYSQL_PASSWORD: mariadb.password,
          // For --target-db. TARGET_DB_URL would turn commands for PostgreSQL to this server.
          MYSQL_URL: databaseUrl(mariadb, 'mariadb'),
        }),
  };
}

function databaseUrl({ user, password, port, database }: DatabaseServer, scheme = 'postgresql'): string {
  return `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${HOST}:${port}/${database}`;
}
