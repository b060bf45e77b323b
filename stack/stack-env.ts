/** The environment that points every command, and psql, at a running stack. */
import { kafkaBootstrap } from './kafka.ts';
import { HOST } from './ports.ts';
import type { StackState } from './state.ts';

/** Environment names and values for the servers that run: KAFKA_BOOTSTRAP_SERVERS, POSTGRES_*, DATABASE_URL. */
export function stackEnv(state: StackState): Record<string, string> {
  const { kafka, postgres } = state;
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
  };
}

function databaseUrl({ user, password, port, database }: NonNullable<StackState['postgres']>): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${HOST}:${port}/${database}`;
}
