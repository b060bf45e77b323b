/** Environment variables that make all commands and psql use a running stack. */
import { connectUrl } from '../connect/ready.ts';
import { kafkaBootstrap } from '../kafka/server.ts';
import { HOST } from '../processes/ports.ts';
import type { PostgresServer, StackState } from './state.ts';

/** Variables for the running servers: KAFKA_BOOTSTRAP_SERVERS, POSTGRES_*, DATABASE_URL, SOURCE_DB_URL, KAFKA_CONNECT_URL. */
export function stackEnv(state: StackState): Record<string, string> {
  const { kafka, postgres, source, connect } = state;
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
  };
}

function databaseUrl({ user, password, port, database }: PostgresServer): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${HOST}:${port}/${database}`;
}
